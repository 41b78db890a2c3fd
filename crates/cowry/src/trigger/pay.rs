//! The payment itself, through the API that tells the wanted event, with a key of its own that is revoked afterwards. Owns
//! which requests are made; what is in them is the payer's.

use engine::domain::ids::IntentId;
use engine::world::World;
use serde_json::{Value, json};

use super::payer::Payer;
use super::plan::Steps;
use crate::admin::{Client, Order, cell};
use crate::failure::Failure;
use crate::output;

/// The key of a payment outlives a program that was killed by no more than this, in milliseconds.
const KEY_LIFETIME_MS: i64 = 10 * 60 * 1_000;
const KEYS: &str = "/admin/v1/api-keys";
const PAYMENTS: &str = "/v1/payment/intents";
const INTENTS: &str = "/api/v1/payment-intents";

/// A key for one payment.
pub(super) struct Key {
    id: String,
    text: String,
}

impl Key {
    /// Makes a key of the API that the steps go through.
    pub(super) async fn make(client: &Client, steps: &Steps) -> Result<Self, Failure> {
        let until_ms = World::system().now_ms().saturating_add(KEY_LIFETIME_MS);
        let family = match steps {
            Steps::Pay { .. } | Steps::Cancel => "payment",
            Steps::Confirm { .. } | Steps::Create | Steps::CreateAndCancel => "payment_intents",
        };
        let body = json!({
            "family": family, "name": "cowry trigger", "rights": ["read", "write"],
            "expires_at": output::moment(until_ms),
        });
        let made = client.ask(&Order::post(KEYS, &body)).await?;
        Ok(Self {
            id: cell(&made, "/data/id"),
            text: cell(&made, "/data/key"),
        })
    }

    /// Makes an end of it.
    pub(super) async fn revoke(self, client: &Client) -> Result<(), Failure> {
        let revoked = client.ask(&Order::delete(format!("{KEYS}/{}", self.id))).await;
        revoked.map(|_| ())
    }

    /// The id of the payment as its API spells it, after every step.
    pub(super) async fn pay(&self, client: &Client, payer: &Payer, steps: &Steps) -> Result<String, Failure> {
        let ask = async |path: String, body: &Value, scenario: Option<&str>| {
            let mut order = Order::post(path, body).with_key(&self.text);
            if let Some(scenario) = scenario {
                order = order.with("x-sandbox-scenario", scenario);
            }
            client.ask(&order).await
        };
        let nothing = json!({});
        match steps {
            Steps::Pay { scenario, after } => {
                let body = payer.payment(Some(*after));
                let made = ask(PAYMENTS.to_owned(), &body, Some(scenario)).await?;
                Ok(cell(&made, "/data/id"))
            }
            Steps::Cancel => {
                let made = ask(PAYMENTS.to_owned(), &payer.payment(None), None).await?;
                let id = cell(&made, "/data/id");
                ask(format!("{PAYMENTS}/{id}/cancel"), &nothing, None).await?;
                Ok(id)
            }
            Steps::Confirm { .. } | Steps::Create | Steps::CreateAndCancel => {
                let made = ask(INTENTS.to_owned(), &payer.intent(), None).await?;
                let id = cell(&made, "/id");
                if let Steps::Confirm { scenario } = steps {
                    let path = format!("{INTENTS}/{id}/confirm");
                    ask(path, &payer.confirmation(), Some(scenario)).await?;
                }
                if *steps == Steps::CreateAndCancel {
                    ask(format!("{INTENTS}/{id}/cancel"), &nothing, None).await?;
                }
                Ok(id)
            }
        }
    }

    /// Where a payment stands, in words.
    pub(super) async fn stands(&self, client: &Client, id: &str) -> String {
        let is_intents = id.starts_with("pi_");
        let path = format!("{}/{id}", if is_intents { INTENTS } else { PAYMENTS });
        let at = if is_intents { "" } else { "/data" };
        match client.ask(&Order::get(path).with_key(&self.text)).await {
            Ok(payment) => {
                let failure = cell(&payment, &format!("{at}/active_attempt/failure/code"));
                let status = cell(&payment, &format!("{at}/status"));
                format!("It is {status} {failure}").trim_end().to_owned()
            }
            Err(failure) => format!("Where it stands is not known: {failure}"),
        }
    }
}

/// Whether both name the same payment, in whichever spelling.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let read = IntentId::from_any_public;
    read(one).is_some() && read(one) == read(other)
}
