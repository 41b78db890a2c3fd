//! Our own page of a payment: the payer's code, the code to scan, and how it stands.

use serde_json::json;

use super::{by_phone, id_of, sale};
use crate::app::{App, Reply};

async fn page_of(app: &App, digits: &str) -> (String, String) {
    let id = id_of(&app.made(&sale()).await);
    let confirmed = app
        .ask("POST", &format!("/{id}/confirm"), &by_phone(digits))
        .await
        .json();
    let url = confirmed["next_action"]["redirect_to_url"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = url.strip_prefix(&app.url).unwrap().to_owned();
    (id, path)
}

async fn give(app: &App, path: &str, code: &str) -> Reply {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    app.send_bare("POST", path, &headers, format!("step=code&code={code}").as_bytes())
        .await
}

#[tokio::test]
async fn the_payer_hands_over_a_code_without_a_script() {
    let app = App::start().await;
    let (id, path) = page_of(&app, "120").await;
    let page = app.send_bare("GET", &path, &[], b"").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(page.text().contains("name=\"code\"") && !page.text().contains("other=1"));
    assert!(page.text().len() < 14_000);
    let wrong = give(&app, &path, "000000").await;
    assert_eq!((wrong.status, wrong.header("location")), (303, Some(path.as_str())));
    let french = app
        .send_bare("GET", &path, &[("Accept-Language", "fr-CI")], b"")
        .await
        .text();
    assert!(
        french.contains("lang=\"fr\"") && french.contains("pas le bon"),
        "{french}"
    );
    // Nothing is begun on this page.
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let begun = app
        .send_bare("POST", &path, &headers, b"step=pay&form=1&country=CI")
        .await;
    assert_eq!((begun.status, begun.header("location")), (303, Some(path.as_str())));
    assert_eq!(give(&app, &path, "123%20456").await.status, 303);
    app.until_named(&id, "succeeded").await;
    let paid = app.send_bare("GET", &path, &[], b"").await.text();
    assert!(paid.contains("Paid") && !paid.contains("name=\"code\""));
}

#[tokio::test]
async fn a_code_to_scan_is_shown() {
    let app = App::start().await;
    let (_, path) = page_of(&app, "122").await;
    let page = app.send_bare("GET", &path, &[], b"").await.text();
    assert!(page.contains("<svg") && page.contains("<noscript><meta"));
}

#[tokio::test]
async fn nobody_guesses_a_page() {
    let app = App::start().await;
    let (_, path) = page_of(&app, "120").await;
    let mut other = path.clone();
    let last = other.pop().unwrap();
    other.push(if last == 'A' { 'B' } else { 'A' });
    for wrong in [
        other.as_str(),
        &path[..path.len() - 1],
        "/pay/x",
        "/pay/%00",
        "/pay/%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9",
    ] {
        assert_eq!(app.send_bare("GET", wrong, &[], b"").await.status, 404, "{wrong}");
        assert_eq!(give(&app, wrong, "123456").await.status, 404, "{wrong}");
    }
    let unpaid = app
        .made(&json!({"amount": 5, "currency": "XOF", "transaction_country": "CI"}))
        .await;
    assert_eq!(unpaid["status"], "requires_payment_method");
}
