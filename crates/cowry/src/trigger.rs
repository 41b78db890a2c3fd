//! `cowry trigger`: makes a real payment in the sandbox that brings an event about, and waits for that event. Owns the order
//! of the steps; what they are for each event is the plan's.

mod pay;
mod payer;
mod plan;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use engine::world::World;
use serde::Serialize;

use crate::admin::{AdminArgs, EnvironmentChoice};
use crate::failure::Failure;
use crate::feed::{Event, Feed, News};
use crate::{output, signals};
use pay::Key;
use payer::Payer;
use plan::Steps;

/// An event that has not come after this time does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Flags of `trigger`.
#[derive(Args)]
pub(crate) struct TriggerArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// The event that is wanted, for example payment.completed
    event: String,
    /// Method to pay with [default: momo_mtn, or the first one that asks on the phone]
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// Country to pay in, two letters [default: CI, or the first one that has the method]
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
    /// What the simulated operator does instead, for example timeout_charged
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// The payment's own URL for webhooks
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
}

/// What is printed for programs.
#[derive(Serialize)]
struct Told<'t> {
    payment_id: &'t str,
    event: &'t Event,
}

/// Makes the payment and waits.
pub(crate) async fn run(args: TriggerArgs) -> Result<ExitCode, Failure> {
    if args.admin.at.environment == Some(EnvironmentChoice::Live) {
        return Err(Failure::usage(
            "events are triggered in the sandbox only: live payments take real money",
        ));
    }
    let steps = plan::steps(&args.event, args.scenario.as_deref())?;
    if args.webhook_url.is_some() && !matches!(steps, Steps::Pay { .. } | Steps::Cancel) {
        return Err(Failure::usage(format!(
            "{} comes from the payment-intents API, whose payments name no URL: --webhook-url is for payment.…",
            args.event
        )));
    }
    let payer = Payer::find(args.method.as_deref(), args.country.as_deref())?;
    let payer = payer.with_webhook_url(args.webhook_url.clone());
    let stop = signals::hear()?;
    let mut feed = Feed::open(&args.admin.at, std::slice::from_ref(&args.event), None).await?;
    let key = Key::make(feed.client(), &steps).await?;
    let work = async {
        let id = key.pay(feed.client(), &payer, &steps).await?;
        if !args.admin.json {
            output::line(&format!("Payment {id}: waiting for {}.", args.event));
        }
        match wait(&mut feed, &id).await? {
            Some(event) => Ok((id, event)),
            None => Err(never(&key.stands(feed.client(), &id).await, &id, &args.event)),
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = stop.cancelled() => Err(Failure::new("stopped; the payment goes on")),
    };
    let revoked = key.revoke(feed.client()).await;
    let (id, event) = outcome?;
    tell(&args, &id, &event)?;
    revoked.map(|()| ExitCode::SUCCESS)
}

/// The event of that payment; none when it has not come in time.
async fn wait(feed: &mut Feed, id: &str) -> Result<Option<Event>, Failure> {
    let come = async {
        loop {
            match feed.next().await? {
                News::Event(event) if pay::is_same(&event.payment_id, id) => return Ok(event),
                News::Event(_) | News::Away(_) | News::Back => {}
            }
        }
    };
    tokio::select! {
        event = come => event.map(Some),
        () = World::system().sleep(PATIENCE) => Ok(None),
    }
}

fn never(stands: &str, id: &str, event: &str) -> Failure {
    Failure::new(format!(
        "payment {id} brought no {event} about within {} s. {stands}: `cowry payments explain {id}` tells why",
        PATIENCE.as_secs()
    ))
}

fn tell(args: &TriggerArgs, id: &str, event: &Event) -> Result<(), Failure> {
    if args.admin.json {
        return output::json(&Told { payment_id: id, event });
    }
    output::line(&format!(
        "Event   {}: {}, number {} of this payment.",
        event.id, event.name, event.sequence
    ));
    output::line(event.body.get());
    Ok(())
}
