//! Pages for people and machines: health, metrics, icons, the reference.

use crate::app::App;

#[tokio::test]
async fn health_readiness_and_metrics() {
    let app = App::start().await;
    assert_eq!(app.get("/healthz").await.status, 200);
    assert_eq!(app.get("/readyz").await.status, 200);
    app.get("/v1/payment/intents/TRX01KTKHN7G004HMASW9NF6YY093").await;
    let metrics = app.get("/metrics").await.text();
    assert!(metrics.contains("http_requests_total{"), "{metrics}");
    assert!(metrics.contains("route=\"/v1/payment/intents/{id}\""), "{metrics}");
    assert!(metrics.contains("http_request_duration_seconds_bucket{"), "{metrics}");
    assert!(!metrics.contains("TRX01"));
}

#[tokio::test]
async fn the_reference_is_served_and_leads_nowhere_else() {
    let app = App::start().await;
    let document = app.get("/openapi.json").await.json();
    assert_eq!(document["servers"][0]["url"], app.url);
    for path in ["/", "/docs"] {
        let page = app.send_bare("GET", path, &[], b"").await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, Some("text/html; charset=utf-8"))
        );
        assert!(
            page.header("content-security-policy")
                .unwrap()
                .starts_with("default-src 'none'")
        );
        assert!(!page.text().contains("src=\"http") && !page.text().contains("<link"));
    }
    let page = app.get("/docs").await.text();
    for text in [
        "create_payment_intent",
        "curl -X POST",
        "/docs/errors/attempt_in_progress",
        "Authorization: Bearer",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let (first, last) = (
        page.find("id=\"create_payment_intent\""),
        page.find("id=\"create_project\""),
    );
    assert!(first.is_some() && first < last, "administration comes last");
    let change = page.split("curl -X PATCH").nth(1).unwrap();
    assert!(change[..300].contains("Idempotency-Key"), "{}", &change[..300]);
    let refused = app.send_bare("GET", "/v1/payment/intents", &[], b"").await.json();
    let help = refused["doc_url"]
        .as_str()
        .unwrap()
        .strip_prefix(&app.url)
        .unwrap()
        .to_owned();
    let help = app.send_bare("GET", &help, &[], b"").await;
    assert!(help.status == 200 && help.text().contains("unauthenticated"));
    assert_eq!(app.get("/docs/errors/nothing").await.refused(404), "not_found");
}

#[tokio::test]
async fn icons_of_methods() {
    let app = App::start().await;
    for code in ["momo_mtn", "wallet_wave", "card", "momo_e_money"] {
        let icon = app.send_bare("GET", &format!("/icons/{code}.svg"), &[], b"").await;
        assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/svg+xml")));
        assert!(icon.text().starts_with("<svg"));
    }
    assert_eq!(app.get("/icons/momo_mars.svg").await.refused(404), "not_found");
    assert_eq!(app.get("/icons/card.png").await.refused(404), "not_found");
}
