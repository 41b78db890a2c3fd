//! `sim_a` and `sim_b`: the simulated operators of the sandbox (`docs/simulator-protocol.md`).
//! Owns their words and timings; knows the magic numbers only as far as a payer's flow depends on them.

mod wire;
mod words;

use data_encoding::HEXLOWER_PERMISSIVE;
use domain::outcome::{ChargeOutcome, CloseOutcome, Finding, Hindrance};
use domain::permit::ChargePermit;
use domain::planted;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::Sha256;

use crate::catalogue::Flow;
use crate::contract::{
    Account, Call, CallbackNews, CallbackProof, CallbackRefused, Check, Closing, Contract, Coverage, Format, Gateway,
    Necessity, NotFound, Opening, Order, RawCallback, Reach, Role, Secrecy, SendSemantics, Setting, SilentPage,
    StatusByOurRef,
};
use crate::http::{self, Http, Request, SendWindow, Timing};
use crate::registry::Sandbox;

use wire::Wire;
use words::{Callback, Closed, Session};

const SCENARIOS: [&str; 26] = [
    "approve",
    "approve_now",
    "approve_slow",
    "decline",
    "insufficient_funds",
    "wrong_pin",
    "limit_reached",
    "ignore",
    "otp",
    "redirect",
    "qr",
    "timeout_charged",
    "timeout_not_charged",
    "refuse_connection",
    "error_charged",
    "garbage_charged",
    "down",
    "reset_midway",
    "no_callback",
    "double_callback",
    "callback_first",
    "late_success",
    "wrong_amount",
    "out_of_order",
    "duplicate_transaction",
    "status_down",
];

/// Scenarios in which an operator is out of order by request.
const OUTAGES: [&str; 7] = [
    "timeout_charged",
    "timeout_not_charged",
    "refuse_connection",
    "error_charged",
    "garbage_charged",
    "down",
    "reset_midway",
];

const SETTINGS: &[Setting] = &[
    Setting {
        name: "base_url",
        help: "Address of another simulator; without it the account uses the one of this server.",
        secrecy: Secrecy::Public,
        role: Role::Identity,
        necessity: Necessity::Optional,
        format: Format::WebAddress,
    },
    Setting {
        name: "api_key",
        help: "Any text; it signs the callbacks. One that begins with `refused` is refused.",
        secrecy: Secrecy::Secret,
        role: Role::Credential,
        necessity: Necessity::Required,
        format: Format::Token { least: 1, most: 200 },
    },
];

const CODE_LENGTH: u32 = 6;

/// One simulated operator.
pub struct Sim {
    contract: Contract,
    http: Http,
    simulator_url: Option<String>,
}

impl Sim {
    /// One of the simulated operators, as this process runs them.
    pub fn new(code: &'static str, http: Http, sandbox: &Sandbox) -> Self {
        let speed = i64::from(sandbox.speed.max(1));
        let contract = Contract {
            code,
            reach: Reach::SandboxOnly,
            coverage: Coverage::Everything,
            settings: SETTINGS,
            send_semantics: SendSemantics::IdempotentByOurRef,
            dedupe_ttl_ms: i64::MAX,
            status_by_our_ref: StatusByOurRef::Yes,
            not_found: NotFound::IsProof,
            unknown_horizon_ms: (60_000 / speed).max(3_000),
            charge_deadline_ms: (10_000 / speed).max(1_000),
            look_up_deadline_ms: 5_000,
            smallest_poll_ms: (2_000 / speed).max(200),
            status_rate_per_s: 500,
            callback_proof: CallbackProof::Signed,
            silent_page: SilentPage::Yes,
            prompt_lifetime_ms: 120_000 / speed,
            cool_down_ms: 30_000 / speed,
        };
        Self {
            contract,
            http,
            simulator_url: sandbox.simulator_url.clone(),
        }
    }

