//! What may be asked of the engine. Parsing the request into one of these is the validation.

use std::sync::Arc;

use domain::country::Country;
use domain::currency::Currency;
use domain::ids::CustomerId;
use domain::language::Language;
use domain::method::MethodCode;
use domain::money::Money;
use domain::phone::Phone;
use domain::scope::ApiFamily;

use crate::refusal::Refusal;

pub use store::checkouts::{Customization, Restriction};
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

/// Create a checkout: a payment intent without an attempt, and the page on which its payer pays.
#[derive(Clone, Debug)]
pub struct CreateCheckout {
    /// The payment.
    pub intent: CreateIntent,
    /// What the payer cannot choose.
    pub restriction: Restriction,
    /// How the page looks.
    pub customization: Customization,
    /// The language of the page; the payer's browser decides when there is none.
    pub language: Option<Language>,
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

/// Change what is known of a customer. `None` leaves a member as it is, `Some(None)` removes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateCustomer {
    /// E-mail address.
    pub email: Option<Option<String>>,
    /// E.164.
    pub phone: Option<Option<String>>,
    /// Given name.
    pub first_name: Option<Option<String>>,
    /// Family name.
    pub last_name: Option<Option<String>>,
    /// Street and number.
    pub address: Option<Option<String>>,
    /// City.
    pub city: Option<Option<String>>,
    /// State or region.
    pub state: Option<Option<String>>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<Option<String>>,
    /// Postal code.
    pub zip: Option<Option<String>>,
}

impl UpdateCustomer {
    pub(crate) fn apply(&self, person: &mut Person) {
        let members = [
            (&self.email, &mut person.email),
            (&self.phone, &mut person.phone),
            (&self.first_name, &mut person.first_name),
            (&self.last_name, &mut person.last_name),
            (&self.address, &mut person.address),
            (&self.city, &mut person.city),
            (&self.state, &mut person.state),
            (&self.country, &mut person.country),
            (&self.zip, &mut person.zip),
        ];
        for (change, member) in members {
            if let Some(value) = change {
                member.clone_from(value);
            }
        }
    }
}

/// What a list of customers shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    /// With this e-mail address, whatever its case: one customer at most.
    pub email: Option<String>,
    /// With this phone, in E.164.
    pub phone: Option<String>,
    /// Made at or after, milliseconds UTC.
    pub created_from_ms: Option<i64>,
    /// Made at or before, milliseconds UTC.
    pub created_to_ms: Option<i64>,
}

/// Makes new metadata of the present one, or refuses what would come of it.
pub type Merge = Arc<dyn Fn(&str) -> Result<String, Refusal> + Send + Sync>;

/// Change what a merchant may change of an intent, whatever its state. `None` leaves a member as it is.
#[derive(Clone, Default)]
pub struct UpdateIntent {
    /// What for; `Some(None)` removes it.
    pub description: Option<Option<String>>,
    /// The new metadata as text, made of the present one: a pure function.
    pub metadata: Option<Merge>,
}
