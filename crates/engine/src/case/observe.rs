//! What a payment says of the health of its gateway account. Owns which outcome counts as what; the folding of
//! observations into health comes later, in a transaction of its own.

use domain::failure::FailureCategory;
use domain::ids::PermitId;
use domain::outcome::{ChargeOutcome, Hindrance};
use store::attempts::Attempt;
use store::health::{self, Observation, Seen, Subject};

use super::Case;
use crate::refusal::Refusal;

/// What the outcome of a charge call says of the account; `None` when it says nothing.
pub(crate) fn seen_in(outcome: &ChargeOutcome) -> Option<Seen> {
    match outcome {
        ChargeOutcome::NotSent { by: Hindrance::Us, .. } => None,
        ChargeOutcome::NotSent {
            by: Hindrance::Provider,
            ..
        }
        | ChargeOutcome::NotProcessed { .. }
        | ChargeOutcome::Unknown { .. } => Some(Seen::Outage),
        ChargeOutcome::Declined { failure, .. } => match failure.code.category() {
            FailureCategory::Operator | FailureCategory::Gateway => Some(Seen::Outage),
            FailureCategory::Payer
            | FailureCategory::Funds
            | FailureCategory::Configuration
            | FailureCategory::Platform
            | FailureCategory::Security => Some(Seen::Worked),
        },
        ChargeOutcome::Pending { .. } | ChargeOutcome::Captured(_) => Some(Seen::Worked),
    }
}

impl Case<'_, '_> {
    /// Adds what was seen of the account of a permit, unless the sandbox was asked to fail just so.
    pub(crate) fn observe(&mut self, id: PermitId, seen: Seen, started_at_ms: i64) -> Result<(), Refusal> {
        let attempt_id = self.permit(id)?.attempt_id;
        let attempt = self.attempt(attempt_id)?.clone();
        let Some(account_id) = attempt.account_id else {
            return Ok(());
        };
        if matches!(seen, Seen::Outage | Seen::Lost) && self.is_rehearsal(&attempt)? {
            return Ok(());
        }
        let observation = Observation {
            id: self.bench.draws.id(self.at_ms),
            subject: Subject {
                account_id,
                method: attempt.method,
                country: attempt.country,
            },
            seen,
            started_at_ms,
            at_ms: self.at_ms,
        };
        Ok(health::observe(self.tx, &self.bench.tenant.scope, &observation)?)
    }

    /// An attempt ended: paid, or lost for a reason of the operator or gateway. Other ends say nothing of the account.
    pub(crate) fn observe_end(&mut self, id: PermitId, seen: Seen) -> Result<(), Refusal> {
        let attempt_id = self.permit(id)?.attempt_id;
        let started_at_ms = self.attempt(attempt_id)?.created_at_ms;
        self.observe(id, seen, started_at_ms)
    }

    fn is_rehearsal(&mut self, attempt: &Attempt) -> Result<bool, Refusal> {
        let Some(code) = attempt.gateway_code.clone() else {
            return Ok(false);
        };
        let order = self.order_at(attempt, None, None)?;
        Ok(self.bench.house.gateway(&code)?.is_rehearsal(&order))
    }
}