    /// The scenario that acts on this operator, as far as it is known before asking the simulator.
    fn scenario<'o>(&self, order: &'o Order) -> Option<&'o str> {
        let asked = order.scenario.as_deref()?;
        match asked.strip_prefix("both:") {
            Some(name) => Some(name),
            None => (self.contract.code == "sim_a").then_some(asked),
        }
    }

    fn asks_code(&self, order: &Order) -> bool {
        match self.scenario(order) {
            Some("otp") => true,
            Some("redirect" | "qr") => false,
            Some(_) => order.flow == Flow::Otp,
            None => {
                let magic = order.scenario.is_none() && self.contract.code == "sim_a";
                let digits = order.phone.as_ref().filter(|_| magic).map(|phone| phone.last_digits(3));
                match digits {
                    Some("120") => true,
                    Some("121" | "122") => false,
                    Some(_) | None => order.flow == Flow::Otp,
                }
            }
        }
    }

    fn wire(&self, account: &Account) -> Option<Wire> {
        Wire::of(account, self.simulator_url.as_deref())
    }

    /// The request that charges, without its body.
    async fn open_session(&self, permit: &ChargePermit, order: &Order, wire: &Wire) -> Result<Request, String> {
        let body = json!({
            "reference": permit.merchant_ref(),
            "phone": order.phone.as_ref().map(|p| p.e164()),
            "card_token": order.card_token,
            "country": order.country.code(),
            "method": order.method.code(),
            "flow": order.flow.code(),
            "scenario": order.scenario,
        });
        let request = wire
            .post(&format!("/{}/session", self.contract.code))
            .json(&body)
            .map_err(|f| f.code().to_owned())?;
        let deadline_ms = u64::try_from(self.contract.charge_deadline_ms / 2).unwrap_or(1_000);
        let answer = self
            .http
            .send(request, Timing::within_ms(deadline_ms))
            .await
            .map_err(|f| f.code().to_owned())?;
        if answer.status != 200 {
            return Err(format!("session answered {}", answer.status));
        }
        let session = answer.json::<Session>().map_err(|_| "session unreadable".to_owned())?;
        wire.charge(&session.charge_url)
            .ok_or_else(|| "session leads to another server".to_owned())
    }

    async fn send_charge(&self, permit: ChargePermit, order: &Order, account: &Account) -> ChargeOutcome {
        let Some(wire) = self.wire(account) else {
            return ChargeOutcome::NotSent {
                why: "settings incomplete".to_owned(),
                by: Hindrance::Us,
            };
        };
        let charge = match self.open_session(&permit, order, &wire).await {
            Ok(request) => request,
            Err(why) => {
                return ChargeOutcome::NotSent {
                    why: format!("preparation: {why}"),
                    by: Hindrance::Provider,
                };
            }
        };
        let amount = permit.amount();
        let body = json!({
            "reference": permit.merchant_ref(),
            "amount": amount.decimal(),
            "currency": amount.currency().code(),
            "phone": order.phone.as_ref().map(|p| p.e164()),
            "country": order.country.code(),
            "method": order.method.code(),
            "description": order.description,
            "callback_url": order.callback_url,
            "return_url": order.return_url,
            "otp": order.one_time_code,
        });
        let request = match charge.json(&body) {
            Ok(request) => request,
            Err(failure) => {
                return ChargeOutcome::NotSent {
                    why: failure.code().to_owned(),
                    by: failure.hindrance(),
                };
            }
        };
        let timing = Timing {
            deadline_ms: u64::try_from(self.contract.charge_deadline_ms).unwrap_or(1_000),
            window: Some(SendWindow {
                until_monotonic_ms: permit.until_monotonic_ms(),
            }),
        };
        match self.http.send(request, timing).await {
            Err(failure @ http::Failure::NotSent(_)) => ChargeOutcome::NotSent {
                why: failure.code().to_owned(),
                by: failure.hindrance(),
            },
            Err(failure @ http::Failure::Unknown(_)) => ChargeOutcome::Unknown {
                why: failure.code().to_owned(),
            },
            Ok(answer) => words::read_charge(&answer, &permit, order),
        }
    }

    async fn ask(&self, merchant_ref: &str, account: &Account) -> Finding {
        let Some(wire) = self.wire(account) else {
            return Finding::NoAnswer {
                why: "settings incomplete".to_owned(),
            };
        };
        let request = wire.get(&format!("/{}/transactions/{merchant_ref}", self.contract.code));
        let deadline_ms = u64::try_from(self.contract.look_up_deadline_ms).unwrap_or(1_000);
        match self.http.send(request, Timing::within_ms(deadline_ms)).await {
            Err(failure) => Finding::NoAnswer {
                why: failure.code().to_owned(),
            },
            Ok(answer) => words::read_status(&answer, merchant_ref),
        }
    }

    async fn try_key(&self, unused_ref: &str, account: &Account) -> Check {
        let Some(wire) = self.wire(account) else {
            return Check::Unclear {
                why: "no simulator is known to this process; ask the server".to_owned(),
            };
        };
        let request = wire.get(&format!("/{}/transactions/{unused_ref}", self.contract.code));
        let deadline_ms = u64::try_from(self.contract.look_up_deadline_ms).unwrap_or(1_000);
        match self.http.send(request, Timing::within_ms(deadline_ms)).await {
            Err(failure) => Check::Unreachable {
                why: failure.code().to_owned(),
            },
            Ok(answer) => words::read_check(&answer, unused_ref),
        }
    }

    async fn close_session(&self, merchant_ref: &str, account: &Account) -> CloseOutcome {
        let Some(wire) = self.wire(account) else {
            return CloseOutcome::Unknown {
                why: "settings incomplete".to_owned(),
            };
        };
        let request = wire.post(&format!("/{}/transactions/{merchant_ref}/close", self.contract.code));
        let deadline_ms = u64::try_from(self.contract.look_up_deadline_ms).unwrap_or(1_000);
        match self.http.send(request, Timing::within_ms(deadline_ms)).await {
            Err(failure) => CloseOutcome::Unknown {
                why: failure.code().to_owned(),
            },
            Ok(answer) => match (answer.status, answer.json::<Closed>()) {
                (200, Ok(Closed { closed: true })) => CloseOutcome::Closed,
                (409, _) => CloseOutcome::NotClosable,
                (status, _) => CloseOutcome::Unknown {
                    why: format!("close answered {status}"),
                },
            },
        }
    }
}

