//! What the words of an explanation mean, in one English sentence each. Total: a new word needs its sentence.

use domain::outcome::OutcomeClass;
use domain::permit::{ChargeKnowledge, DeathProof, PermitState};
use store::facts::{FactKind, Source};
use store::timers::TimerKind;

/// What the outcome of a call means.
pub fn of_call(class: OutcomeClass) -> &'static str {
    match class {
        OutcomeClass::Open => "It has not ended, or its process died.",
        OutcomeClass::NotSent => "Provably not one byte of it left.",
        OutcomeClass::NotProcessed => "The provider promises that it did not process it.",
        OutcomeClass::Declined => "The provider said a final no.",
        OutcomeClass::Pending => "The provider took it in; the payer must act.",
        OutcomeClass::Captured => "The money was taken.",
        OutcomeClass::Unknown => "It was sent, and what came of it is not known: the provider is asked.",
        OutcomeClass::Answered => "The provider answered.",
    }
}

/// What the state of a permit means, and what proved it dead.
pub fn of_permit(state: PermitState) -> &'static str {
    match state {
        PermitState::Open => "Nothing was sent under it.",
        PermitState::Sent(ChargeKnowledge::InFlight) => "The charge is under way.",
        PermitState::Sent(ChargeKnowledge::Unknown) => {
            "The charge was sent and what came of it is not known, so nothing else is tried."
        }
        PermitState::Sent(ChargeKnowledge::Accepted) => {
            "The provider took the charge in and the payer may still pay, so nothing else is tried."
        }
        PermitState::Paid => "It was paid.",
        PermitState::Dead(proof) => of_proof(proof),
    }
}

fn of_proof(proof: DeathProof) -> &'static str {
    match proof {
        DeathProof::NeverSent => "No money can be taken: the charge provably never left.",
        DeathProof::NotProcessed => "No money can be taken: the provider promises that it did not process the charge.",
        DeathProof::Declined => "No money can be taken: the provider said a final no.",
        DeathProof::ExpiredAtProvider => "No money can be taken: the provider says that its time is over.",
        DeathProof::ClosedByUs => "No money can be taken: it was closed, and the provider confirmed that.",
        DeathProof::PageNeverShown => "No money can be taken: the page never reached the payer.",
        DeathProof::NotFoundAfterHorizon => {
            "No money can be taken: the provider does not know the charge, asked often and late enough."
        }
        DeathProof::AttestedByPerson => "No money can be taken: a person attested that.",
    }
}

/// What a fact means.
pub fn of_fact(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Accepted => "The charge was taken in.",
        FactKind::Captured => "Money was taken.",
        FactKind::Declined => "A final no.",
        FactKind::Expired => "Its time is over.",
        FactKind::Closed => "It is closed.",
        FactKind::NotFound => "The provider does not know our reference.",
        FactKind::NotProcessed => "The provider promises that it was not processed.",
        FactKind::NotSent => "Nothing left.",
        FactKind::Refunded => "Money went back.",
        FactKind::Reversed => "Money went back without us.",
        FactKind::Contradiction => "It does not fit what was said before.",
    }
}

/// Where a fact came from.
pub fn of_source(source: Source) -> &'static str {
    match source {
        Source::Response => "the answer to our call",
        Source::Callback => "a callback whose signature held",
        Source::Poll => "the answer to our question",
        Source::Statement => "a statement",
        Source::Person => "a person",
    }
}

/// What a timer will do.
pub fn of_timer(kind: TimerKind) -> &'static str {
    match kind {
        TimerKind::LookUp => "The provider is asked again where this charge stands.",
        TimerKind::Expire => "The payment ends, unless a payer may still pay it.",
        TimerKind::FallBack => "The next account of the rule is tried.",
        TimerKind::ClosePage => "The open page is closed: money came for an earlier attempt.",
        TimerKind::ProcessCallback => "A callback is processed.",
    }
}
