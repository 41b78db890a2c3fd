//! An operator in this process that accepts every charge, always says "pending", and lends us its signature.

use std::sync::Mutex;

use data_encoding::HEXLOWER;
use engine::http::{Carried, Carrying, InProcess, Request};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::inline::reply;

/// What it heard of the last charge.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) reference: String,
    key: String,
    callback_url: String,
}

#[derive(Default)]
pub(crate) struct Operator {
    heard: Mutex<Option<Heard>>,
}

impl Operator {
    pub(crate) fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone().expect("a charge was sent")
    }

    fn answer(&self, request: &Request) -> Carried {
        let path = request.url.strip_prefix("http://operator.test").unwrap();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        if path.ends_with("/session") {
            return reply(200, &json!({"charge_url": "http://operator.test/charge"}));
        }
        if let Some((_, reference)) = path.split_once("/transactions/") {
            let transaction = json!({"id": reference, "status": "pending", "amount": "50", "currency": "XOF"});
            return reply(200, &json!({"reference": reference, "transactions": [transaction]}));
        }
        let text = |member: &str| body[member].as_str().unwrap().to_owned();
        let (_, key) = request.headers.iter().find(|(name, _)| name == "x-api-key").unwrap();
        *self.heard.lock().unwrap() = Some(Heard {
            reference: text("reference"),
            key: key.clone(),
            callback_url: text("callback_url"),
        });
        reply(
            202,
            &json!({"reference": text("reference"), "transaction_id": text("reference"), "status": "pending",
                "action": {"type": "prompt", "ussd_code": null}}),
        )
    }
}

impl InProcess for Operator {
    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried> {
        Box::pin(async { self.answer(request) })
    }
}

impl Heard {
    /// Where the operator calls back, without what all addresses have.
    pub(crate) fn path(&self) -> &str {
        self.callback_url.rsplit_once('/').unwrap().1
    }

    /// "The payer has paid", as the operator writes it.
    pub(crate) fn charged(&self) -> Vec<u8> {
        let transaction = json!({"id": self.reference, "status": "charged", "amount": "50", "currency": "XOF"});
        json!({"event_id": "1", "reference": self.reference, "transaction": transaction})
            .to_string()
            .into_bytes()
    }

    /// The headers with which the operator sends a body.
    pub(crate) fn signed(&self, body: &[u8]) -> Vec<(String, String)> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).unwrap();
        mac.update(body);
        let signature = HEXLOWER.encode(&mac.finalize().into_bytes());
        vec![("x-sim-signature".to_owned(), signature)]
    }
}
