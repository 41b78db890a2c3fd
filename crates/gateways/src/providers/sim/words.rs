//! The simulator's words, and what each means. Unknown words are never guessed.

use domain::currency::Currency;
use domain::failure::{Failure, FailureCode};
use domain::money::Money;
use domain::next_action::NextAction;
use domain::outcome::{Capture, ChargeOutcome, Finding, Sighting, Standing};
use domain::permit::ChargePermit;
use domain::planted;
use serde::Deserialize;

use crate::contract::{Check, Order};
use crate::http::Answer;
use crate::texts;

#[derive(Deserialize)]
pub(super) struct Session {
    pub(super) charge_url: String,
}

#[derive(Deserialize)]
pub(super) struct Closed {
    pub(super) closed: bool,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
}

#[derive(Deserialize)]
struct Charged {
    reference: String,
    transaction_id: String,
    status: String,
    amount: Option<String>,
    currency: Option<String>,
    reason: Option<String>,
    action: Option<Action>,
    expires_at: Option<String>,
}

impl Charged {
    fn expires_at_ms(&self) -> Option<i64> {
        self.expires_at
            .as_deref()?
            .parse::<jiff::Timestamp>()
            .ok()
            .map(jiff::Timestamp::as_millisecond)
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Action {
    Prompt { ussd_code: Option<String> },
    Redirect { url: String },
    Qr { payload: String, deep_link: String },
}

#[derive(Deserialize)]
struct Status {
    reference: String,
    transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
pub(super) struct Callback {
    pub(super) reference: String,
    pub(super) transaction: Transaction,
}

#[derive(Deserialize)]
pub(super) struct Transaction {
    id: String,
    status: String,
    amount: String,
    currency: String,
    phone: Option<String>,
    reason: Option<String>,
}

impl Transaction {
    pub(super) fn sighting(self) -> Option<Sighting> {
        let amount = money(&self.amount, &self.currency)?;
        let standing = match self.status.as_str() {
            "pending" if planted::is("pending_is_paid") => Standing::Captured(amount),
            "pending" => Standing::Pending,
            "charged" => Standing::Captured(amount),
            "declined" => Standing::Declined(failure(self.reason.as_deref())),
            "expired" if self.reason.as_deref() == Some("closed") => Standing::Closed,
            "expired" => Standing::Expired,
            _ if planted::is("unknown_word_is_paid") => Standing::Captured(amount),
            other => Standing::Unmapped(other.chars().take(60).collect()),
        };
        Some(Sighting {
            external_id: self.id,
            standing,
            phone: self.phone,
        })
    }
}

fn money(amount: &str, currency: &str) -> Option<Money> {
    Money::parse_major(amount, Currency::parse(currency).ok()?).ok()
}

fn failure(reason: Option<&str>) -> Failure {
    let word = reason.unwrap_or("none");
    let code = match word {
        "declined_by_payer" => FailureCode::DeclinedByPayer,
        "insufficient_funds" => FailureCode::InsufficientFunds,
        "wrong_pin" => FailureCode::WrongPin,
        "limit_reached" => FailureCode::WalletLimitReached,
        "otp_invalid" => FailureCode::OtpInvalid,
        _ => FailureCode::Unmapped,
    };
    Failure::with_gateway_code(code, word)
}

pub(super) fn read_charge(answer: &Answer, permit: &ChargePermit, order: &Order) -> ChargeOutcome {
    let unknown = |why: &str| ChargeOutcome::Unknown {
        why: format!("{} {why}", answer.status),
    };
    if answer.status == 503 {
        return match answer.json::<Refusal>() {
            Ok(refusal) if refusal.code == "not_processed" => ChargeOutcome::NotProcessed {
                gateway_code: refusal.code,
            },
            Ok(_) | Err(_) => unknown("without the documented code"),
        };
    }
    if answer.status == 401 {
        return ChargeOutcome::Declined {
            failure: Failure::with_gateway_code(FailureCode::GatewayCredentialsRefused, "401"),
            external_id: None,
        };
    }
    let Ok(charged) = answer.json::<Charged>() else {
        return unknown("unreadable");
    };
    if charged.reference != permit.merchant_ref() {
        return unknown("about another reference");
    }
    let expires_at_ms = charged.expires_at_ms();
    let external_id = charged.transaction_id;
    match (answer.status, charged.status.as_str()) {
        (200, "charged") => {
            let amount = money(
                charged.amount.as_deref().unwrap_or(""),
                charged.currency.as_deref().unwrap_or(""),
            );
            match amount {
                Some(amount) => ChargeOutcome::Captured(Capture { external_id, amount }),
                None => unknown("charged without an amount"),
            }
        }
        (402, "declined") => ChargeOutcome::Declined {
            failure: failure(charged.reason.as_deref()),
            external_id: Some(external_id),
        },
        (202, "pending") => {
            let action = charged
                .action
                .map(|action| next_action(action, permit.amount(), order, expires_at_ms));
            ChargeOutcome::Pending {
                external_id: Some(external_id),
                action,
            }
        }
        _ => unknown("unexpected"),
    }
}

fn next_action(action: Action, asked: Money, order: &Order, expires_at_ms: Option<i64>) -> NextAction {
    match action {
        Action::Prompt { ussd_code } => NextAction::Approval {
            message: texts::approve(asked),
            ussd_code: ussd_code.or_else(|| order.ussd_code.clone()),
            expires_at_ms,
        },
        Action::Redirect { url } => NextAction::Redirect { url, expires_at_ms },
        Action::Qr { payload, deep_link } => NextAction::QrCode {
            payload,
            deep_links: vec![deep_link],
            expires_at_ms,
        },
    }
}

pub(super) fn read_status(answer: &Answer, merchant_ref: &str) -> Finding {
    match answer.status {
        200 => match answer.json::<Status>() {
            Ok(status) if status.reference == merchant_ref => {
                let sightings: Option<Vec<_>> = status.transactions.into_iter().map(Transaction::sighting).collect();
                match sightings {
                    Some(sightings) if !sightings.is_empty() => Finding::Seen(sightings),
                    Some(_) | None => Finding::NoAnswer {
                        why: "transactions unreadable".to_owned(),
                    },
                }
            }
            Ok(_) => Finding::NoAnswer {
                why: "another reference".to_owned(),
            },
            Err(_) => Finding::NoAnswer {
                why: "unreadable".to_owned(),
            },
        },
        404 => match answer.json::<Refusal>() {
            Ok(refusal) if refusal.code == "unknown_reference" => Finding::NotFound,
            Ok(_) | Err(_) => Finding::NoAnswer {
                why: "404 without the documented code".to_owned(),
            },
        },
        status => Finding::NoAnswer {
            why: format!("status answered {status}"),
        },
    }
}

/// An answer about a reference that was never used: not knowing it is how a provider says that the key is right.
pub(super) fn read_check(answer: &Answer, unused_ref: &str) -> Check {
    if answer.status == 401 {
        return Check::CredentialsRefused;
    }
    match read_status(answer, unused_ref) {
        Finding::NotFound => Check::Working,
        Finding::Seen(_) => Check::Unclear {
            why: "knows a reference that was never used".to_owned(),
        },
        Finding::NoAnswer { why } => Check::Unclear { why },
    }
}
