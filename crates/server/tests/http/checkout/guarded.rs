//! What protects a payer: headers, tokens, forms of other sites, text that is no markup, and the stream of a page.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::screen_of;
use crate::app::App;

#[tokio::test]
async fn every_page_is_protected() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    for path in [session.path.as_str(), "/c/nothing", "/pay/nothing"] {
        let page = app.page(path).await;
        let policy = page.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{part}");
        }
        assert!(!policy.contains("unsafe"));
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex, nofollow"),
        ] {
            assert_eq!(page.header(name), Some(value), "{path} {name}");
        }
        let text = page.text();
        assert!(!text.contains("<style") && !text.contains(" style=") && !text.contains("<script>"));
    }
}

#[tokio::test]
async fn nothing_is_behind_a_wrong_token_but_a_page_that_says_so() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    let mut other = session.path.clone();
    let last = other.pop().unwrap();
    other.push(if last == 'A' { 'B' } else { 'A' });
    for path in [other.as_str(), "/c/x", "/c/%00", "/c/%C3%A9", "/pay/x"] {
        let page = app.page(path).await;
        assert_eq!((page.status, screen_of(&page.text())), (404, "not-found"), "{path}");
        let sent = app.fill_in(path, &[("step", "pay"), ("form", "0")]).await;
        assert_eq!((sent.status, screen_of(&sent.text())), (404, "not-found"), "{path}");
        assert_eq!(app.page(&format!("{path}/events")).await.status, 404);
    }
    let french = app
        .send_bare("GET", "/c/x", &[("Accept-Language", "fr")], b"")
        .await
        .text();
    assert!(french.contains("Il n’y a pas de paiement ici"));
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    let fields = [
        ("step", "pay"),
        ("form", "0"),
        ("country", "CI"),
        ("phone", "0500000100"),
        ("method", "momo_mtn"),
    ];
    for header in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
    ] {
        let refused = app.fill_in_from(&session.path, &[header], &fields).await;
        assert_eq!((refused.status, screen_of(&refused.text())), (403, "forbidden"));
    }
    assert!(app.attempts(&session).await.is_empty());
    let ours = [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")];
    let taken = app.fill_in_from(&session.path, &ours, &fields).await;
    assert_eq!(taken.status, 303);
}

#[tokio::test]
async fn what_people_write_is_never_markup() {
    let app = App::start().await;
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let session = app
        .session(|body| {
            body["description"] = json!(evil);
            body["customization"]["brand"] = json!("<b onclick=x>A</b>");
            body["metadata"] = json!({"note": evil});
            body["return_url"] = json!("https://shop.example/\"><script>alert(1)</script>");
        })
        .await;
    let fields = [
        ("step", "pay"),
        ("form", "0"),
        ("phone", "\"><script>x"),
        ("country", "CI"),
        ("method", evil),
    ];
    let again = app.fill_in(&session.path, &fields).await.text();
    let pages = [
        app.page(&session.path).await.text(),
        app.page(&format!(
            "{}?lang=%22%3E%3Cscript%3E&country=%3Cb%3E&note=%3Cb%3E",
            session.path
        ))
        .await
        .text(),
        again,
        {
            app.pay_by(&session, "100", "0").await;
            app.until_screen(&session.path, "paid").await
        },
    ];
    for page in pages {
        for markup in ["<script>", "<img", "onclick=x>A</b>"] {
            assert!(!page.contains(markup), "{markup} in {page}");
        }
    }
}

#[tokio::test]
async fn what_the_pages_are_made_of_may_be_kept_for_ever() {
    let app = App::start().await;
    let session = app
        .session(|body| body["customization"] = json!({"color": "#FC0"}))
        .await;
    let page = app.page(&session.path).await;
    let text = page.text();
    let addresses: Vec<&str> = text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert_eq!(addresses.len(), 4, "{addresses:?}");
    let mut bytes = packed(&app, &session.path).await;
    assert!(bytes < 14_000, "{bytes} bytes of the page");
    for address in addresses {
        let asset = app.page(address).await;
        assert_eq!(asset.status, 200, "{address}");
        assert!(asset.header("cache-control").unwrap().contains("immutable"));
        bytes += packed(&app, address).await;
        let plain = asset.body.len();
        assert!(!address.ends_with(".js") || plain <= 4_096, "{plain} bytes of script");
    }
    assert!(bytes < 30_000, "{bytes} bytes of everything");
    for wrong in [
        "/assets/checkout.css",
        "/assets/brand/zzzzzz.1.css",
        "/assets/brand/FFCC00.1.css",
    ] {
        assert_eq!(app.page(wrong).await.status, 404, "{wrong}");
    }
}

/// Bytes on the way to a browser.
async fn packed(app: &App, path: &str) -> usize {
    let reply = app
        .send_bare("GET", path, &[("Accept-Encoding", "gzip, br")], b"")
        .await;
    assert_eq!(reply.status, 200);
    reply.head.len() + reply.body.len()
}

#[tokio::test]
async fn a_page_is_told_when_its_payment_moves() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    let mut stream = app.connect().await;
    let request = format!(
        "GET {}/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        session.path
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut heard = String::new();
    let mut chunk = [0; 4096];
    let mut paid = false;
    while !heard.contains("data: paid-") {
        let count = stream.read(&mut chunk).await.unwrap();
        assert!(count > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&chunk[..count]));
        if heard.contains("data: choosing-0-0") && !paid {
            paid = true;
            app.pay_by(&session, "100", "0").await;
        }
    }
    assert!(heard.contains("text/event-stream") && !heard.contains("content-encoding"));
    // There is nothing more to tell: the stream ends, and another one is not begun.
    while stream.read(&mut chunk).await.unwrap() > 0 {}
    assert_eq!(app.page(&format!("{}/events", session.path)).await.status, 204);
}
