//! The life of a permit: the right to send one charge. `docs/generated/states.md` shows the whole table.
//! Owns which proof may end a permit; never the evidence behind the proof (the engine weighs that).

use crate::announcement::Announcement;
use crate::attention::AttentionKind;
use crate::ids::PermitId;
use crate::money::Money;
use crate::transition::{Effect, Illegal, Transition, Why};

/// Where a permit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitState {
    /// Nothing was sent.
    Open,
    /// A charge was sent, or its sending is durable.
    Sent(ChargeKnowledge),
    /// Money was taken under it.
    Paid,
    /// Proven: no money can come of it.
    Dead(DeathProof),
}

/// What is known of the charge call of a sent permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeKnowledge {
    /// The call is being made.
    InFlight,
    /// The call ended and its outcome is not known.
    Unknown,
    /// The provider acknowledged it.
    Accepted,
}

impl ChargeKnowledge {
    /// Stored spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
        }
    }

    /// Reads the stored spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::InFlight, Self::Unknown, Self::Accepted]
            .into_iter()
            .find(|k| k.code() == text)
    }
}

/// The named proof without which no permit dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeathProof {
    /// The charge never left.
    NeverSent,
    /// The provider's contract promises that it was not processed.
    NotProcessed,
    /// An authenticated final "no".
    Declined,
    /// The provider says that its time is over.
    ExpiredAtProvider,
    /// We closed the session and the provider confirmed.
    ClosedByUs,
    /// A page that the payer was never shown, at a provider that sends the payer nothing by itself.
    PageNeverShown,
    /// Never acknowledged, and not found at the provider often and late enough.
    NotFoundAfterHorizon,
    /// A person has evidence.
    AttestedByPerson,
}

impl DeathProof {
    /// Every proof.
    pub const ALL: [Self; 8] = [
        Self::NeverSent,
        Self::NotProcessed,
        Self::Declined,
        Self::ExpiredAtProvider,
        Self::ClosedByUs,
        Self::PageNeverShown,
        Self::NotFoundAfterHorizon,
        Self::AttestedByPerson,
    ];

    /// Stored spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::NeverSent => "never_sent",
            Self::NotProcessed => "not_processed",
            Self::Declined => "declined",
            Self::ExpiredAtProvider => "expired_at_provider",
            Self::ClosedByUs => "closed_by_us",
            Self::PageNeverShown => "page_never_shown",
            Self::NotFoundAfterHorizon => "not_found_after_horizon",
            Self::AttestedByPerson => "attested_by_person",
        }
    }

    /// Reads the stored spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.code() == text)
    }

    /// Whether a prompt may still stand on the payer's phone although no money can come of it, so that the next
    /// prompt to that number has to wait.
    pub fn may_leave_a_prompt(self) -> bool {
        match self {
            Self::ClosedByUs | Self::NotFoundAfterHorizon | Self::AttestedByPerson => true,
            Self::NeverSent | Self::NotProcessed | Self::Declined | Self::ExpiredAtProvider | Self::PageNeverShown => {
                false
            }
        }
    }
}

/// What happens to a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitEvent {
    /// The charge call is about to be made durable and sent.
    Send,
    /// The provider acknowledged the charge.
    Accept,
    /// The charge call ended without a known outcome.
    LoseTrack,
    /// It is proven that no money can come of it.
    Die(DeathProof),
    /// Money was taken under it.
    Capture(Seat),
}

/// Whether the intent's one seat is free for this permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// No other permit of the intent is live or paid.
    Free,
    /// Another permit of the intent is live or paid.
    Taken,
}

impl PermitState {
    /// Whether money may still come of it.
    pub fn is_live(self) -> bool {
        match self {
            Self::Open | Self::Sent(_) => true,
            Self::Paid | Self::Dead(_) => false,
        }
    }

