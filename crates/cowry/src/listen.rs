//! `cowry listen`: shows events of a running server as they happen, and hands them to a receiver on this machine as an
//! endpoint would get them. Owns what is printed; keeps nothing and tries nothing again.

mod deliver;
mod print;

use std::process::ExitCode;

use clap::Args;
use engine::CancellationToken;
use serde_json::json;

use crate::admin::{Order, WhereArgs, cell};
use crate::failure::Failure;
use crate::feed::{Event, Feed, News};
use crate::signals;
use deliver::Receiver;
use print::Printer;

/// Flags of `listen`.
#[derive(Args)]
pub(crate) struct ListenArgs {
    #[command(flatten)]
    at: WhereArgs,
    /// Your receiver, for example http://127.0.0.1:3000/hook; without one events are only shown
    #[arg(long, value_name = "URL")]
    forward_to: Option<String>,
    /// Only these, for example payment.completed,payment.failed [default: all]
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    events: Vec<String>,
    /// Print each event as one line of JSON on stdout, and everything else on stderr
    #[arg(long)]
    print_json: bool,
    /// Sign with this secret [default: the sandbox's secret for development, which stays the same]
    #[arg(long, env = "COWRY_LISTEN_SECRET", value_name = "whsec_…", hide_env_values = true)]
    secret: Option<String>,
}

/// Shows events until Ctrl-C.
pub(crate) async fn run(args: ListenArgs) -> Result<ExitCode, Failure> {
    let address = args.forward_to.as_deref().map(deliver::address).transpose()?;
    let stop = signals::hear()?;
    let printer = match args.print_json {
        true => Printer::Json,
        false => Printer::text(),
    };
    let feed = Feed::open(&args.at, &args.events, None).await?;
    let receiver = match &address {
        Some(address) => Some(Receiver::new(address, &secret(&feed, args.secret.clone()).await?)?),
        None => None,
    };
    greet(&printer, &args, receiver.as_ref());
    follow(feed, receiver, &printer, stop).await?;
    Ok(ExitCode::SUCCESS)
}

async fn secret(feed: &Feed, given: Option<String>) -> Result<String, Failure> {
    match given {
        Some(secret) => Ok(secret),
        None => {
            let order = Order::post("/admin/v1/webhook-secret/development", &json!({}));
            Ok(cell(&feed.client().ask(&order).await?, "/data/secret"))
        }
    }
}

fn greet(printer: &Printer, args: &ListenArgs, receiver: Option<&Receiver>) {
    if let Some(receiver) = receiver {
        printer.say(&format!("Signing secret  {}", receiver.secret()));
    }
    let what = match args.events.is_empty() {
        true => "all events".to_owned(),
        false => args.events.join(", "),
    };
    let to = receiver.map_or_else(String::new, |receiver| format!(", forwarded to {}", receiver.url()));
    printer.say(&format!("Waiting for {what}{to}. Ctrl-C ends it."));
}

async fn follow(
    mut feed: Feed,
    receiver: Option<Receiver>,
    printer: &Printer,
    stop: CancellationToken,
) -> Result<(), Failure> {
    loop {
        let news = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            news = feed.next() => news?,
        };
        let event = match news {
            News::Event(event) => event,
            News::Away(why) => {
                eprintln!("The server is away ({why}). Waiting until it is back.");
                continue;
            }
            News::Back => {
                eprintln!("The server is back.");
                continue;
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            shown = show(&event, receiver.as_ref(), printer) => shown?,
        }
    }
}

async fn show(event: &Event, receiver: Option<&Receiver>, printer: &Printer) -> Result<(), Failure> {
    let delivered = match receiver {
        Some(receiver) => Some(receiver.deliver(event).await?),
        None => None,
    };
    printer.event(event, delivered.as_ref())
}
