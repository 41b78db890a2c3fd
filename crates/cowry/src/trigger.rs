//! `cowry trigger`: makes a real payment in the sandbox that brings an event about, and waits for that event. Owns the order
//! of the steps; what they are for each event is the plan's.

mod payer;
mod plan;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use engine::world::World;
use serde_json::{Value, json};

use crate::admin::{AdminArgs, EnvironmentChoice, Order, cell};
use crate::failure::Failure;
use crate::feed::{Event, Feed, News};
use crate::{output, signals};
use payer::Payer;
use plan::Steps;

/// An event that has not come after this time does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// The key of a payment outlives a program that was killed by no more than this, in milliseconds.
const KEY_LIFETIME_MS: i64 = 10 * 60 * 1_000;
const INTENTS: &str = "/v1/payment/intents";
const KEYS: &str = "/admin/v1/api-keys";

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

/// Makes the payment and waits.
pub(crate) async fn run(args: TriggerArgs) -> Result<ExitCode, Failure> {
    if args.admin.at.environment == Some(EnvironmentChoice::Live) {
        return Err(Failure::usage(
            "events are triggered in the sandbox only: live payments take real money",
        ));
    }
    let steps = plan::steps(&args.event, args.scenario.as_deref())?;
    let payer = Payer::find(args.method.as_deref(), args.country.as_deref())?;
    let stop = signals::hear()?;
    let mut feed = Feed::open(&args.admin.at, std::slice::from_ref(&args.event), None).await?;
    let key = make_key(&feed).await?;
    let work = async {
        let id = pay(
            &feed,
            &key.text,
            &payer.body(&steps, args.webhook_url.as_deref()),
            &steps,
        )
        .await?;
        if !args.admin.json {
            output::line(&format!("Payment {id}: waiting for {}.", args.event));
        }
        let event = wait(&mut feed, &id).await?;
        match event {
            Some(event) => Ok((id, event)),
            None => Err(never(&feed, &key.text, &id, &args.event).await),
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = stop.cancelled() => Err(Failure::new("stopped; the payment goes on")),
    };
    let revoked = feed.client().ask(&Order::delete(format!("{KEYS}/{}", key.id))).await;
    let (id, event) = outcome?;
    tell(&args, &id, &event)?;
    revoked.map(|_| ExitCode::SUCCESS)
}

/// A key of the payment API for this one payment.
struct Key {
    id: String,
    text: String,
}

async fn make_key(feed: &Feed) -> Result<Key, Failure> {
    let until_ms = World::system().now_ms().saturating_add(KEY_LIFETIME_MS);
    let body = json!({
        "family": "payment", "name": "cowry trigger", "rights": ["read", "write"],
        "expires_at": output::moment(until_ms),
    });
    let made = feed.client().ask(&Order::post(KEYS, &body)).await?;
    Ok(Key {
        id: cell(&made, "/data/id"),
        text: cell(&made, "/data/key"),
    })
}

/// The id of the payment, after every step that it needs.
async fn pay(feed: &Feed, key: &str, body: &Value, steps: &Steps) -> Result<String, Failure> {
    let mut order = Order::post(INTENTS, body).as_key(key);
    if let Steps::Pay { scenario, .. } = steps {
        order = order.with("x-sandbox-scenario", scenario.as_str());
    }
    let made = feed.client().ask(&order).await?;
    let id = cell(&made, "/data/id");
    if *steps == Steps::Cancel {
        let order = Order::post(format!("{INTENTS}/{id}/cancel"), &json!({})).as_key(key);
        feed.client().ask(&order).await?;
    }
    Ok(id)
}

/// The event of that payment; none when it has not come in time.
async fn wait(feed: &mut Feed, id: &str) -> Result<Option<Event>, Failure> {
    let come = async {
        loop {
            match feed.next().await? {
                News::Event(event) if event.payment_id == id => return Ok(event),
                News::Event(_) | News::Away(_) | News::Back => {}
            }
        }
    };
    tokio::select! {
        event = come => event.map(Some),
        () = World::system().sleep(PATIENCE) => Ok(None),
    }
}

/// Says where the payment stands instead.
async fn never(feed: &Feed, key: &str, id: &str, event: &str) -> Failure {
    let order = Order::get(format!("{INTENTS}/{id}")).as_key(key);
    let stands = match feed.client().ask(&order).await {
        Ok(intent) => {
            let [status, attempt, failure] = ["/status", "/active_attempt/status", "/active_attempt/failure/code"]
                .map(|pointer| cell(&intent, &format!("/data{pointer}")));
            format!("It is {status}, its attempt {attempt} {failure}")
        }
        Err(failure) => format!("Where it stands is not known: {failure}"),
    };
    Failure::new(format!(
        "payment {id} brought no {event} about within {} s. {}: `cowry payments explain {id}` tells why",
        PATIENCE.as_secs(),
        stands.trim_end()
    ))
}

fn tell(args: &TriggerArgs, id: &str, event: &Event) -> Result<(), Failure> {
    if args.admin.json {
        return output::json(&json!({"payment_id": id, "event": event}));
    }
    output::line(&format!(
        "Event   {}: {}, number {} of this payment.",
        event.id, event.name, event.sequence
    ));
    output::line(event.body.get());
    Ok(())
}
