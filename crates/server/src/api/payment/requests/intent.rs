//! The request to create an intent.

use engine::commands::{Countries, CreateIntent};
use engine::domain::currency::Currency;
use engine::domain::money::Money;
use engine::domain::scope::ApiFamily;
use engine::webhooks::Destinations;

use super::fields::{Fields, Problems, sentence};
use super::{address, attempt, customer, metadata};
use crate::api::payment::scenario::Scenario;
use crate::envelope::Problem;
use crate::json::Json;

const DESCRIPTION_CHARS_MAX: usize = 500;
const DESCRIPTOR_CHARS_MAX: usize = 22;
const LIFETIME_MINUTES: (i64, i64) = (5, 10_080);
const LIFETIME_MINUTES_DEFAULT: i64 = 1440;
const MINUTE_MS: i64 = 60_000;
/// The smallest amount, in major units.
const AMOUNT_MIN: &str = "1";

/// Reads a whole body; `destinations` says where webhooks may go.
pub(crate) fn read(body: &Json, scenario: &Scenario, destinations: Destinations) -> Result<CreateIntent, Problem> {
    let mut problems = Problems::default();
    let command = Fields::of_body(body, &mut problems)
        .and_then(|fields| read_fields(&fields, (scenario, destinations), &mut problems));
    problems.conclude(command)
}

fn read_fields(
    fields: &Fields<'_>,
    (scenario, destinations): (&Scenario, Destinations),
    problems: &mut Problems,
) -> Option<CreateIntent> {
    let attempt = fields
        .object("attempt", problems)
        .and_then(|attempt| attempt::read_fields(&attempt, scenario, problems));
    let fail_with_attempt = fields.boolean("fail_with_attempt", problems);
    let intent = read_members(fields, (destinations, LIFETIME_MINUTES_DEFAULT), problems)?;
    Some(CreateIntent {
        attempt,
        fail_with_attempt,
        ..intent
    })
}

/// Reads the members that an intent has in every request that makes one; `default_minutes` is how long it lives unless
/// the request says.
pub(super) fn read_members(
    fields: &Fields<'_>,
    (destinations, default_minutes): (Destinations, i64),
    problems: &mut Problems,
) -> Option<CreateIntent> {
    fields.require(&["amount", "currency", "description", "customer"], problems);
    let currency = fields.read("currency", Currency::parse, problems);
    let amount = amount(fields, "amount", currency, problems);
    let lifetime = fields
        .whole("lifetime_minutes", LIFETIME_MINUTES, problems)
        .unwrap_or(default_minutes);
    Some(CreateIntent {
        family: ApiFamily::Payment,
        customer: fields
            .object("customer", problems)
            .map(|person| customer::read(&person, problems)),
        description: description(fields, problems),
        return_url: fields.read("return_url", address::web, problems),
        webhook_url: fields.read("webhook_url", |text| address::webhook(text, destinations), problems),
        statement_descriptor: fields.text("statement_descriptor", DESCRIPTOR_CHARS_MAX, problems),
        receipt_email: fields.read("receipt_email", address::email, problems),
        metadata: metadata::read(fields, problems),
        countries: Countries::default(),
        customer_id: None,
        lifetime_ms: lifetime.saturating_mul(MINUTE_MS),
        fail_with_attempt: None,
        attempt: None,
        // Last, so that every other member has been read when there is none.
        amount: amount?,
    })
}

/// Reads what for.
pub(super) fn description(fields: &Fields<'_>, problems: &mut Problems) -> Option<String> {
    let text = fields.text("description", DESCRIPTION_CHARS_MAX, problems)?;
    if text.trim().is_empty() {
        problems.add(fields.path("description"), "Must not be empty.");
        return None;
    }
    Some(text)
}

/// Reads the amount from the number's own text. Without a readable currency only its type can be judged.
pub(super) fn amount(
    fields: &Fields<'_>,
    name: &str,
    currency: Option<Currency>,
    problems: &mut Problems,
) -> Option<Money> {
    let text = match fields.get(name)? {
        Json::Number(text) => text,
        other => {
            let text = format!(
                "Must be a JSON number of major units, for example 50, not {}.",
                other.kind()
            );
            problems.add(fields.path(name), text);
            return None;
        }
    };
    let currency = currency?;
    let least = least(currency)?;
    match Money::parse_major(text, currency) {
        Ok(amount) if amount.minor() >= least.minor() => Some(amount),
        Ok(_) => {
            problems.add(fields.path(name), format!("Must be at least {least}."));
            None
        }
        Err(error) => {
            problems.add(fields.path(name), sentence(&error.to_string()));
            None
        }
    }
}

/// The smallest amount of a currency that is taken.
pub(super) fn least(currency: Currency) -> Option<Money> {
    Money::parse_major(AMOUNT_MIN, currency).ok()
}
