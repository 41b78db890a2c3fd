//! The request to start an attempt, alone or within the creation of an intent.

use engine::commands::StartAttempt;
use engine::domain::country::Country;
use engine::domain::currency::Currency;
use engine::domain::method::MethodCode;
use engine::domain::phone::Phone;

use super::fields::{Fields, Problems};
use crate::api::payment::scenario::Scenario;
use crate::envelope::Problem;
use crate::json::Json;

/// Reads a whole body.
pub(crate) fn read(body: &Json, scenario: &Scenario) -> Result<StartAttempt, Problem> {
    let mut problems = Problems::default();
    let command = Fields::of_body(body, &mut problems).and_then(|fields| read_fields(&fields, scenario, &mut problems));
    problems.conclude(command)
}

/// Reads the members of an attempt.
pub(super) fn read_fields(fields: &Fields<'_>, scenario: &Scenario, problems: &mut Problems) -> Option<StartAttempt> {
    fields.require(&["method_code", "country"], problems);
    let method = fields.read("method_code", MethodCode::parse, problems);
    let country = fields.read("country", Country::parse, problems);
    let phone = phone(fields, problems);
    if method.is_some_and(MethodCode::needs_phone) && fields.get("phone").is_none() {
        problems.add(
            fields.path("phone"),
            format!("This payment method needs the payer's phone: {PHONE_SHAPE}."),
        );
    }
    let currency = fields.read("currency", Currency::parse, problems);
    let scenario = scenario.clone().named(problems);
    Some(StartAttempt {
        method: method?,
        country: country?,
        phone,
        card_token: None,
        return_url: None,
        currency,
        scenario,
    })
}

/// What the member `phone` looks like.
const PHONE_SHAPE: &str = r#"an object like {"number": "0700000000", "country": "CI"}"#;

/// Reads the member `phone`: an object of number and country.
pub(super) fn phone(fields: &Fields<'_>, problems: &mut Problems) -> Option<Phone> {
    let phone = fields.object_like("phone", PHONE_SHAPE, problems)?;
    phone.require(&["number", "country"], problems);
    let country = phone.read("country", Country::parse, problems);
    let number = phone.string("number", problems)?;
    match Phone::read(number, country?) {
        Ok(phone) => Some(phone),
        Err(error) => {
            problems.add(phone.path("number"), super::fields::sentence(&error.to_string()));
            None
        }
    }
}
