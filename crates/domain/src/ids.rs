//! Typed identifiers. Owns their two spellings: the stored one (26 Crockford base32 characters: 48-bit milliseconds and
//! 80 random bits, upper case, no prefix) and the public one (with a prefix). Never draws the random bits itself.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use ulid::Ulid;

/// What an identifier names: decides the prefix and the letter case of its public spelling.
pub trait Kind {
    /// Prefix of the public spelling, for example `att_`.
    const PREFIX: &'static str;
    /// Whether the 26 characters after the prefix are upper or lower case.
    const CASE: LetterCase = LetterCase::Lower;
}

/// Letter case of a public spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterCase {
    /// `TRX01J…`
    Upper,
    /// `att_01j…`
    Lower,
}

/// An identifier of one kind of thing.
pub struct Id<K> {
    ulid: Ulid,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// Makes an identifier from a time in milliseconds UTC and 80 random bits (the lower bits of `random`).
    pub fn new(at_ms: i64, random: u128) -> Self {
        let ms = u64::try_from(at_ms).unwrap_or(0);
        Self {
            ulid: Ulid::from_parts(ms, random),
            kind: PhantomData,
        }
    }

    /// Reads the stored spelling; `None` when it is not one.
    pub fn from_stored(text: &str) -> Option<Self> {
        if text.len() != 26 {
            return None;
        }
        let ulid = Ulid::from_string(text).ok()?;
        (ulid.to_string() == text).then_some(Self {
            ulid,
            kind: PhantomData,
        })
    }

    /// The stored spelling: 26 upper-case characters.
    pub fn stored(&self) -> String {
        self.ulid.to_string()
    }

    /// Reads the public spelling of this kind; `None` for any other text.
    pub fn from_public(text: &str) -> Option<Self> {
        Self::from_spelling(text, K::PREFIX, K::CASE)
    }

    fn from_spelling(text: &str, prefix: &str, case: LetterCase) -> Option<Self> {
        let rest = text.strip_prefix(prefix)?;
        let wrong_case = |c: char| match case {
            LetterCase::Upper => c.is_ascii_lowercase(),
            LetterCase::Lower => c.is_ascii_uppercase(),
        };
        if rest.chars().any(wrong_case) {
            return None;
        }
        Self::from_stored(&rest.to_ascii_uppercase())
    }

    /// Milliseconds UTC at which the identifier was made.
    pub fn at_ms(&self) -> i64 {
        i64::try_from(self.ulid.timestamp_ms()).unwrap_or(0)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match K::CASE {
            LetterCase::Upper => write!(f, "{}{}", K::PREFIX, self.ulid),
            LetterCase::Lower => write!(f, "{}{}", K::PREFIX, self.ulid.to_string().to_ascii_lowercase()),
        }
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.ulid == other.ulid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ulid.cmp(&other.ulid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ulid.hash(state);
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $id:ident, $prefix:literal $(, $case:expr)?;)*) => {$(
        $(#[$doc])*
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
            $(const CASE: LetterCase = $case;)?
        }
        $(#[$doc])*
        pub type $id = Id<$kind>;
    )*};
}

kinds! {
    /// A merchant's project: the tenant.
    ProjectKind, ProjectId, "prj_";
    /// A payment intent. Public as `TRX…` in the payment API and `pi_…` in the payment-intents API.
    IntentKind, IntentId, "TRX", LetterCase::Upper;
    /// One try to have an intent paid.
    AttemptKind, AttemptId, "att_";
    /// The right to send one charge; public as the gateway transaction's id.
    PermitKind, PermitId, "txn_";
    /// A payer as the merchant knows them.
    CustomerKind, CustomerId, "cus_";
    /// What a payer pays with (a phone number at an operator).
    InstrumentKind, InstrumentId, "ins_";
    /// One call to a provider.
    CallKind, CallId, "call_";
    /// One thing a provider said about money.
    FactIdKind, FactId, "fct_";
    /// A refund.
    RefundKind, RefundId, "re_";
    /// An event announced to the merchant.
    EventIdKind, EventId, "evt_";
    /// A timer.
    TimerIdKind, TimerId, "tmr_";
    /// An item that waits for a person.
    AttentionIdKind, AttentionId, "itm_";
    /// A merchant's credentials at one provider.
    AccountKind, AccountId, "acc_";
    /// A rule that maps method and country to accounts.
    RuleKind, RuleId, "rul_";
    /// A callback as it came in.
    InboxKind, InboxId, "inb_";
    /// One explicit reconciliation.
    ReconciliationKind, ReconciliationId, "rec_";
    /// What one charge call or attempt said of its account's health.
    ObservationKind, ObservationId, "obs_";
    /// An exchange rate of a project.
    ExchangeRateKind, ExchangeRateId, "fx_";
    /// One exchange with a provider, as it went over the wire.
    ExchangeKind, ExchangeId, "exc_";
    /// One change by an administrator.
    AuditKind, AuditId, "aud_";
    /// Where a project wants its events.
    EndpointKind, EndpointId, "we_";
    /// One event on its way to one place.
    DeliveryKind, DeliveryId, "dlv_";
    /// A payment's own page for its payer.
    CheckoutKind, CheckoutId, "cs_";
    /// An address that makes a checkout for everybody who visits it.
    LinkKind, LinkId, "lnk_";
    /// An e-mail to a payer.
    MailKind, MailId, "mail_";
}

impl IntentId {
    /// Reads either public spelling of an intent: `TRX…` or `pi_…`.
    pub fn from_any_public(text: &str) -> Option<Self> {
        Self::from_public(text).or_else(|| Self::from_spelling(text, "pi_", LetterCase::Lower))
    }

    /// The spelling of the payment-intents API: `pi_…`.
    pub fn payment_intents_spelling(&self) -> String {
        format!("pi_{}", self.stored().to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_round_trip_and_foreign_ones_are_refused() {
        let id = IntentId::new(1_700_000_000_000, u128::MAX);
        assert_eq!(IntentId::from_public(&id.to_string()), Some(id));
        assert_eq!(IntentId::from_any_public(&id.payment_intents_spelling()), Some(id));
        assert_eq!(IntentId::from_stored(&id.stored()), Some(id));
        assert_eq!(id.at_ms(), 1_700_000_000_000);
        assert_eq!(IntentId::from_public(&id.to_string().to_lowercase()), None);
        assert_eq!(AttemptId::from_public(&id.to_string()), None);
        assert_eq!(IntentId::from_public("TRX1A2B3C4D"), None);
        assert_eq!(IntentId::from_public("TRXé0000000000000000000000"), None);
    }
}
