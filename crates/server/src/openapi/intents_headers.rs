//! The headers of answers of the payment-intents API: the same for every operation, and so described once.

use serde_json::{Map, Value, json};

use crate::api::payment_intents;

const REQUEST_ID: &str = "Ikawaari-Request-Id";
const LIMITS: [&str; 3] = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];
const RETRY_AFTER: &str = "Retry-After";

/// Statuses with which an answer may say when to come back.
const WITH_RETRY_AFTER: [&str; 3] = ["409", "429", "503"];

/// What each of them says.
pub(super) fn shared() -> Value {
    let whole = |text: &str| json!({"description": text, "schema": {"type": "integer"}});
    let [limit, remaining, reset] = LIMITS;
    json!({
        REQUEST_ID: {"description": "The same as `X-Request-Id`.", "schema": {"type": "string"}},
        limit: whole("Calls that the key has in a minute."),
        remaining: whole("Calls that are left of this minute."),
        reset: whole("When the next minute begins, in Unix seconds."),
        RETRY_AFTER: whole("Seconds to wait, when that is known."),
    })
}

/// Names them in every answer of this API.
pub(super) fn apply(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths
        .into_iter()
        .flatten()
        .filter(|(path, _)| path.starts_with(payment_intents::PREFIX));
    let operations = items
        .filter_map(|(_, item)| item.as_object_mut())
        .flat_map(|item| item.values_mut());
    let responses = operations
        .filter_map(|operation| operation.get_mut("responses").and_then(Value::as_object_mut))
        .flatten();
    for (status, response) in responses {
        let Some(response) = response.as_object_mut() else {
            continue;
        };
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        if let Some(headers) = headers.as_object_mut() {
            headers.extend(of_answer(status));
        }
    }
}

fn of_answer(status: &str) -> Map<String, Value> {
    let mut names = vec![REQUEST_ID];
    // Who is not known has no limits to be told.
    if status != "401" {
        names.extend(LIMITS);
    }
    if WITH_RETRY_AFTER.contains(&status) {
        names.push(RETRY_AFTER);
    }
    let reference = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    names
        .into_iter()
        .map(|name| (name.to_owned(), reference(name)))
        .collect()
}
