//! The refusals of the payment-intents API, described from its table of documented numbers.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::IntoResponses;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::api::payment_intents::errors::{self, ALL, Documented};
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

/// Refusals of reading.
pub(crate) struct IntentsReadErrors;
/// Refusals of lists.
pub(crate) struct IntentsListErrors;
/// Refusals of writes.
pub(crate) struct IntentsWriteErrors;
/// Refusals of the write that asks providers.
pub(crate) struct IntentsConfirmErrors;

/// Statuses that only writes have.
const OF_WRITES: [u16; 3] = [409, 415, OF_CONFIRM];
/// The one that only a confirmation has.
const OF_CONFIRM: u16 = 502;

impl IntoResponses for IntentsReadErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(|status| !OF_WRITES.contains(&status))
    }
}

impl IntoResponses for IntentsListErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(|status| !OF_WRITES.contains(&status))
    }
}

impl IntoResponses for IntentsWriteErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(|status| status != OF_CONFIRM)
    }
}

impl IntoResponses for IntentsConfirmErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(|_| true)
    }
}

fn described(has: impl Fn(u16) -> bool) -> BTreeMap<String, RefOr<Response>> {
    let concerns = |documented: &&Documented| documented.code != ErrorCode::MethodNotAllowed;
    let statuses: BTreeSet<u16> = ALL.iter().filter(concerns).map(|d| d.status.as_u16()).collect();
    statuses
        .into_iter()
        .filter(|status| has(*status))
        .map(|status| (status.to_string(), RefOr::T(response(status))))
        .collect()
}

fn response(status: u16) -> Response {
    let of_status: Vec<&Documented> = ALL
        .iter()
        .filter(|documented| documented.status.as_u16() == status)
        .collect();
    let texts: Vec<String> = of_status
        .iter()
        .map(|documented| format!("`{}`: {}", documented.number, documented.cause()))
        .collect();
    let examples = of_status.iter().map(|documented| {
        let (_, body) = errors::told(&Problem::saying(documented.code, documented.cause()));
        let example = ExampleBuilder::new()
            .summary(documented.cause())
            .value(serde_json::from_slice(&body).ok())
            .build();
        (documented.number, RefOr::T(example))
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("IntentError")))
        .examples_from_iter(examples);
    ResponseBuilder::new()
        .description(texts.join("\n\n"))
        .content("application/json", content.build())
        .build()
}
