//! `cowry attention`: what waits for a person, with its evidence and what to do, and taking it off the list. The list of a whole
//! database is read from it; that of one environment, and every change, go through the admin API.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use engine::domain::scope::Environment;
use engine::store::StoreError;
use engine::store::attention::{self, Item};
use serde_json::{Value, json};

use crate::admin::{self, AdminArgs, EnvironmentChoice, Order, WhereArgs, escaped};
use crate::failure::Failure;
use crate::place::Place;
use crate::{house, output};

const PATH: &str = "/admin/v1/attention";

/// Most items that are shown at once.
const SHOWN_MAX: i64 = 500;

/// Most items among which one is looked for.
const SOUGHT_MAX: i64 = 100_000;

const COLUMNS: [(&str, &str); 6] = [
    ("id", "/id"),
    ("since", "/created_at"),
    ("kind", "/kind"),
    ("about", "/about"),
    ("what to do", "/advice"),
    ("evidence", "/evidence"),
];

/// Flags of `attention`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct AttentionArgs {
    #[command(subcommand)]
    command: Option<AttentionCommand>,
    #[command(flatten)]
    admin: AdminArgs,
}

#[derive(Subcommand)]
enum AttentionCommand {
    /// Take an item off the list; a step that was given up is tried again
    Resolve(ResolveArgs),
}

/// Flags of `attention resolve`.
#[derive(Args)]
struct ResolveArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the item, as `cowry attention` shows it
    id: String,
    /// What was done about it; the audit log keeps it
    #[arg(long)]
    note: String,
}

/// Runs the command.
pub(crate) async fn run(args: AttentionArgs) -> Result<ExitCode, Failure> {
    match args.command {
        Some(AttentionCommand::Resolve(args)) => resolve(args).await?,
        None => list(&args.admin).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the open items, newest first.
async fn list(args: &AdminArgs) -> Result<(), Failure> {
    let of_one = args.at.url.is_some() || args.at.project.is_some() || args.at.environment.is_some();
    let (rows, count) = match of_one {
        true => {
            let rows = admin::ask_all(args, &format!("{PATH}?state=open")).await?;
            let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            (rows, count)
        }
        false => {
            let (items, count) = look(&args.at, SHOWN_MAX).await?;
            (items.iter().map(row).collect(), count)
        }
    };
    if args.json {
        return output::json(&json!({ "attention": rows, "open": count }));
    }
    if rows.is_empty() {
        output::line("Nothing waits for a person.");
        return Ok(());
    }
    let rows: Vec<Value> = rows.into_iter().map(with_about).collect();
    admin::print_rows(args, "attention", &rows, &COLUMNS)?;
    output::line(&format!("{} of {count}, newest first.", rows.len()));
    Ok(())
}

/// The newest open items of every project on this database, and how many there are.
async fn look(at: &WhereArgs, limit: i64) -> Result<(Vec<Item>, i64), Failure> {
    let store = house::look(&Place::of(&at.data)?)?;
    let read = store.read(move |tx| Ok::<_, StoreError>((attention::open(tx, limit)?, attention::count_open(tx)?)));
    let found = read.await;
    store.close().await;
    Ok(found?)
}

/// As the admin API tells it, and whose it is.
fn row(item: &Item) -> Value {
    json!({
        "id": item.id.to_string(), "kind": item.kind.code(), "subject_id": item.subject_id,
        "payment_id": item.intent_id.map(|id| id.to_string()), "project_id": item.scope.project_id.to_string(),
        "environment": item.scope.environment.code(), "evidence": item.evidence, "advice": item.kind.advice(),
        "created_at": output::moment(item.created_at_ms),
    })
}

/// With what a person knows it by.
fn with_about(mut row: Value) -> Value {
    let about = match admin::cell(&row, "/payment_id") {
        payment if payment.is_empty() => admin::cell(&row, "/subject_id"),
        payment => payment,
    };
    if let Some(members) = row.as_object_mut() {
        members.insert("about".to_owned(), Value::from(about));
    }
    row
}

async fn resolve(args: ResolveArgs) -> Result<(), Failure> {
    let ResolveArgs { mut admin, id, note } = args;
    if admin.at.url.is_none() {
        find(&mut admin.at, &id).await?;
    }
    let order = Order::post(format!("{PATH}/{}/resolve", escaped(&id)), &json!({ "note": note }));
    let item = admin::ask(&admin, order).await?;
    match admin.json {
        true => output::json(&item)?,
        false => output::line(&format!("{id} is off the list.")),
    }
    Ok(())
}

/// Where an item is, unless that was said: the list shows those of every project.
async fn find(at: &mut WhereArgs, id: &str) -> Result<(), Failure> {
    let (items, _) = look(at, SOUGHT_MAX).await?;
    let Some(item) = items.iter().find(|item| item.id.to_string() == id) else {
        return Ok(());
    };
    at.project.get_or_insert_with(|| item.scope.project_id.to_string());
    at.environment.get_or_insert(match item.scope.environment {
        Environment::Sandbox => EnvironmentChoice::Sandbox,
        Environment::Live => EnvironmentChoice::Live,
    });
    Ok(())
}