    /// Stored spelling of the state without its data.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sent(_) => "sent",
            Self::Paid => "paid",
            Self::Dead(_) => "dead",
        }
    }

    /// Applies one event, or says by name why the state refuses it.
    ///
    /// # Errors
    /// [`Illegal`] when the event cannot happen to this state; nothing changes then.
    pub fn apply(self, event: PermitEvent) -> Result<Transition<Self>, Illegal> {
        match event {
            PermitEvent::Send => self.send(),
            PermitEvent::Accept => self.accept(),
            PermitEvent::LoseTrack => self.lose_track(),
            PermitEvent::Die(proof) => self.die(proof),
            PermitEvent::Capture(seat) => self.capture(seat),
        }
    }

    fn refuse(self, event: &'static str, why: Why) -> Result<Transition<Self>, Illegal> {
        Err(Illegal {
            state: self.code(),
            event,
            why,
        })
    }

    fn send(self) -> Result<Transition<Self>, Illegal> {
        match self {
            Self::Open => Ok(Transition::to("permit.sent", Self::Sent(ChargeKnowledge::InFlight)).and(Effect::LookUp)),
            Self::Sent(_) => self.refuse("permit.sent", Why::AlreadySo),
            Self::Paid => self.refuse("permit.sent", Why::MoneyTaken),
            Self::Dead(_) => self.refuse("permit.sent", Why::Ended),
        }
    }

    fn accept(self) -> Result<Transition<Self>, Illegal> {
        match self {
            Self::Sent(ChargeKnowledge::InFlight | ChargeKnowledge::Unknown) => {
                Ok(Transition::to("permit.accepted", Self::Sent(ChargeKnowledge::Accepted)))
            }
            Self::Sent(ChargeKnowledge::Accepted) => self.refuse("permit.accepted", Why::AlreadySo),
            Self::Open => self.refuse("permit.accepted", Why::OutOfPlace),
            Self::Paid => self.refuse("permit.accepted", Why::MoneyTaken),
            Self::Dead(_) => self.refuse("permit.accepted", Why::Ended),
        }
    }

    fn lose_track(self) -> Result<Transition<Self>, Illegal> {
        match self {
            Self::Sent(ChargeKnowledge::InFlight) => Ok(Transition::to(
                "permit.outcome_unknown",
                Self::Sent(ChargeKnowledge::Unknown),
            )),
            Self::Sent(ChargeKnowledge::Unknown | ChargeKnowledge::Accepted) => {
                self.refuse("permit.outcome_unknown", Why::AlreadySo)
            }
            Self::Open => self.refuse("permit.outcome_unknown", Why::OutOfPlace),
            Self::Paid => self.refuse("permit.outcome_unknown", Why::MoneyTaken),
            Self::Dead(_) => self.refuse("permit.outcome_unknown", Why::Ended),
        }
    }

    fn die(self, proof: DeathProof) -> Result<Transition<Self>, Illegal> {
        match self {
            Self::Open if proof == DeathProof::NeverSent => Ok(Transition::to("permit.dead", Self::Dead(proof))),
            Self::Open => self.refuse("permit.dead", Why::ProofDoesNotFit),
            Self::Sent(knowledge) if proof_fits(knowledge, proof) => {
                Ok(Transition::to("permit.dead", Self::Dead(proof)).and(Effect::AskAfterDeath))
            }
            Self::Sent(_) => self.refuse("permit.dead", Why::ProofDoesNotFit),
            Self::Paid => self.refuse("permit.dead", Why::MoneyTaken),
            Self::Dead(_) => self.refuse("permit.dead", Why::AlreadySo),
        }
    }

    fn capture(self, seat: Seat) -> Result<Transition<Self>, Illegal> {
        match (self, seat) {
            (Self::Sent(_), Seat::Free | Seat::Taken) => {
                Ok(Transition::to("permit.paid", Self::Paid).and(Effect::LookUp))
            }
            (Self::Open, Seat::Free | Seat::Taken) => Ok(Transition::to("permit.paid", Self::Paid)
                .and(Effect::LookUp)
                .and(Effect::Attend(AttentionKind::Contradiction))),
            (Self::Dead(_), Seat::Free) => Ok(Transition::to("permit.paid_late", Self::Paid).and(Effect::LookUp)),
            (Self::Dead(_), Seat::Taken) => Ok(Transition::to("permit.capture_held", self)
                .and(Effect::HoldCapture)
                .and(Effect::Announce(Announcement::SurplusCaptured))),
            (Self::Paid, Seat::Free | Seat::Taken) => self.refuse("permit.paid", Why::AlreadySo),
        }
    }
}

fn proof_fits(knowledge: ChargeKnowledge, proof: DeathProof) -> bool {
    match proof {
        DeathProof::NeverSent | DeathProof::NotProcessed | DeathProof::PageNeverShown => {
            knowledge != ChargeKnowledge::Accepted
        }
        DeathProof::NotFoundAfterHorizon => knowledge == ChargeKnowledge::Unknown,
        DeathProof::Declined
        | DeathProof::ExpiredAtProvider
        | DeathProof::ClosedByUs
        | DeathProof::AttestedByPerson => true,
    }
}

/// The right to make one charge call: no permit, no charge. Made only from a saved `Send` transition and consumed by
/// the gateway; it can be neither copied nor made twice from one transition.
#[derive(Debug)]
pub struct ChargePermit {
    permit_id: PermitId,
    merchant_ref: String,
    amount: Money,
    until_monotonic_ms: i64,
}

impl ChargePermit {
    /// Turns the saved transition into the right to send: `rows` is what the guarded update
    /// (`… SET status = 'sent' WHERE … status = 'open'`) changed; anything but one row gives no permit.
    ///
    /// `until_monotonic_ms` is the end of the send window on the process's monotonic clock.
    pub fn from_saved(
        transition: Transition<PermitState>,
        rows: u64,
        charge: PermittedCharge,
        until_monotonic_ms: i64,
    ) -> Option<Self> {
        let sent = matches!(transition.after(), PermitState::Sent(ChargeKnowledge::InFlight));
        let PermittedCharge {
            permit_id,
            merchant_ref,
            amount,
        } = charge;
        (rows == 1 && sent).then_some(Self {
            permit_id,
            merchant_ref,
            amount,
            until_monotonic_ms,
        })
    }

    /// Which permit.
    pub fn permit_id(&self) -> PermitId {
        self.permit_id
    }

    /// The reference that we chose.
    pub fn merchant_ref(&self) -> &str {
        &self.merchant_ref
    }

    /// What may be taken, in the attempt's currency.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// The first byte may leave only before this time on the monotonic clock, in milliseconds.
    pub fn until_monotonic_ms(&self) -> i64 {
        self.until_monotonic_ms
    }
}

/// What a permit permits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermittedCharge {
    /// Which permit.
    pub permit_id: PermitId,
    /// The reference that we chose.
    pub merchant_ref: String,
    /// What may be taken.
    pub amount: Money,
}
