//! Bodies of requests, parsed into commands: what comes out cannot be wrong.

use std::sync::Arc;

use engine::commands::{Countries, CreateIntent, Merge, Person, UpdateIntent};
use engine::domain::country::Country;
use engine::domain::currency::Currency;
use engine::domain::ids::CustomerId;
use engine::domain::money::Money;
use engine::domain::phone::{Phone, PhoneError};
use engine::domain::scope::ApiFamily;
use engine::{Confirm, ConfirmMeans, Refusal};

use super::metadata::{self, PAIRS_MAX, Pair};
use super::operators::Operators;
use crate::api::payment::requests::address;
use crate::api::payment::requests::fields::{Fields, Problems, sentence};
use crate::api::payment::scenario::Scenario;
use crate::envelope::Problem;
use crate::json::Json;

const DESCRIPTION_CHARS_MAX: usize = 500;
const AMOUNT: (i64, i64) = (1, 999_999_999_999);
/// Intents of this API live for thirty days.
const LIFETIME_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
const TOKEN_CHARS_MAX: usize = 255;

/// Reads the creation of an intent.
pub(super) fn create(body: &Json) -> Result<CreateIntent, Problem> {
    let mut problems = Problems::default();
    let command = Fields::of_body(body, &mut problems).and_then(|fields| read_create(&fields, &mut problems));
    problems.conclude(command)
}

fn read_create(fields: &Fields<'_>, problems: &mut Problems) -> Option<CreateIntent> {
    fields.require(&["amount", "currency", "transaction_country"], problems);
    let currency = fields.read("currency", |text| Currency::parse(&text.to_ascii_uppercase()), problems);
    let minor = fields.whole("amount", AMOUNT, problems);
    let amount = minor.zip(currency).and_then(|(minor, currency)| {
        let amount = Money::from_minor(minor, currency);
        amount
            .map_err(|error| problems.add("amount", sentence(&error.to_string())))
            .ok()
    });
    let countries = Countries {
        transaction: fields.read("transaction_country", Country::parse, problems),
        payer: fields.read("payer_country", Country::parse, problems),
        rail: fields.read("rail_country", Country::parse, problems),
    };
    let pairs = metadata::read(fields, problems).unwrap_or_default();
    let customer_id = fields.read(
        "customer",
        |text| CustomerId::from_public(text).ok_or(NO_CUSTOMER),
        problems,
    );
    let email = fields.read("customer_email", address::email, problems);
    let phone = fields.read("customer_phone", e164, problems);
    let customer = (email.is_some() || phone.is_some()).then(|| Person {
        email,
        phone: phone.map(|phone| phone.e164().to_owned()),
        ..Person::default()
    });
    Some(CreateIntent {
        family: ApiFamily::PaymentIntents,
        amount: amount?,
        customer,
        customer_id,
        description: fields.text("description", DESCRIPTION_CHARS_MAX, problems),
        return_url: None,
        webhook_url: None,
        statement_descriptor: None,
        receipt_email: None,
        metadata: metadata::merged("{}", &pairs),
        countries,
        lifetime_ms: LIFETIME_MS,
        fail_with_attempt: Some(true),
        attempt: None,
    })
}

const NO_CUSTOMER: &str = "no such customer";

/// Reads a change of an intent.
pub(super) fn update(body: &Json) -> Result<UpdateIntent, Problem> {
    let mut problems = Problems::default();
    let command = Fields::of_body(body, &mut problems).map(|fields| {
        let description = fields.text("description", DESCRIPTION_CHARS_MAX, &mut problems);
        let pairs = metadata::read(&fields, &mut problems);
        UpdateIntent {
            description: description.map(Some),
            metadata: pairs.map(merging),
        }
    });
    problems.conclude(command)
}

/// Nothing changes when there would be too many pairs.
fn merging(pairs: Vec<Pair>) -> Merge {
    Arc::new(move |stored| {
        let merged = metadata::merged(stored, &pairs);
        match metadata::shown(&merged).len() {
            0..=PAIRS_MAX => Ok(merged),
            _ => Err(Refusal::TooManyPairs { max: PAIRS_MAX }),
        }
    })
}

/// Reads a confirmation.
pub(super) fn confirm(body: &Json, scenario: &Scenario, operators: Operators<'_>) -> Result<Confirm, Problem> {
    let mut problems = Problems::default();
    let command = Fields::of_body(body, &mut problems).and_then(|fields| {
        fields.require(&["payment_method"], &mut problems);
        let return_url = fields.read("return_url", address::web, &mut problems);
        let method = fields.object("payment_method", &mut problems)?;
        let means = means(&method, operators, &mut problems);
        Some(Confirm {
            means: means?,
            return_url,
            scenario: scenario.clone().named(&mut problems),
        })
    });
    problems.conclude(command)
}

/// A number in E.164 of a possible length, in today's form.
pub(super) fn e164(text: &str) -> Result<Phone, PhoneError> {
    let phone = Phone::from_e164(text)?;
    // What follows a plus sign is read alike in every country.
    let country = Country::parse("CI").map_err(|_| PhoneError::NotE164)?;
    match Phone::read(text, country)? {
        read if read == phone => Ok(phone),
        _ => Err(PhoneError::NotE164),
    }
}

fn means(method: &Fields<'_>, operators: Operators<'_>, problems: &mut Problems) -> Option<ConfirmMeans> {
    method.require(&["type"], problems);
    match method.string("type", problems)? {
        "mobile_money" => {
            method.require(&["mobile_money"], problems);
            mobile_money(&method.object("mobile_money", problems)?, operators, problems)
        }
        "card" => {
            method.require(&["card"], problems);
            let card = method.object("card", problems)?;
            card.require(&["token"], problems);
            let token = card.text("token", TOKEN_CHARS_MAX, problems)?;
            let plain = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
            if !plain {
                problems.add(
                    card.path("token"),
                    "Must be a token: letters, digits and signs without spaces.",
                );
            }
            plain.then_some(ConfirmMeans::Card { token })
        }
        _ => {
            problems.add(method.path("type"), "Must be mobile_money or card.");
            None
        }
    }
}

fn mobile_money(fields: &Fields<'_>, operators: Operators<'_>, problems: &mut Problems) -> Option<ConfirmMeans> {
    fields.require(&["country", "operator", "msisdn"], problems);
    let country = fields.read("country", Country::parse, problems);
    let phone = fields.read("msisdn", e164, problems);
    let _ = fields.string("preferred_flow", problems);
    let operator = fields.string("operator", problems)?;
    let country = country?;
    match operators.read(operator, country) {
        Ok(method) => Some(ConfirmMeans::MobileMoney {
            method,
            country,
            phone: phone?,
        }),
        Err(error) => {
            problems.add(fields.path("operator"), sentence(&error.to_string()));
            None
        }
    }
}
