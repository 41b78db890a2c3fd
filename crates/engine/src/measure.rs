//! Measure, now and then, what the whole house knows and no single event tells: what waits for webhooks, how the accounts do, how
//! much waits for people. Read from the database, so that a process that has just started tells the same as one that saw
//! it happen. Changes nothing.

use std::sync::Arc;

use domain::routing::breaker::Standing;
use store::health::{self, Subject};
use store::{StoreError, Tx, attention, deliveries, webhook_endpoints, webhook_lanes};

use crate::house::House;
use crate::refusal::Refusal;

/// Time between two measurements, in milliseconds.
const MEASURE_EVERY_MS: i64 = 5_000;

/// Measures, unless that was done a moment ago. `last_ms` is monotonic milliseconds.
pub(crate) async fn measure_in_time(house: &Arc<House>, last_ms: &mut Option<i64>) {
    let now_ms = house.world.monotonic_ms();
    if last_ms.is_some_and(|last_ms| now_ms - last_ms < MEASURE_EVERY_MS) {
        return;
    }
    *last_ms = Some(now_ms);
    let measured = house
        .store
        .read(|tx| Ok::<_, Refusal>((figures(tx)?, health::standings(tx)?)));
    match measured.await {
        Ok((figures, standings)) => {
            for (name, value) in figures {
                metrics::gauge!(name).set(f64::from(i32::try_from(value).unwrap_or(i32::MAX)));
            }
            for (subject, gateway_code, standing) in standings {
                show_health(&subject, gateway_code, standing);
            }
        }
        Err(refusal) => tracing::warn!(event = "not_measured", error = %refusal),
    }
}

fn figures(tx: &mut Tx<'_>) -> Result<[(&'static str, i64); 5], StoreError> {
    let (waiting, oldest_ms) = deliveries::backlog(tx)?;
    let now_ms = store::clock(tx)?;
    let age_ms = oldest_ms.map_or(0, |oldest_ms| now_ms - oldest_ms);
    Ok([
        ("cowry_webhooks_waiting", waiting),
        ("cowry_webhooks_oldest_undelivered_seconds", age_ms / 1_000),
        ("cowry_webhook_places_failing", webhook_lanes::count_failing(tx)?),
        ("cowry_webhook_endpoints_disabled", webhook_endpoints::count_failed(tx)?),
        ("cowry_attention_open", attention::count_open(tx)?),
    ])
}

/// Shows how an account does with a method in a country.
pub(crate) fn show_health(subject: &Subject, gateway_code: String, standing: Standing) {
    let level = match standing {
        Standing::Healthy => 0.0,
        Standing::Degraded => 1.0,
        Standing::Down => 2.0,
    };
    metrics::gauge!("cowry_gateway_health", "gateway" => gateway_code, "account" => subject.account_id.to_string(),
        "method" => subject.method.code(), "country" => subject.country.code())
    .set(level);
}