impl Gateway for Sim {
    fn contract(&self) -> &Contract {
        &self.contract
    }

    fn opening(&self, order: &Order) -> Opening {
        if self.asks_code(order) {
            Opening::AskCode { length: CODE_LENGTH }
        } else {
            Opening::Charge
        }
    }

    fn knows_scenario(&self, name: &str) -> bool {
        SCENARIOS.contains(&name.strip_prefix("both:").unwrap_or(name))
    }

    fn is_rehearsal(&self, order: &Order) -> bool {
        let magic = order.scenario.is_none() && self.contract.code == "sim_a";
        let digits = order.phone.as_ref().filter(|_| magic).map(|phone| phone.last_digits(3));
        matches!(digits, Some("130" | "131" | "132" | "133" | "134" | "135" | "136"))
            || self.scenario(order).is_some_and(|name| OUTAGES.contains(&name))
    }

    fn charge<'a>(&'a self, permit: ChargePermit, order: &'a Order, account: &'a Account) -> Call<'a, ChargeOutcome> {
        Box::pin(self.send_charge(permit, order, account))
    }

    fn look_up<'a>(&'a self, merchant_ref: &'a str, account: &'a Account) -> Call<'a, Finding> {
        Box::pin(self.ask(merchant_ref, account))
    }

    fn check<'a>(&'a self, unused_ref: &'a str, account: &'a Account) -> Call<'a, Check> {
        Box::pin(self.try_key(unused_ref, account))
    }

    fn read_callback(&self, callback: &RawCallback, account: &Account) -> Result<CallbackNews, CallbackRefused> {
        let key = account.settings.get("api_key").ok_or(CallbackRefused::BadSignature)?;
        let given = callback
            .header("x-sim-signature")
            .ok_or(CallbackRefused::BadSignature)?;
        let given = HEXLOWER_PERMISSIVE
            .decode(given.as_bytes())
            .map_err(|_| CallbackRefused::BadSignature)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes())
            .map_err(|_| CallbackRefused::BadSignature)?;
        mac.update(&callback.body);
        if !planted::is("signature_not_checked") {
            mac.verify_slice(&given).map_err(|_| CallbackRefused::BadSignature)?;
        }
        let news: Callback = serde_json::from_slice(&callback.body).map_err(|_| CallbackRefused::Unreadable)?;
        let sighting = news.transaction.sighting().ok_or(CallbackRefused::Unreadable)?;
        Ok(CallbackNews {
            merchant_ref: news.reference,
            sightings: vec![sighting],
        })
    }

    fn closing(&self) -> Option<&dyn Closing> {
        Some(self)
    }
}

impl Closing for Sim {
    fn close<'a>(&'a self, merchant_ref: &'a str, account: &'a Account) -> Call<'a, CloseOutcome> {
        Box::pin(self.close_session(merchant_ref, account))
    }
}
