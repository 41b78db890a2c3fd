//! The way to the sandbox phone.

use server::{Config, RateLimits, Rates};

use crate::app::{App, Reply};

#[tokio::test]
async fn the_phone_is_at_the_simulator_and_the_query_goes_along() {
    let app = App::start().await;
    let led = app
        .send_bare("GET", "/sandbox/phone?number=%2B2250500000001&lang=fr", &[], b"")
        .await;
    assert_eq!(led.status, 303);
    let phone = led.header("location").unwrap();
    assert!(
        phone.ends_with("/phone?number=%2B2250500000001&lang=fr") && !phone.starts_with(&app.url),
        "{phone}"
    );
    let led = app.send_bare("GET", "/sandbox/phone", &[], b"").await;
    assert!(led.header("location").unwrap().ends_with("/phone"));
}

#[tokio::test]
async fn without_a_simulator_there_is_a_page_that_says_so() {
    let app = App::start().await;
    let config = Config {
        public_url: app.url.clone(),
        simulator_url: None,
        rate_limits: RateLimits::Default,
        rates: Rates::default(),
        trusted_proxies: server::TrustedProxies::default(),
    };
    let router = server::router(app.engine.clone(), config);
    for (language, text) in [("en", "No sandbox phone"), ("fr-CI", "Pas de téléphone")] {
        let (mut ours, theirs) = tokio::io::duplex(64 * 1024);
        let serving = tokio::spawn(server::converse(theirs, router.clone()));
        let request = format!(
            "GET /sandbox/phone HTTP/1.1\r\nHost: x\r\nAccept-Language: {language}\r\nConnection: close\r\n\r\n"
        );
        let mut answer = Vec::new();
        tokio::io::AsyncWriteExt::write_all(&mut ours, request.as_bytes())
            .await
            .unwrap();
        tokio::io::AsyncReadExt::read_to_end(&mut ours, &mut answer)
            .await
            .unwrap();
        let reply = Reply::read(&answer);
        assert!(reply.status == 404 && reply.text().contains(text), "{}", reply.text());
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
        serving.abort();
    }
}
