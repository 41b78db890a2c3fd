//! How a refusal of the engine is told over HTTP: one exhaustive match. Never refuses anything itself.

use engine::{ChosenBy, Refusal};

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

/// Which request's fields a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Creating an intent: the attempt is a member of the body.
    Intent,
    /// Anything else: the attempt is the body, or there is none.
    Attempt,
    /// Confirming an intent of the payment-intents API, which has names of its own.
    Confirmation,
}

impl From<Refusal> for Problem {
    /// For requests whose body, if any, is about an attempt.
    fn from(refusal: Refusal) -> Self {
        problem(refusal, Place::Attempt)
    }
}

/// The answer to a refusal.
pub(crate) fn problem(refusal: Refusal, place: Place) -> Problem {
    let text = sentence(&refusal);
    let field = |name: &str| match place {
        Place::Intent => Problem::field(format!("attempt.{name}"), text.clone()),
        Place::Attempt => Problem::field(name, text.clone()),
        Place::Confirmation => Problem::field(confirmed(name, &refusal), text.clone()),
    };
    match refusal {
        Refusal::UnknownIntent(_) => Problem::saying(ErrorCode::NotFound, "No such payment intent."),
        Refusal::UnknownCheckout(_) => Problem::saying(ErrorCode::NotFound, "No such checkout."),
        Refusal::UnknownLink(_) => Problem::saying(ErrorCode::NotFound, "No such payment link."),
        Refusal::LinkPaid => Problem::saying(ErrorCode::Conflict, text),
        Refusal::UnknownAttempt(_) => Problem::saying(ErrorCode::NotFound, "No such attempt of this payment intent."),
        Refusal::UnknownCustomer(_) => Problem::field("customer", "No such customer."),
        Refusal::CustomerExists(_) => Problem::saying(ErrorCode::CustomerExists, text),
        Refusal::CustomerUnreachable => {
            Problem::field("email", "A customer keeps at least one of e-mail address and phone.")
        }
        Refusal::OtherCountry { .. } => Problem::saying(ErrorCode::CountryDiffers, text),
        Refusal::NotConfirmable { .. } => Problem::saying(ErrorCode::NotConfirmable, text),
        Refusal::NotEligible { .. } | Refusal::NotRouted { .. } => Problem::saying(ErrorCode::NotEligible, text),
        Refusal::TooManyPairs { .. } => Problem::field("metadata", text),
        Refusal::KeyReused => Problem::new(ErrorCode::IdempotencyKeyReused),
        Refusal::KeyInProgress => Problem::new(ErrorCode::IdempotencyKeyInProgress).retry_after(1),
        Refusal::IntentEnded { .. } => Problem::saying(ErrorCode::IntentEnded, text),
        Refusal::IntentExpired => Problem::new(ErrorCode::IntentExpired),
        Refusal::AttemptInProgress { may_end_at_ms, .. } => {
            Problem::new(ErrorCode::AttemptInProgress).may_end_at(may_end_at_ms)
        }
        Refusal::PayerCoolingDown { retry_after_ms } => {
            Problem::new(ErrorCode::PayerCoolingDown).retry_after(seconds(retry_after_ms))
        }
        Refusal::TooManyPrompts { retry_after_ms } => {
            Problem::new(ErrorCode::TooManyPrompts).retry_after(seconds(retry_after_ms))
        }
        Refusal::AmountMismatch => Problem::new(ErrorCode::AmountMismatch),
        Refusal::MethodNotOffered { .. } => field("method_code"),
        Refusal::PhoneRequired { .. } => field("phone"),
        Refusal::NoExchangeRate { .. } | Refusal::NotConvertible(_) => field("currency"),
        Refusal::CurrencyNotTaken { chosen_by, .. } => match chosen_by {
            ChosenBy::Attempt => field("currency"),
            ChosenBy::Intent => field("method_code"),
        },
        Refusal::AmountOutOfRange { .. } | Refusal::TooManyDecimals { .. } => match place {
            Place::Intent | Place::Confirmation => Problem::field("amount", text),
            Place::Attempt => Problem::field("method_code", text),
        },
        Refusal::UnknownCountry(_) => match place {
            Place::Confirmation => Problem::field("payment_method.type", "Cards are not taken in this currency."),
            Place::Intent | Place::Attempt => {
                Problem::saying(ErrorCode::NotFound, "No method is offered in this country.")
            }
        },
        Refusal::UnknownScenario(_) => Problem::field("X-Sandbox-Scenario", "No sandbox scenario has this name."),
        Refusal::CodeNotExpected { .. } => Problem::new(ErrorCode::CodeNotExpected),
        Refusal::Busy => Problem::new(ErrorCode::Busy).retry_after(1),
        Refusal::Unavailable(why) => {
            tracing::warn!(event = "unavailable", why);
            Problem::new(ErrorCode::Unavailable).retry_after(1)
        }
    }
}

/// The name of an attempt's field in a confirmation: what is wrong with its method is said of the operator, if there is one.
fn confirmed(name: &str, refusal: &Refusal) -> &'static str {
    let method = match refusal {
        Refusal::MethodNotOffered { method, .. } | Refusal::CurrencyNotTaken { method, .. } => Some(method.code()),
        _ => None,
    };
    match (name, method) {
        ("phone", _) => "payment_method.mobile_money.msisdn",
        ("currency", _) => "currency",
        (_, Some("card")) => "payment_method.type",
        _ => "payment_method.mobile_money.operator",
    }
}

/// The refusal's own words as a sentence.
fn sentence(refusal: &Refusal) -> String {
    let text = refusal.to_string();
    let mut chars = text.chars();
    let first = chars
        .next()
        .filter(|_| !text.contains("momo_") && !text.contains("wallet_"));
    match first {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => format!("{text}."),
    }
}

/// Whole seconds, rounded up.
fn seconds(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0).div_ceil(1000).max(1)
}
