//! The reference page's content, read out of the OpenAPI document. Never adds a word of its own.

use serde_json::Value;

/// One operation.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) parameters: Vec<Row>,
    /// Schema of the body, when there is one.
    pub(super) body: Option<String>,
    pub(super) curl: String,
    pub(super) success: String,
    pub(super) example: String,
    pub(super) errors: Vec<ErrorRow>,
}

/// A parameter or a member.
pub(super) struct Row {
    pub(super) name: String,
    /// Where it stands, or of which type it is.
    pub(super) kind: String,
    /// The schema that the type names, for a link.
    pub(super) link: Option<String>,
    pub(super) is_required: bool,
    pub(super) text: String,
}

/// A status that says that the request was refused.
pub(super) struct ErrorRow {
    pub(super) status: String,
    pub(super) codes: Vec<String>,
}

/// A named shape.
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) members: Vec<Row>,
}

/// Every operation, in the document's order.
pub(super) fn operations(document: &Value, public_url: &str) -> Vec<Operation> {
    let paths = entries(document.get("paths"));
    let mut all: Vec<(String, Operation)> = paths
        .flat_map(|(path, item)| {
            entries(Some(item))
                .filter(|(_, value)| value.get("operationId").is_some())
                .map(move |(method, value)| {
                    let order = text(value.pointer("/tags/0"));
                    (order, operation(path, method, value, document, public_url))
                })
        })
        .collect();
    // Payment intents first, administration last: by length of the path within the order of the document's tags.
    let tags = document.get("tags").and_then(Value::as_array);
    let rank = |tag: &str| {
        let place = tags.and_then(|tags| tags.iter().position(|t| text(t.get("name")) == tag));
        place.unwrap_or(usize::MAX)
    };
    all.sort_by_key(|(tag, operation)| (rank(tag), operation.path.len(), operation.method != "POST"));
    all.into_iter().map(|(_, operation)| operation).collect()
}

fn operation(path: &str, method: &str, value: &Value, document: &Value, public_url: &str) -> Operation {
    let responses: Vec<(&str, &Value)> = entries(value.get("responses")).collect();
    let success = responses.iter().find(|(status, _)| status.starts_with('2'));
    let body = value.pointer("/requestBody/content/application~1json");
    let reference = body
        .and_then(|body| body.pointer("/schema/$ref"))
        .map(|name| last(&text(Some(name))));
    let sent = reference
        .as_ref()
        .and_then(|name| document.pointer(&format!("/components/schemas/{name}/example")));
    let parameters: Vec<Row> = value
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(parameter)
        .collect();
    Operation {
        id: text(value.get("operationId")),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(value.get("summary")),
        description: marked(&text(value.get("description"))),
        curl: curl((method, &filled(path, value)), public_url, &parameters, sent),
        parameters,
        body: reference,
        success: success
            .map(|(status, value)| format!("{status} · {}", marked(&text(value.get("description")))))
            .unwrap_or_default(),
        example: success.map(|(_, value)| example(value)).unwrap_or_default(),
        errors: responses
            .iter()
            .filter(|(status, _)| !status.starts_with('2'))
            .map(|(status, value)| error(status, value, document))
            .collect(),
    }
}

/// The path with the examples of its parameters.
fn filled(path: &str, operation: &Value) -> String {
    let parameters = operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    parameters.fold(path.to_owned(), |path, parameter| {
        path.replace(
            &format!("{{{}}}", text(parameter.get("name"))),
            &text(parameter.get("example")),
        )
    })
}

/// An answer as it looks: JSON, or text as it is.
fn example(answer: &Value) -> String {
    let lasting = answer.pointer("/content/text~1event-stream/example");
    let whole = answer.pointer("/content/application~1json/example").map(pretty);
    whole.unwrap_or_else(|| text(lasting))
}

