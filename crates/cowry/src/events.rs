//! `cowry events`: what merchants were or will be told of. Looks, and asks for another delivery; makes no event.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin::{self, AdminArgs, Order, escaped};
use crate::failure::Failure;
use crate::feed::{Feed, News};
use crate::{output, signals};

const PATH: &str = "/admin/v1/events";
const COLUMNS: [(&str, &str); 5] = [
    ("id", "/id"),
    ("when", "/created_at"),
    ("event", "/event"),
    ("payment", "/payment_id"),
    ("no.", "/sequence"),
];

#[derive(Subcommand)]
pub(crate) enum EventsCommand {
    /// List the events of the environment, newest first
    List(ListArgs),
    /// Show an event, and where it went
    Show(ShowArgs),
    /// Show events as they happen, until Ctrl-C
    Tail(TailArgs),
    /// Deliver an event again
    Resend(ResendArgs),
}

/// Flags of `events list`.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Only this one, for example payment.completed
    #[arg(long)]
    event: Option<String>,
    /// Of one payment
    #[arg(long, value_name = "ID")]
    payment: Option<String>,
    /// At or after: a date, or a time with offset
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// At or before: a date, which means its end, or a time with offset
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// Flags of `events show`.
#[derive(Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the event, `evt_…`
    id: String,
}

/// Flags of `events tail`.
#[derive(Args)]
pub(crate) struct TailArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Only these, for example payment.completed,payment.failed [default: all]
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    events: Vec<String>,
    /// Begin after this event [default: with the next that happens]
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// Flags of `events resend`.
#[derive(Args)]
pub(crate) struct ResendArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the event, `evt_…`
    id: String,
    /// To this endpoint, also when it never got it [default: wherever it went]
    #[arg(long, value_name = "ID")]
    endpoint: Option<String>,
}

/// Runs one of the commands.
pub(crate) async fn run(command: EventsCommand) -> Result<ExitCode, Failure> {
    match command {
        EventsCommand::List(args) => {
            let filters = [
                ("event", &args.event),
                ("payment_id", &args.payment),
                ("created_at[gte]", &args.since),
                ("created_at[lte]", &args.until),
            ];
            let rows = admin::ask_all(&args.admin, &admin::query(PATH, &filters)).await?;
            admin::print_rows(&args.admin, "events", &rows, &COLUMNS)?;
        }
        EventsCommand::Show(args) => show(args).await?,
        EventsCommand::Tail(args) => tail(args).await?,
        EventsCommand::Resend(args) => {
            let path = format!("{PATH}/{}/resend", escaped(&args.id));
            let body = json!({"endpoint_id": args.endpoint});
            let resent = admin::ask(&args.admin, Order::post(path, &body)).await?;
            match args.admin.json {
                true => output::json(&resent)?,
                false => output::line(&format!("Event {} is delivered again.", args.id)),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(args: ShowArgs) -> Result<(), Failure> {
    let event = admin::ask(&args.admin, Order::get(format!("{PATH}/{}", escaped(&args.id)))).await?;
    if args.admin.json {
        return output::json(&event);
    }
    let event = &event;
    admin::print_rows(&args.admin, "events", std::slice::from_ref(event), &COLUMNS)?;
    let columns = [
        ("delivery", "/id"),
        ("to", "/url"),
        ("endpoint", "/endpoint_id"),
        ("state", "/state"),
        ("tries", "/tries"),
        ("last", "/last_status"),
    ];
    let deliveries = event["deliveries"].as_array().map(Vec::as_slice).unwrap_or_default();
    admin::print_rows(&args.admin, "deliveries", deliveries, &columns)?;
    output::line(&pretty(&event["body"]));
    Ok(())
}

/// JSON for people.
fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

async fn tail(args: TailArgs) -> Result<(), Failure> {
    let stop = signals::hear()?;
    let mut feed = Feed::open(&args.admin.at, &args.events, args.after.clone()).await?;
    loop {
        let news = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            news = feed.next() => news?,
        };
        match news {
            News::Event(event) if args.admin.json => output::json(&event)?,
            News::Event(event) => output::line(&format!("{}  {}  {}", event.created_at, event.name, event.payment_id)),
            News::Away(why) => eprintln!("The server is away ({why}). Waiting until it is back."),
            News::Back => eprintln!("The server is back."),
        }
    }
}
