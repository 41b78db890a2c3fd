//! `cowry attention`: what waits for a person, with its evidence and what to do. Looks only.

use std::process::ExitCode;

use engine::store::attention::{self, Item};
use serde::Serialize;

use crate::command_line::ListArgs;
use crate::failure::Failure;
use crate::place::Place;
use crate::{house, output};

/// Most items that are shown at once.
const LIMIT: i64 = 500;

#[derive(Serialize)]
struct Shown {
    id: String,
    kind: &'static str,
    subject_id: String,
    intent_id: Option<String>,
    project_id: String,
    environment: &'static str,
    evidence: String,
    advice: &'static str,
    created_at: String,
}

/// Prints the open items, oldest first.
pub(crate) async fn list(args: ListArgs) -> Result<ExitCode, Failure> {
    let place = Place::of(&args.data)?;
    let store = house::look(&place)?;
    let items: Result<Vec<Item>, Failure> = store.read(|tx| Ok(attention::open(tx, LIMIT)?)).await;
    store.close().await;
    let shown: Vec<Shown> = items?.into_iter().map(show).collect();
    if args.json {
        output::json(&serde_json::json!({ "attention": shown }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if shown.is_empty() {
        output::line("Nothing waits for a person.");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = output::table(&["since", "kind", "about", "what to do", "evidence"]);
    for item in &shown {
        let about = item.intent_id.as_deref().unwrap_or(&item.subject_id);
        table.add_row([&item.created_at, item.kind, about, item.advice, &item.evidence]);
    }
    output::line(&table.to_string());
    Ok(ExitCode::SUCCESS)
}

fn show(item: Item) -> Shown {
    Shown {
        id: item.id.to_string(),
        kind: item.kind.code(),
        subject_id: item.subject_id,
        intent_id: item.intent_id.map(|id| id.to_string()),
        project_id: item.scope.project_id.to_string(),
        environment: item.scope.environment.code(),
        evidence: item.evidence,
        advice: item.kind.advice(),
        created_at: output::moment(item.created_at_ms),
    }
}
