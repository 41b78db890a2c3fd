//! Which payment brings which event about. Owns the table; an event without a row does not compile.

use engine::domain::announcement::Announcement;

use crate::failure::Failure;

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Steps {
    /// A payment is made whose operator behaves so.
    Pay { scenario: String, after: AfterFailure },
    /// A payment is made that nobody tries to pay, and cancelled.
    Cancel,
}

/// What becomes of a payment whose attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterFailure {
    /// It waits for another attempt.
    Waits,
    /// It has failed.
    Fails,
}

/// Names that merchants know from elsewhere, of what does not exist here yet.
const OF_LATER: [&str; 4] = [
    "payment.refunded",
    "payment.partially_refunded",
    "payout.completed",
    "payout.failed",
];

/// The steps to an event, with another scenario when one is wished.
pub(super) fn steps(event: &str, wished: Option<&str>) -> Result<Steps, Failure> {
    if OF_LATER.contains(&event) {
        return Err(Failure::usage(format!(
            "{event}: there are no refunds and payouts in this version yet"
        )));
    }
    let announcement = Announcement::parse(event).ok_or_else(|| {
        Failure::usage(format!(
            "there is no event {event}. These can be made: {}",
            makeable().join(", ")
        ))
    })?;
    let planned = planned(announcement);
    let steps = planned.map_err(|why| Failure::usage(format!("{event} cannot be made yet: {why}")))?;
    match (steps, wished) {
        (steps, None) => Ok(steps),
        (Steps::Pay { after, .. }, Some(scenario)) => Ok(Steps::Pay {
            scenario: scenario.to_owned(),
            after,
        }),
        (Steps::Cancel, Some(_)) => Err(Failure::usage(format!(
            "{event} comes from a payment that nobody tries to pay: it takes no --scenario"
        ))),
    }
}

/// The names of the events that can be made.
pub(super) fn makeable() -> Vec<&'static str> {
    let all = Announcement::ALL.iter();
    all.filter(|announcement| planned(**announcement).is_ok())
        .map(|announcement| announcement.code())
        .collect()
}

fn planned(announcement: Announcement) -> Result<Steps, &'static str> {
    use Announcement as A;
    match announcement {
        A::PaymentCompleted | A::AttemptCompleted => Ok(paid("approve_now")),
        A::AttemptActionRequired => Ok(paid("approve")),
        A::AttemptFailed => Ok(paid("decline")),
        A::PaymentFailed => Ok(Steps::Pay {
            scenario: "decline".to_owned(),
            after: AfterFailure::Fails,
        }),
        A::PaymentExpired => Ok(Steps::Cancel),
        A::SurplusCaptured => Ok(paid("duplicate_transaction")),
        A::AmountMismatch => Ok(paid("wrong_amount")),
        A::Reversed => Err("the simulated operators take no money back"),
        A::IntentCreated
        | A::IntentProcessing
        | A::IntentRequiresAction
        | A::IntentSucceeded
        | A::IntentPaymentFailed
        | A::IntentCanceled => Err("it belongs to the payment-intents API, and trigger pays through /v1"),
    }
}

fn paid(scenario: &str) -> Steps {
    Steps::Pay {
        scenario: scenario.to_owned(),
        after: AfterFailure::Waits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_made_is_told_with_what_can() {
        assert_eq!(makeable().len(), 8);
        let told = |event: &str, scenario| steps(event, scenario).unwrap_err().to_string();
        assert!(told("payment.compleated", None).contains("payment.completed, payment.failed"));
        assert!(told("payment.refunded", None).contains("no refunds"));
        assert!(told("payment.reversed", None).contains("cannot be made yet"));
        assert!(told("payment.expired", Some("decline")).contains("--scenario"));
        let Ok(Steps::Pay { scenario, after }) = steps("payment.failed", Some("wrong_pin")) else {
            panic!("a payment");
        };
        assert_eq!((scenario.as_str(), after), ("wrong_pin", AfterFailure::Fails));
    }
}