/// A call as it is pasted; with an idempotency key where one is taken.
fn curl((method, path): (&str, &str), public_url: &str, parameters: &[Row], body: Option<&Value>) -> String {
    let mut lines = vec![format!("curl -X {} {public_url}{path}", method.to_uppercase())];
    lines.push("  -H \"Authorization: Bearer $COWRY_KEY\"".to_owned());
    if let Some(key) = parameters.iter().find(|row| row.name.ends_with("Idempotency-Key")) {
        lines.push(format!("  -H \"{}: $(uuidgen)\"", key.name));
    }
    if let Some(body) = body {
        lines.push("  -H 'Content-Type: application/json'".to_owned());
        lines.push(format!("  -d '{}'", pretty(body)));
    }
    lines.join(" \\\n")
}

fn parameter(value: &Value) -> Row {
    Row {
        name: text(value.get("name")),
        kind: text(value.get("in")),
        link: None,
        is_required: value.get("required").and_then(Value::as_bool).unwrap_or_default(),
        text: about(value),
    }
}

fn error(status: &str, value: &Value, document: &Value) -> ErrorRow {
    let pointer = text(value.get("$ref"));
    let value = document
        .pointer(pointer.trim_start_matches('#'))
        .filter(|_| !pointer.is_empty())
        .unwrap_or(value);
    let examples = entries(value.pointer("/content/application~1json/examples"));
    ErrorRow {
        status: status.to_owned(),
        codes: examples.map(|(code, _)| code.to_owned()).collect(),
    }
}

/// Every named shape that is not a mere envelope.
pub(super) fn schemas(document: &Value) -> Vec<Schema> {
    let all = entries(document.pointer("/components/schemas")).filter(|(name, _)| !name.contains('_'));
    all.map(|(name, value)| Schema {
        name: name.to_owned(),
        text: about(value),
        members: members(value),
    })
    .collect()
}

fn members(schema: &Value) -> Vec<Row> {
    let variants = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let within = variants.flat_map(|variant| {
        let kind = text(variant.pointer("/properties/type/enum/0"));
        own_members(variant)
            .into_iter()
            .filter(|row| row.name != "type")
            .map(move |row| Row {
                name: format!("{kind} · {}", row.name),
                ..row
            })
    });
    own_members(schema).into_iter().chain(within).collect()
}

fn own_members(schema: &Value) -> Vec<Row> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    entries(schema.get("properties"))
        .map(|(name, value)| {
            let (kind, link) = kind(value);
            Row {
                name: name.to_owned(),
                kind,
                link,
                is_required: required.contains(&name),
                text: about(value),
            }
        })
        .collect()
}

/// The type of a member in words, and the schema that it names.
fn kind(value: &Value) -> (String, Option<String>) {
    if let Some(reference) = value.get("$ref") {
        let name = last(&text(Some(reference)));
        return (name.clone(), Some(name));
    }
    if let Some(Value::Array(choices)) = value.get("oneOf") {
        let kinds: Vec<(String, Option<String>)> = choices.iter().map(kind).collect();
        let link = kinds.iter().find_map(|(_, link)| link.clone());
        return (
            kinds.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>().join(" or "),
            link,
        );
    }
    match value.get("type") {
        Some(Value::Array(types)) => (
            types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
            None,
        ),
        other => (text(other), None),
    }
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A text of the document as HTML: escaped, with `code` between backticks.
fn marked(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let pieces = escaped.split('`').enumerate().map(|(index, piece)| match index % 2 {
        0 => piece.to_owned(),
        _ => format!("<code>{piece}</code>"),
    });
    pieces.collect()
}

/// What a member is, with its closed vocabulary when it has one.
fn about(value: &Value) -> String {
    let within = value.pointer("/oneOf/0/description");
    let text = text(value.get("description").or(within));
    let words: Vec<String> = value
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|word| format!("`{word}`"))
        .collect();
    match words.is_empty() {
        true => marked(&text),
        false => marked(&format!("{text} One of {}.", words.join(", "))),
    }
}

fn last(reference: &str) -> String {
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
