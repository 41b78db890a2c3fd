//! Limits of live keys of the payment API, behind the real router: reads and writes are counted apart, and a sandbox key is
//! not counted at all.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use engine::admin::{Actor, KeyOrder};
use engine::domain::scope::{ApiFamily, Environment, Scope};
use server::{Config, RateLimits, Rates, Router};
use tower::Service;

use crate::app::{App, admin};

/// How many of `times` requests got which status, and what the last was told of waiting.
async fn statuses(
    router: &mut Router,
    key: &str,
    (method, path): (&str, &str),
    times: u32,
) -> (BTreeMap<u16, u32>, Option<String>) {
    let (mut counted, mut wait) = (BTreeMap::new(), None);
    for _ in 0..times {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", format!("Bearer {key}"))
            .body(Body::empty());
        let answer = router.call(request.unwrap()).await.unwrap();
        *counted.entry(answer.status().as_u16()).or_insert(0) += 1;
        wait = answer
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap().to_owned());
    }
    (counted, wait)
}

#[tokio::test]
async fn a_live_key_has_its_burst_of_reads_and_of_writes_and_a_sandbox_key_no_limit() {
    let app = App::start().await;
    app.engine.open_live(&Actor::System, app.scope).await.unwrap();
    let order = KeyOrder {
        scope: Scope {
            environment: Environment::Live,
            ..app.scope
        },
        family: ApiFamily::Payment,
        name: "live".to_owned(),
        rights: None,
        expires_at_ms: None,
    };
    let live = app.engine.create_api_key(&admin(), order).await.unwrap().1.text;
    // One a second is slow enough for a test to spend what there is.
    let config = Config {
        public_url: app.url.clone(),
        simulator_url: None,
        rate_limits: RateLimits::Default,
        trusted_proxies: server::TrustedProxies::default(),
        rates: Rates {
            reads_per_second: 1,
            writes_per_second: 1,
            money_out_per_second: 1,
            burst_seconds: 60,
            ..Rates::default()
        },
    };
    let mut router = server::router(app.engine.clone(), config);
    let (read, write) = (("GET", "/v1/payment/intents"), ("POST", "/v1/payment/intents"));
    let (reads, wait) = statuses(&mut router, &live, read, 90).await;
    assert!((60..80).contains(&reads[&200]), "{reads:?}");
    assert_eq!((reads[&429], wait.as_deref()), (90 - reads[&200], Some("1")));
    let (writes, _) = statuses(&mut router, &live, write, 40).await;
    assert_eq!(writes, BTreeMap::from([(422, 40)]), "reads were spent, writes were not");
    let sandbox = app.keys.payment.text.clone();
    let (free, _) = statuses(&mut router, &sandbox, read, 90).await;
    assert_eq!(free, BTreeMap::from([(200, 90)]));
}
