//! What a gateway declares and what it can do. Typed, without defaults: each provider file answers every question.
//! Owns the vocabulary between the engine and the providers; never a provider's words.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use domain::country::Country;
use domain::currency::Currency;
use domain::ids::AccountId;
use domain::method::MethodCode;
use domain::outcome::{ChargeOutcome, CloseOutcome, Finding, Sighting};
use domain::permit::ChargePermit;
use domain::phone::Phone;
use secrecy::SecretString;

use crate::catalogue::Flow;
pub use crate::setting::{Format, Necessity, Role, Secrecy, Setting};

/// A gateway's answer in the making.
pub type Call<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a gateway promises. Times are milliseconds.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Stable code, for example in `gateway.code` and in routing rules.
    pub code: &'static str,
    /// Where it may be used.
    pub reach: Reach,
    /// What it takes.
    pub coverage: Coverage,
    /// Settings that an account needs.
    pub settings: &'static [Setting],
    /// What happens when the same reference is sent twice.
    pub send_semantics: SendSemantics,
    /// For how long the provider remembers a reference.
    pub dedupe_ttl_ms: i64,
    /// Whether an attempt can be asked about by our own reference.
    pub status_by_our_ref: StatusByOurRef,
    /// What "not found" is worth.
    pub not_found: NotFound,
    /// A call whose outcome is unknown must be found within this time, or it does not exist.
    pub unknown_horizon_ms: i64,
    /// Total deadline of a charge.
    pub charge_deadline_ms: i64,
    /// Total deadline of a question.
    pub look_up_deadline_ms: i64,
    /// Smallest time between two questions about one attempt.
    pub smallest_poll_ms: i64,
    /// Questions per second and account.
    pub status_rate_per_s: u32,
    /// How callbacks are proven.
    pub callback_proof: CallbackProof,
    /// Whether the provider itself shows the payer nothing when a page call breaks.
    pub silent_page: SilentPage,
    /// How long a prompt lives on the phone.
    pub prompt_lifetime_ms: i64,
    /// Wait before the next prompt to a number whose last prompt may still stand.
    pub cool_down_ms: i64,
}

impl Contract {
    /// Whether it takes this method in this country in this currency.
    pub fn takes(&self, method: MethodCode, country: Country, currency: Currency) -> bool {
        match self.coverage {
            Coverage::Everything => true,
            Coverage::Only(covers) => covers.iter().any(|cover| {
                cover.method == method.code()
                    && cover.country == country.code()
                    && cover.currencies.contains(&currency.code())
            }),
        }
    }

    /// The setting of that name.
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
}

/// What a gateway takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Whatever the catalogue has; simulated gateways.
    Everything,
    /// These.
    Only(&'static [Cover]),
}

/// One method in one country, as a gateway takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Code of the method.
    pub method: &'static str,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// ISO 4217.
    pub currencies: &'static [&'static str],
}

/// Where a gateway may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The sandbox only: it moves no real money.
    SandboxOnly,
    /// Both environments.
    Everywhere,
}

/// What happens when the same reference is sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendSemantics {
    /// The present state of the first is answered.
    IdempotentByOurRef,
    /// The second is refused.
    RefusesDuplicates,
    /// No promise.
    None,
}

/// Whether an attempt can be asked about by our own reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusByOurRef {
    /// Yes.
    Yes,
    /// No: an unknown outcome stays until a callback, a statement or a person.
    No,
}

/// What "not found" is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// Asked as the money rules say, it proves that nothing was taken.
    IsProof,
    /// It proves nothing.
    ProvesNothing,
}

/// How callbacks are proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackProof {
    /// The provider signs with a key of the account; a verified callback is news.
    Signed,
    /// Nothing in it can be trusted: it only brings the next question forward.
    ConfirmByStatus,
}

/// Whether the provider itself shows the payer nothing when a page call breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilentPage {
    /// Nothing reaches the payer but our own link.
    Yes,
    /// The provider may reach the payer by itself.
    No,
}

