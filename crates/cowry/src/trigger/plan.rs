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
    /// In the payment-intents API: an intent is made and confirmed, and its operator behaves so.
    Confirm { scenario: String },
    /// In the payment-intents API: an intent is made and left alone.
    Create,
    /// In the payment-intents API: an intent is made and cancelled.
    CreateAndCancel,
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
    let Some(wished) = wished else {
        return Ok(steps);
    };
    let scenario = wished.to_owned();
    match steps {
        Steps::Pay { after, .. } => Ok(Steps::Pay { scenario, after }),
        Steps::Confirm { .. } => Ok(Steps::Confirm { scenario }),
        Steps::Cancel | Steps::Create | Steps::CreateAndCancel => Err(Failure::usage(format!(
            "{event} comes from a payment that nobody tries to pay: it takes no --scenario"
        ))),
    }
}

/// The names of the events that can be made.
fn makeable() -> Vec<&'static str> {
    let all = Announcement::ALL.iter();
    all.filter(|announcement| planned(**announcement).is_ok())
        .map(|announcement| announcement.code())
        .collect()
}

fn planned(announcement: Announcement) -> Result<Steps, &'static str> {
    use Announcement as A;
    let paid = |scenario: &str| Steps::Pay {
        scenario: scenario.to_owned(),
        after: AfterFailure::Waits,
    };
    let confirmed = |scenario: &str| Steps::Confirm {
        scenario: scenario.to_owned(),
    };
    Ok(match announcement {
        A::PaymentCompleted | A::AttemptCompleted => paid("approve_now"),
        A::AttemptActionRequired => paid("approve"),
        A::AttemptFailed => paid("decline"),
        A::PaymentFailed => Steps::Pay {
            scenario: "decline".to_owned(),
            after: AfterFailure::Fails,
        },
        A::PaymentExpired => Steps::Cancel,
        A::SurplusCaptured => paid("duplicate_transaction"),
        A::AmountMismatch => paid("wrong_amount"),
        A::Reversed => return Err("the simulated operators take no money back"),
        A::IntentCreated => Steps::Create,
        A::IntentProcessing => confirmed("approve"),
        A::IntentRequiresAction => confirmed("redirect"),
        A::IntentSucceeded => confirmed("approve_now"),
        A::IntentPaymentFailed => confirmed("decline"),
        A::IntentCanceled => Steps::CreateAndCancel,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_made_is_told_with_what_can() {
        assert_eq!(makeable().len(), Announcement::ALL.len() - 1);
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
