//! Whether the same payment may go to another account, given how the first one is proven dead, and whether the payer's
//! phone needs a rest first. Owns the table; never looks for the other account.

use super::Policy;
use crate::failure::{Failure, Rerouting};
use crate::permit::DeathProof;
use crate::planted;

/// Automatic fallbacks of one request at most.
pub const FALLBACKS_MAX: i64 = 2;

/// Whether another account may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FallBack {
    /// In the transaction that wrote the proof.
    AtOnce,
    /// After the cool-down of the payer's number at this operator.
    AfterCoolDown,
    /// The payer or the merchant must act, or nothing is proven about a second try.
    No,
}

/// What may follow a permit that died by this proof with this failure.
pub fn after(proof: DeathProof, failure: &Failure, policy: &Policy) -> FallBack {
    let is_pointless = failure.code.rerouting() == Rerouting::Pointless && !planted::is("payers_refusal_falls_back");
    if is_pointless || policy.no_fallback_after.contains(&failure.code) {
        return FallBack::No;
    }
    match proof {
        // Nothing was shown, or the operator itself said no.
        DeathProof::NeverSent | DeathProof::NotProcessed | DeathProof::Declined | DeathProof::PageNeverShown => {
            FallBack::AtOnce
        }
        // A prompt may have been shown, and the operator did not end it.
        DeathProof::NotFoundAfterHorizon => FallBack::AfterCoolDown,
        // The payer had their time, or somebody ended it on purpose.
        DeathProof::ExpiredAtProvider | DeathProof::ClosedByUs | DeathProof::AttestedByPerson => FallBack::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureCode;

    #[test]
    fn only_what_is_proven_and_not_the_payers_falls_back() {
        let policy = Policy::default();
        let ours = Failure::new(FailureCode::GatewayUnavailable);
        assert_eq!(after(DeathProof::NeverSent, &ours, &policy), FallBack::AtOnce);
        assert_eq!(after(DeathProof::NotProcessed, &ours, &policy), FallBack::AtOnce);
        assert_eq!(
            after(DeathProof::NotFoundAfterHorizon, &ours, &policy),
            FallBack::AfterCoolDown
        );
        assert_eq!(after(DeathProof::ExpiredAtProvider, &ours, &policy), FallBack::No);
        for code in FailureCode::ALL {
            let declined = after(DeathProof::Declined, &Failure::new(*code), &policy);
            let may = matches!(
                code,
                FailureCode::OperatorUnavailable
                    | FailureCode::GatewayUnavailable
                    | FailureCode::GatewayCredentialsRefused
                    | FailureCode::GatewayLimitReached
            );
            assert_eq!(declined == FallBack::AtOnce, may, "{code}");
        }
    }

    #[test]
    fn a_project_may_tighten_and_never_loosen() {
        let policy = Policy {
            no_fallback_after: vec![FailureCode::GatewayCredentialsRefused],
            ..Policy::default()
        };
        let refused = Failure::new(FailureCode::GatewayCredentialsRefused);
        assert_eq!(after(DeathProof::Declined, &refused, &policy), FallBack::No);
        assert_eq!(
            after(DeathProof::Declined, &refused, &Policy::default()),
            FallBack::AtOnce
        );
    }
}
