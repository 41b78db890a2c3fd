//! The commands about endpoints.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{ENDPOINTS, ListArgs, OneArgs};
use crate::admin::{self, AdminArgs, Order, cell, escaped};
use crate::failure::Failure;
use crate::output;

const COLUMNS: [(&str, &str); 7] = [
    ("id", "/id"),
    ("state", "/state"),
    ("waiting", "/health/waiting"),
    ("failures", "/health/failures"),
    ("failing since", "/health/failing_since"),
    ("events", "/events"),
    ("url", "/url"),
];

/// Flags of `webhooks create`.
#[derive(Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Where it is, for example https://shop.example.com/hook
    endpoint_url: String,
    #[command(flatten)]
    wishes: Wishes,
}

/// Flags of `webhooks update`.
#[derive(Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the endpoint, `we_…`
    id: String,
    /// Where it is from now on
    #[arg(long = "to", value_name = "URL")]
    endpoint_url: Option<String>,
    #[command(flatten)]
    wishes: Wishes,
}

/// What an endpoint gets.
#[derive(Args)]
struct Wishes {
    /// Which events, for example payment.completed,payment.failed; `*` for all [default: all]
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    events: Option<Vec<String>>,
    /// For people
    #[arg(long)]
    description: Option<String>,
    /// Whether a failing event holds back the later ones of its payment [default: any]
    #[arg(long, value_enum)]
    ordering: Option<Ordering>,
}

/// In which order the events of a payment are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ordering {
    /// In any: a failing event holds back no other
    Any,
    /// One after the other
    PerPayment,
}

/// Flags of `webhooks rotate-secret`.
#[derive(Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the endpoint, `we_…`
    id: String,
    /// For how long the old secret still signs beside the new one, in hours: 0 to 168 [default: 24]
    #[arg(long, value_name = "HOURS")]
    overlap_hours: Option<i64>,
}

/// Flags of `webhooks test`.
#[derive(Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the endpoint, `we_…`
    id: String,
    /// Which event [default: payment.completed]
    #[arg(long)]
    event: Option<String>,
}

impl Wishes {
    fn body(&self, url: Option<&str>) -> Value {
        let order = self.ordering.map(|ordering| match ordering {
            Ordering::Any => "any",
            Ordering::PerPayment => "per_payment",
        });
        let given = [
            ("url", url.map(Value::from)),
            ("events", self.events.clone().map(Value::from)),
            ("description", self.description.clone().map(Value::from)),
            ("order", order.map(Value::from)),
        ];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(given.collect())
    }
}

pub(super) async fn list(args: ListArgs) -> Result<(), Failure> {
    let rows = admin::ask_all(&args.admin, ENDPOINTS).await?;
    admin::print_rows(&args.admin, "endpoints", &rows, &COLUMNS)
}

pub(super) async fn create(args: CreateArgs) -> Result<(), Failure> {
    let body = args.wishes.body(Some(&args.endpoint_url));
    let made = admin::ask(&args.admin, Order::post(ENDPOINTS, &body)).await?;
    print_secret(&args.admin, &made)
}

pub(super) async fn show(args: OneArgs) -> Result<(), Failure> {
    let endpoint = admin::ask(&args.admin, Order::get(path(&args.id))).await?;
    admin::print_one(&args.admin, &endpoint)
}

pub(super) async fn update(args: UpdateArgs) -> Result<(), Failure> {
    let body = args.wishes.body(args.endpoint_url.as_deref());
    let endpoint = admin::ask(&args.admin, Order::patch(path(&args.id), &body)).await?;
    admin::print_one(&args.admin, &endpoint)
}

/// Does something to an endpoint that needs no more words.
pub(super) async fn act(args: OneArgs, verb: &str, done: &str) -> Result<(), Failure> {
    let order = Order::post(format!("{}/{verb}", path(&args.id)), &json!({}));
    let endpoint = admin::ask(&args.admin, order).await?;
    say(&args.admin, &endpoint, &format!("{} {done}.", args.id))
}

pub(super) async fn delete(args: OneArgs) -> Result<(), Failure> {
    let endpoint = admin::ask(&args.admin, Order::delete(path(&args.id))).await?;
    say(&args.admin, &endpoint, &format!("{} is deleted.", args.id))
}

pub(super) async fn rotate_secret(args: RotateArgs) -> Result<(), Failure> {
    let body = json!({"overlap_hours": args.overlap_hours});
    let order = Order::post(format!("{}/rotate-secret", path(&args.id)), &body);
    let endpoint = admin::ask(&args.admin, order).await?;
    print_secret(&args.admin, &endpoint)
}

/// Exit code 1 when the endpoint did not take the event.
pub(super) async fn test(args: TestArgs) -> Result<ExitCode, Failure> {
    let order = Order::post(format!("{}/test", path(&args.id)), &json!({"event": args.event}));
    let tried = admin::ask(&args.admin, order).await?;
    if args.admin.json {
        output::json(&tried)?;
    } else {
        let [outcome, status, took_ms, answer] =
            ["/outcome", "/status", "/took_ms", "/answer"].map(|pointer| cell(&tried, pointer));
        output::line(format!("{outcome} {status} in {took_ms} ms\n{answer}").trim_end());
    }
    Ok(match cell(&tried, "/outcome") == "delivered" {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn path(id: &str) -> String {
    format!("{ENDPOINTS}/{}", escaped(id))
}

fn say(args: &AdminArgs, endpoint: &Value, text: &str) -> Result<(), Failure> {
    match args.json {
        true => output::json(endpoint),
        false => {
            output::line(text);
            Ok(())
        }
    }
}

fn print_secret(args: &AdminArgs, endpoint: &Value) -> Result<(), Failure> {
    if args.json {
        return output::json(endpoint);
    }
    output::line(&format!("{}  {}", cell(endpoint, "/id"), cell(endpoint, "/secret")));
    eprintln!("Keep the secret now: it is shown this once.");
    Ok(())
}
