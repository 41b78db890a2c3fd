//! The command line over the admin API: a command is a request or a few, whoever carries them. Owns the flags that say where
//! and for whom, and how answers are told; never what is allowed.

mod client;
mod exchange;
mod network;
mod order;
mod sse;
mod stream;

use clap::{Args, ValueEnum};
use comfy_table::Table;
use serde_json::{Value, json};

pub(crate) use client::Client;
pub(crate) use order::Order;
pub(crate) use stream::{Interrupted, Stream};

use crate::command_line::DataArgs;
use crate::failure::Failure;
use crate::output;

/// Most rows that one request asks for.
const PER_PAGE: usize = 100;

/// The flags of every command that administers.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AdminArgs {
    #[command(flatten)]
    pub(crate) at: WhereArgs,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where, and in which project and environment.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct WhereArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Project, `prj_…` [default: the only one, or that of the admin key]
    #[arg(long, env = "COWRY_PROJECT", value_name = "ID")]
    pub(crate) project: Option<String>,
    /// Environment [default: sandbox]
    #[arg(long, env = "COWRY_ENVIRONMENT", value_enum)]
    pub(crate) environment: Option<EnvironmentChoice>,
    /// How others reach the server: needed by no more than addresses that are shown while it does not run [default: that of
    /// the settings file]
    #[arg(long, env = "COWRY_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// A server elsewhere, by its URL: it is asked with --admin-key
    #[arg(long, env = "COWRY_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Admin key for --url; better given as the variable, which no process list shows
    #[arg(long, env = "COWRY_ADMIN_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) admin_key: Option<String>,
}

/// Real money, or the simulator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnvironmentChoice {
    /// The simulator
    Sandbox,
    /// Real money
    Live,
}

impl EnvironmentChoice {
    fn code(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Live => "live",
        }
    }
}

/// Makes one request and returns the `data` of the answer.
pub(crate) async fn ask(args: &AdminArgs, order: Order) -> Result<Value, Failure> {
    let client = Client::open(&args.at).await?;
    let answer = client.ask(&order).await;
    client.close().await;
    Ok(data(answer?))
}

/// Every row of a list, page by page. `path` may carry filters.
pub(crate) async fn ask_all(args: &AdminArgs, path: &str) -> Result<Vec<Value>, Failure> {
    let client = Client::open(&args.at).await?;
    let rows = pages(&client, path).await;
    client.close().await;
    rows
}

fn data(mut answer: Value) -> Value {
    answer.get_mut("data").map(Value::take).unwrap_or_default()
}

async fn pages(client: &Client, path: &str) -> Result<Vec<Value>, Failure> {
    let first = format!(
        "{path}{}per_page={PER_PAGE}",
        if path.contains('?') { '&' } else { '?' }
    );
    let (mut rows, mut next) = (Vec::new(), first.clone());
    loop {
        let answer = client.ask(&Order::get(&next)).await?;
        let next_cursor = cell(&answer, "/pagination/next_cursor");
        if let Value::Array(page) = data(answer) {
            rows.extend(page);
        }
        if next_cursor.is_empty() {
            return Ok(rows);
        }
        next = format!("{first}&cursor={next_cursor}");
    }
}

/// A path with those filters that are given.
pub(crate) fn query(path: &str, filters: &[(&str, &Option<String>)]) -> String {
    let given = filters
        .iter()
        .filter_map(|(name, value)| Some((*name, value.as_ref()?)));
    let spelled: Vec<String> = given
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    match spelled.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", spelled.join("&")),
    }
}

/// Percent-encodes all but letters, digits and a few marks.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Prints rows: as `{"<name>": […]}`, or as a table of some of their members.
pub(crate) fn print_rows(
    args: &AdminArgs,
    name: &str,
    rows: &[Value],
    columns: &[(&str, &str)],
) -> Result<(), Failure> {
    if args.json {
        return output::json(&json!({ name: rows }));
    }
    let heads: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
    let mut table: Table = output::table(&heads);
    for row in rows {
        table.add_row(columns.iter().map(|(_, pointer)| cell(row, pointer)));
    }
    output::line(&table.to_string());
    Ok(())
}

/// Prints one thing: as it is, or as a table of its members.
pub(crate) fn print_one(args: &AdminArgs, thing: &Value) -> Result<(), Failure> {
    if args.json {
        return output::json(thing);
    }
    let mut table = output::table(&["", ""]);
    for (name, value) in thing.as_object().into_iter().flatten() {
        table.add_row([name.as_str(), &text(value)]);
    }
    output::line(&table.to_string());
    Ok(())
}

/// A member by its JSON pointer, as a person reads it.
pub(crate) fn cell(row: &Value, pointer: &str) -> String {
    row.pointer(pointer).map(text).unwrap_or_default()
}

/// A value, as a person reads it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name}={}", text(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
