//! Bodies against the readers: what is taken, and that what is not is named.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use engine::commands::{CreateIntent, StartAttempt};
use engine::webhooks::Destinations;
use serde_json::{Value, json};
use utoipa::PartialSchema;

use super::shapes::{CreateIntentShape, StartAttemptShape, SubmitOtpShape, UpdateCustomerShape};
use super::{attempt, customer, intent, one_time_code};
use crate::api::payment::scenario::Scenario;
use crate::envelope::Problem;
use crate::json::Json;

fn create(text: &str) -> Result<CreateIntent, Problem> {
    intent::read(
        &Json::parse(text.as_bytes()).unwrap(),
        &Scenario::None,
        Destinations::Public,
    )
}

/// A body that is right but for one member.
fn with(name: &str, value: &str) -> String {
    let mut members = vec![
        ("amount", "50"),
        ("currency", "\"XOF\""),
        ("description", "\"Order 1024\""),
        ("customer", r#"{"email":"payer@example.com"}"#),
    ];
    members.retain(|(other, _)| *other != name);
    members.push((name, value));
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn named(problem: &Problem) -> Vec<&str> {
    problem.errors().keys().map(String::as_str).collect()
}

#[test]
fn examples_of_the_document_are_read() {
    let example = |schema: utoipa::openapi::RefOr<utoipa::openapi::Schema>| {
        let schema = serde_json::to_value(schema).unwrap();
        Json::parse(schema["example"].to_string().as_bytes()).unwrap()
    };
    let created = intent::read(
        &example(CreateIntentShape::schema()),
        &Scenario::None,
        Destinations::Public,
    )
    .unwrap();
    assert_eq!(created.attempt.unwrap().phone.unwrap().e164(), "+2250500000100");
    let changed = customer::read_changes(&example(UpdateCustomerShape::schema()), None).unwrap();
    assert_eq!((changed.zip, changed.email), (Some(None), None));
    assert!(attempt::read(&example(StartAttemptShape::schema()), &Scenario::None).is_ok());
    assert_eq!(
        one_time_code::read(&example(SubmitOtpShape::schema())),
        Ok("123456".to_owned())
    );
}

#[test]
fn amounts_are_exact() {
    for (amount, currency, minor) in [
        ("50", "XOF", 50),
        ("50.00", "XOF", 50),
        ("5e1", "XOF", 50),
        ("50.10", "USD", 5010),
        ("0.29e2", "USD", 2900),
        ("1.234", "TND", 1234),
        ("999999999999", "XOF", 999_999_999_999),
        ("9999999999.99", "USD", 999_999_999_999),
        ("1", "TND", 1000),
    ] {
        let body = with("amount", amount).replace("XOF", currency);
        assert_eq!(create(&body).unwrap().amount.minor(), minor, "{amount} {currency}");
    }
}

#[test]
fn bad_amounts_are_named() {
    let bad = [
        "\"50\"",
        "50.5",
        "1e308",
        "0",
        "-1",
        "true",
        "[50]",
        "{}",
        "null",
        "0.99",
        "1e-9",
        "1000000000000",
        "1e999999999999999999999",
    ];
    for amount in bad {
        assert_eq!(
            named(&create(&with("amount", amount)).unwrap_err()),
            ["amount"],
            "{amount}"
        );
    }
}

#[test]
fn each_bad_member_is_named() {
    let long = |length: usize| format!("\"{}\"", "é".repeat(length));
    for (name, value, path) in [
        ("currency", "\"xof\"".to_owned(), "currency"),
        ("currency", "\"XAU\"".to_owned(), "currency"),
        ("currency", "952".to_owned(), "currency"),
        ("description", "null".to_owned(), "description"),
        ("description", "\" \"".to_owned(), "description"),
        ("description", long(501), "description"),
        ("description", "\"a\\u0000b\"".to_owned(), "description"),
        ("description", "\"card 4111 1111 1111 1111\"".to_owned(), "description"),
        ("customer", "{}".to_owned(), "customer.email"),
        ("customer", "\"payer\"".to_owned(), "customer"),
        ("customer", r#"{"email":"payer"}"#.to_owned(), "customer.email"),
        ("customer", r#"{"phone":"0700000100"}"#.to_owned(), "customer.phone"),
        (
            "customer",
            r#"{"email":"a@b.co","country":"ZZ"}"#.to_owned(),
            "customer.country",
        ),
        (
            "customer",
            r#"{"email":"a@b.co","first_name":"4111111111111111"}"#.to_owned(),
            "customer.first_name",
        ),
        ("return_url", "\"javascript:alert(1)\"".to_owned(), "return_url"),
        (
            "webhook_url",
            "\"https://user:pass@example.com\"".to_owned(),
            "webhook_url",
        ),
        ("statement_descriptor", long(23), "statement_descriptor"),
        ("receipt_email", "\"nobody\"".to_owned(), "receipt_email"),
        ("metadata", "[1]".to_owned(), "metadata"),
        (
            "metadata",
            r#"{"card":"4111-1111-1111-1111"}"#.to_owned(),
            "metadata.card",
        ),
        (
            "metadata",
            r#"{"card":{"deep":[4111111111111111]}}"#.to_owned(),
            "metadata.card",
        ),
        ("metadata", r#"{"4111111111111111":1}"#.to_owned(), "metadata"),
        ("metadata", format!("{{\"note\":{}}}", long(499)), "metadata.note"),
        ("metadata", format!("{{{}:1}}", long(41)), "metadata"),
        ("lifetime_minutes", "4".to_owned(), "lifetime_minutes"),
        ("lifetime_minutes", "\"60\"".to_owned(), "lifetime_minutes"),
        ("fail_with_attempt", "1".to_owned(), "fail_with_attempt"),
        ("attempt", "[1]".to_owned(), "attempt"),
    ] {
        assert_eq!(
            named(&create(&with(name, &value)).unwrap_err()),
            [path],
            "{name} = {value}"
        );
    }
}

#[test]
fn all_problems_are_named_at_once() {
    let body = r#"{"amount":"50","currency":"XOF","customer":{"email":1},"return_url":"x",
        "attempt":{"method_code":"momo_mars","country":"ci","phone":{"number":"12","country":"CI"}}}"#;
    let problem = create(body).unwrap_err();
    assert_eq!(
        named(&problem),
        [
            "amount",
            "attempt.country",
            "attempt.method_code",
            "attempt.phone.number",
            "customer.email",
            "description",
            "return_url"
        ]
    );
    let missing = create(r#"{"attempt":{}}"#).unwrap_err();
    assert_eq!(
        named(&missing),
        [
            "amount",
            "attempt.country",
            "attempt.method_code",
            "currency",
            "customer",
            "description"
        ]
    );
    assert_eq!(named(&create("[1]").unwrap_err()), ["body"]);
}

#[test]
fn optional_nulls_are_absent_and_unknown_members_ignored() {
    let body = r#"{"amount":50,"currency":"XOF","description":"Order","customer":{"phone":"07 00 00 01 00","country":"CI","email":null},
        "return_url":null,"webhook_url":null,"metadata":null,"attempt":null,"lifetime_minutes":null,"colour":{"a":[1]}}"#;
    let command = create(body).unwrap();
    assert_eq!((command.metadata.as_str(), command.lifetime_ms), ("{}", 86_400_000));
    assert_eq!(command.customer.unwrap().phone.unwrap(), "+2250700000100");
    assert!(command.return_url.is_none() && command.attempt.is_none() && command.fail_with_attempt.is_none());
}

#[test]
fn metadata_is_kept_as_given() {
    let metadata = r#"{ "z": 1.10, "a": {"k": [true, null, 1e3]}, "é": "x" }"#;
    assert_eq!(
        create(&with("metadata", metadata)).unwrap().metadata,
        r#"{"z":1.10,"a":{"k":[true,null,1e3]},"é":"x"}"#
    );
    let pairs = |count: usize| {
        let pairs: Vec<String> = (0..count).map(|index| format!("\"k{index}\":{index}")).collect();
        format!("{{{}}}", pairs.join(","))
    };
    assert!(create(&with("metadata", &pairs(10))).is_ok());
    assert_eq!(named(&create(&with("metadata", &pairs(11))).unwrap_err()), ["metadata"]);
}

#[test]
fn attempts() {
    let read = |value: Value, scenario: Scenario| -> Result<StartAttempt, Problem> {
        attempt::read(&Json::parse(value.to_string().as_bytes()).unwrap(), &scenario)
    };
    let card = read(
        json!({"method_code": "card", "country": "SN"}),
        Scenario::Named("decline".to_owned()),
    )
    .unwrap();
    assert!(card.phone.is_none() && card.scenario.as_deref() == Some("decline"));
    let no_phone = read(json!({"method_code": "momo_mtn", "country": "CI"}), Scenario::None).unwrap_err();
    assert_eq!(named(&no_phone), ["phone"]);
    let unknown = read(json!({"method_code": "card", "country": "SN"}), Scenario::Unknown).unwrap_err();
    assert_eq!(named(&unknown), ["X-Sandbox-Scenario"]);
    let phone = json!({"number": "+229 97 00 01 00", "country": "BJ"});
    let other_country = read(
        json!({"method_code": "momo_mtn", "country": "CI", "phone": phone}),
        Scenario::None,
    )
    .unwrap();
    assert!(other_country.phone.unwrap().e164().starts_with("+229"));
}

#[test]
fn one_time_codes_are_strings_of_digits() {
    let read = |text: &str| one_time_code::read(&Json::parse(text.as_bytes()).unwrap());
    assert_eq!(read(r#"{"code":"0012"}"#), Ok("0012".to_owned()));
    for bad in [
        r#"{"code":123456}"#,
        r#"{"code":"123"}"#,
        r#"{"code":"123456789"}"#,
        r#"{"code":"12 456"}"#,
        "{}",
        r#"{"code":"١٢٣٤"}"#,
    ] {
        assert_eq!(named(&read(bad).unwrap_err()), ["code"], "{bad}");
    }
}