/// A merchant's account at a gateway, opened for one call.
#[derive(Clone, Debug)]
pub struct Account {
    /// Which account.
    pub id: AccountId,
    /// Its settings by name.
    pub settings: BTreeMap<String, SecretString>,
}

/// What the payer chose, and where to answer. The amount and the reference stand on the permit alone.
#[derive(Clone, Debug)]
pub struct Order {
    /// How the payer pays.
    pub method: MethodCode,
    /// Country of the payment.
    pub country: Country,
    /// How the method works there, from the catalogue.
    pub flow: Flow,
    /// The payer's number, when the method needs one.
    pub phone: Option<Phone>,
    /// The payer's card, by the token that stands for it.
    pub card_token: Option<String>,
    /// What the payer reads.
    pub description: String,
    /// Where the provider calls back.
    pub callback_url: Option<String>,
    /// Where a page sends the payer afterwards.
    pub return_url: Option<String>,
    /// The payer's one-time code, when it comes before the charge.
    pub one_time_code: Option<String>,
    /// USSD code for a missing prompt, or one that makes a one-time code.
    pub ussd_code: Option<String>,
    /// Sandbox scenario asked for by name.
    pub scenario: Option<String>,
}

/// What a provider says of an account's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// It took them.
    Working,
    /// It refused them.
    CredentialsRefused,
    /// It was not reached.
    Unreachable {
        /// Stable spelling of what happened.
        why: String,
    },
    /// It answered something that says nothing of them, or not everything is set.
    Unclear {
        /// Stable spelling of what happened.
        why: String,
    },
}

/// How an attempt opens at a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Send the charge.
    Charge,
    /// First ask the payer for a one-time code; the charge carries it.
    AskCode {
        /// Digits of the code.
        length: u32,
    },
}

/// News in a callback whose signature held.
#[derive(Clone, Debug)]
pub struct CallbackNews {
    /// Our reference.
    pub merchant_ref: String,
    /// What it says of our transaction.
    pub sightings: Vec<CallbackSighting>,
}

/// One transaction in a callback; amounts are read once the permit's currency is known.
pub type CallbackSighting = Sighting;

/// Why a callback is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackRefused {
    /// The signature is missing or wrong.
    BadSignature,
    /// The signature holds, the body cannot be read.
    Unreadable,
}

/// A callback as it came in.
#[derive(Clone, Debug)]
pub struct RawCallback {
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl RawCallback {
    /// The first header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One provider's protocol.
pub trait Gateway: Send + Sync {
    /// What it promises.
    fn contract(&self) -> &Contract;

    /// How an attempt opens. A pure function of the order.
    fn opening(&self, order: &Order) -> Opening;

    /// Whether a scenario of that name exists; only simulated gateways know any.
    fn knows_scenario(&self, name: &str) -> bool;

    /// Whether the order asks a simulated gateway to fail as if it were out of order: such an outcome says nothing of its
    /// health. Real gateways answer no.
    fn is_rehearsal(&self, order: &Order) -> bool;

    /// Sends the one charge of a permit.
    fn charge<'a>(&'a self, permit: ChargePermit, order: &'a Order, account: &'a Account) -> Call<'a, ChargeOutcome>;

    /// Asks about one of our references.
    fn look_up<'a>(&'a self, merchant_ref: &'a str, account: &'a Account) -> Call<'a, Finding>;

    /// Tries an account's credentials without moving money. `unused_ref` is a reference under which nothing was ever sent.
    fn check<'a>(&'a self, unused_ref: &'a str, account: &'a Account) -> Call<'a, Check>;

    /// Checks and reads a callback.
    ///
    /// # Errors
    /// [`CallbackRefused`] when the signature does not hold or the body cannot be read.
    fn read_callback(&self, callback: &RawCallback, account: &Account) -> Result<CallbackNews, CallbackRefused>;

    /// Closes open sessions, where the provider can.
    fn closing(&self) -> Option<&dyn Closing>;
}

/// The optional ability to close an open session.
pub trait Closing: Send + Sync {
    /// Asks the provider to close the session of one of our references.
    fn close<'a>(&'a self, merchant_ref: &'a str, account: &'a Account) -> Call<'a, CloseOutcome>;
}
