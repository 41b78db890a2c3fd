//! The version that a request asks for, and the one that answers name.

use crate::app::{App, order};

const CREATE: &str = "/v1/payment/intents";

#[tokio::test]
async fn a_version_that_does_not_exist_is_refused_before_anything_is_done() {
    let app = App::start().await;
    let body = order().to_string();
    let unknown = app
        .send("POST", CREATE, &[("Cowry-Version", "2031-01-01")], body.as_bytes())
        .await;
    assert_eq!(unknown.fields(), ["Cowry-Version"]);
    assert_eq!(app.get(CREATE).await.json()["pagination"]["count"], 0);
    let known = app
        .send("POST", CREATE, &[("Cowry-Version", "v1")], body.as_bytes())
        .await;
    assert_eq!((known.status, known.header("cowry-version")), (201, Some("v1")));
    assert_eq!(app.get(CREATE).await.header("cowry-version"), Some("v1"));
}
