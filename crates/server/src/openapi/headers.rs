//! The headers that choose where an administrator works: the same for every operation of the admin API that is about one
//! project, and so described once.

use serde_json::{Value, json};

/// Operations about the installation as a whole, where there is nothing to choose.
const OF_INSTALLATION: [&str; 2] = ["/admin/v1/gateways", "/admin/v1/projects"];

/// Describes the headers wherever they are read.
pub(super) fn apply(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        if !path.starts_with("/admin/v1/") || OF_INSTALLATION.contains(&path.as_str()) {
            continue;
        }
        let operations = item
            .as_object_mut()
            .into_iter()
            .flatten()
            .map(|(_, operation)| operation);
        for operation in operations.filter_map(Value::as_object_mut) {
            let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
            if let Some(parameters) = parameters.as_array_mut() {
                parameters.extend(described());
            }
        }
    }
}

fn described() -> [Value; 2] {
    [
        json!({
            "name": "Cowry-Environment", "in": "header", "required": false,
            "description": "`sandbox` or `live`; the sandbox when absent.",
            "schema": {"type": "string", "enum": ["sandbox", "live"]},
        }),
        json!({
            "name": "Cowry-Project", "in": "header", "required": false,
            "description": "Another project than the key's own: needs the right `installation`.",
            "schema": {"type": "string"},
        }),
    ]
}
