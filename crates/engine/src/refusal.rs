//! Why the engine does not do what was asked. Every refusal has a name; each API renders all of them in one match.
//! A refusal has changed nothing.

use domain::country::Country;
use domain::currency::Currency;
use domain::ids::{AttemptId, CustomerId, IntentId};
use domain::method::MethodCode;
use domain::money::Money;
use domain::payment_status::PaymentStatus;
use store::StoreError;

/// A named refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such intent in this project and environment.
    #[error("no payment intent {0}")]
    UnknownIntent(String),
    /// No such checkout in this project and environment.
    #[error("no checkout {0}")]
    UnknownCheckout(String),
    /// No such payment link in this project and environment.
    #[error("no payment link {0}")]
    UnknownLink(String),
    /// The payment's link can be paid once, and was.
    #[error("the payment link can be paid once, and was paid with another payment")]
    LinkPaid,
    /// No such attempt of that intent.
    #[error("no attempt {0}")]
    UnknownAttempt(String),
    /// No such customer in this project and environment.
    #[error("no customer {0}")]
    UnknownCustomer(String),
    /// Somebody else is known by that e-mail address or phone.
    #[error("another customer has this e-mail address or phone: {0}")]
    CustomerExists(CustomerId),
    /// A customer must keep something to be known by.
    #[error("a customer has an e-mail address or a phone")]
    CustomerUnreachable,
    /// The country of a confirmation is not that of the intent.
    #[error("the country must be {expected}, as the intent says")]
    OtherCountry {
        /// The intent's.
        expected: Country,
    },
    /// Something is under way already, or the intent has ended.
    #[error("the payment intent cannot be confirmed ({})", .status.code())]
    NotConfirmable {
        /// How it is named.
        status: PaymentStatus,
    },
    /// No rule can serve this currency in this country.
    #[error("nothing is configured that takes {currency} in {country}")]
    NotEligible {
        /// Where.
        country: Country,
        /// In which currency.
        currency: Currency,
    },
    /// No gateway account is set up for this method in this country and currency.
    #[error("{method} is not set up in {country}: no routing rule has an account that takes {currency}")]
    NotRouted {
        /// Method.
        method: MethodCode,
        /// Where.
        country: Country,
        /// In which currency.
        currency: Currency,
    },
    /// The metadata would hold too many pairs.
    #[error("it would hold more than {max} pairs")]
    TooManyPairs {
        /// How many it may hold.
        max: usize,
    },
    /// The idempotency key was used with another method, path or body.
    #[error("this idempotency key was used with another request")]
    KeyReused,
    /// The first request with this idempotency key is still running.
    #[error("the first request with this idempotency key is still running")]
    KeyInProgress,
    /// The intent has ended.
    #[error("the payment intent has ended ({status})")]
    IntentEnded {
        /// Stored spelling of its state.
        status: &'static str,
    },
    /// The intent's time is over.
    #[error("the payment intent's time is over")]
    IntentExpired,
    /// A payer may still pay an earlier attempt.
    #[error("an earlier attempt may still be paid")]
    AttemptInProgress {
        /// Which.
        attempt_id: AttemptId,
        /// Milliseconds UTC at which it may have ended, when that is known.
        may_end_at_ms: Option<i64>,
    },
    /// The last prompt to this number may still stand on the phone.
    #[error("the last prompt to this number may still stand")]
    PayerCoolingDown {
        /// Milliseconds to wait.
        retry_after_ms: i64,
    },
    /// This number was prompted as often as anybody may be for now.
    #[error("this number was prompted too often")]
    TooManyPrompts {
        /// Milliseconds to wait.
        retry_after_ms: i64,
    },
    /// The provider took another amount; a person must decide first.
    #[error("the provider took another amount; a person must decide first")]
    AmountMismatch,
    /// The catalogue does not have this method in this country.
    #[error("{method} is not offered in {country}")]
    MethodNotOffered {
        /// Method.
        method: MethodCode,
        /// Country.
        country: Country,
    },
    /// The method needs a phone number.
    #[error("{method} needs a phone number")]
    PhoneRequired {
        /// Method.
        method: MethodCode,
    },
    /// The project has no valid rate for this pair.
    #[error("there is no valid exchange rate from {from} to {to}")]
    NoExchangeRate {
        /// The intent's currency.
        from: Currency,
        /// The attempt's currency.
        to: Currency,
    },
    /// The amount has no counterpart in the attempt's currency.
    #[error("{0}")]
    NotConvertible(String),
    /// The method does not take this currency in this country.
    #[error("{method} in {country} does not take {currency}")]
    CurrencyNotTaken {
        /// Method.
        method: MethodCode,
        /// Country.
        country: Country,
        /// The attempt's currency.
        currency: Currency,
        /// Where that currency comes from.
        chosen_by: ChosenBy,
    },
    /// The operator does not take so little or so much; the figures have a source.
    #[error("{method} in {country} takes from {min} to {max}")]
    AmountOutOfRange {
        /// Method.
        method: MethodCode,
        /// Country.
        country: Country,
        /// Smallest amount.
        min: Money,
        /// Largest amount.
        max: Money,
    },
    /// The operator does not take so many decimals; the figure has a source.
    #[error("{method} in {country} takes amounts in {currency} with {decimals} decimals at most")]
    TooManyDecimals {
        /// Method.
        method: MethodCode,
        /// Country.
        country: Country,
        /// The attempt's currency.
        currency: Currency,
        /// How many it takes.
        decimals: u32,
    },
    /// Nothing is offered in this country.
    #[error("nothing is offered in {0}")]
    UnknownCountry(String),
    /// No sandbox scenario has this name.
    #[error("no sandbox scenario is called {0}")]
    UnknownScenario(String),
    /// The attempt does not wait for a one-time code (any more).
    #[error("the attempt does not wait for a one-time code")]
    CodeNotExpected {
        /// Which intent.
        intent_id: IntentId,
    },
    /// Too much at once: try again later.
    #[error("too busy")]
    Busy,
    /// The database, the disk or the deadline: try again later.
    #[error("not available: {0}")]
    Unavailable(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Conflict => Self::Busy,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// Why a key does not open the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthRefusal {
    /// Not a key, unknown, revoked or expired: said alike, so that nobody learns which.
    #[error("the API key is not valid")]
    NotValid,
    /// The database cannot be asked.
    #[error("not available: {0}")]
    Unavailable(String),
}

/// Where the currency of an attempt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// The request for the attempt names it.
    Attempt,
    /// It is the intent's.
    Intent,
}
