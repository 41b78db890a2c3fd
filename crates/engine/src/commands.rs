//! What may be asked of the engine. Parsing the request into one of these is the validation.

use std::sync::Arc;

use domain::country::Country;
use domain::currency::Currency;
use domain::ids::CustomerId;
use domain::method::MethodCode;
use domain::money::Money;
use domain::phone::Phone;
use domain::scope::ApiFamily;

pub use store::customers::Person;
pub use store::idempotency::Claim;
pub use store::intents::{Countries, IntentFilter, Page};

/// Create a payment intent.
#[derive(Clone, Debug)]
pub struct CreateIntent {
    /// Which API speaks.
    pub family: ApiFamily,
    /// What is to be paid.
    pub amount: Money,
    /// The payer: e-mail or phone is there.
    pub customer: Option<Person>,
    /// The payer, when they are known already; goes before `customer`.
    pub customer_id: Option<CustomerId>,
    /// What for.
    pub description: Option<String>,
    /// Where the payer goes afterwards.
    pub return_url: Option<String>,
    /// The payment's own webhook.
    pub webhook_url: Option<String>,
    /// What stands on the payer's statement.
    pub statement_descriptor: Option<String>,
    /// Where the receipt goes.
    pub receipt_email: Option<String>,
    /// A JSON object as text, as it is to be returned.
    pub metadata: String,
    /// Where it takes place, as the payment-intents API is told.
    pub countries: Countries,
    /// Milliseconds that the intent lives.
    pub lifetime_ms: i64,
    /// Whether the intent ends with the chain of `attempt`; `None` leaves it to the project.
    pub fail_with_attempt: Option<bool>,
    /// An attempt to start in the same call.
    pub attempt: Option<StartAttempt>,
}

/// Start an attempt.
#[derive(Clone, Debug)]
pub struct StartAttempt {
    /// How the payer pays.
    pub method: MethodCode,
    /// Where.
    pub country: Country,
    /// The payer's number.
    pub phone: Option<Phone>,
    /// The payer's card, by the token that stands for it.
    pub card_token: Option<String>,
    /// Where the payer goes afterwards, when it is another place than the intent says.
    pub return_url: Option<String>,
    /// Currency, when the request names one.
    pub currency: Option<Currency>,
    /// Sandbox scenario asked for by name; the server leaves it out for live keys.
    pub scenario: Option<String>,
}

/// Change what a merchant may change of an intent, whatever its state. `None` leaves a member as it is.
#[derive(Clone, Default)]
pub struct UpdateIntent {
    /// What for; `Some(None)` removes it.
    pub description: Option<Option<String>>,
    /// The new metadata as text, made of the present one: a pure function.
    pub metadata: Option<Arc<dyn Fn(&str) -> String + Send + Sync>>,
}
