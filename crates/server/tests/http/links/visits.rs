//! What visitors of a link see and get.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::{PATH, text};
use crate::app::{App, Reply};

/// A visitor of one link.
pub(super) struct Visitor<'a> {
    app: &'a App,
    pub(super) path: String,
}

impl<'a> Visitor<'a> {
    pub(super) fn of(app: &'a App, link: &Value) -> Self {
        let path = text(link, "url").strip_prefix(&app.url).unwrap().to_owned();
        Self { app, path }
    }

    pub(super) async fn look(&self) -> Reply {
        self.look_in("en").await
    }

    async fn look_in(&self, language: &str) -> Reply {
        let headers = [("Accept-Language", language)];
        self.app.send_bare("GET", &self.path, &headers, b"").await
    }

    pub(super) async fn send(&self, fields: &[(&str, &str)]) -> Reply {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept-Language", "en"),
        ];
        self.app.send_bare("POST", &self.path, &headers, body.as_bytes()).await
    }

    /// Looks, and sends the form that was drawn.
    pub(super) async fn go_on(&self, fields: &[(&str, &str)]) -> Reply {
        let nonce = nonce(&self.look().await);
        self.send(&[&[("form", nonce.as_str())], fields].concat()).await
    }
}

pub(super) fn nonce(page: &Reply) -> String {
    let text = page.text();
    let (_, after) = text
        .split_once(r#"name="form" value=""#)
        .unwrap_or_else(|| panic!("{text}"));
    after.split('"').next().unwrap().to_owned()
}

/// Where an answer leads.
pub(super) fn led(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").unwrap().to_owned()
}

impl App {
    pub(super) async fn checkouts_of(&self, link: &Value) -> Vec<Value> {
        let list = self.get(&format!("{PATH}/{}/checkouts", text(link, "id"))).await.json();
        list["data"].as_array().unwrap().clone()
    }

    pub(super) async fn link_now(&self, link: &Value) -> Value {
        self.get(&format!("{PATH}/{}", text(link, "id"))).await.json()["data"].take()
    }

    /// Pays what a checkout is for.
    pub(super) async fn pay_at(&self, checkout: &Value) {
        let id = text(&checkout["payment"], "id").to_owned();
        let attempt = crate::app::attempt("100");
        let reply = self.post(&format!("/v1/payment/intents/{id}/attempt"), &attempt).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        self.until(&id, |intent| intent["status"] == "completed").await;
    }
}

#[tokio::test]
async fn looking_makes_nothing_and_going_on_makes_a_checkout() {
    let app = App::start().await;
    let link = app
        .link(|body| {
            body["amount"] = json!(5000);
            body["description"] = json!("Tea <b>& more</b>");
            body["metadata"] = json!({"class": "yoga"});
            body["customization"] = json!({"brand": "Studio \"Awa\""});
        })
        .await;
    let visitor = Visitor::of(&app, &link);
    let page = visitor.look().await;
    assert_eq!(page.status, 200, "{}", page.text());
    for expected in [
        "5,000",
        "XOF",
        "Tea &#60;b&#62;&#38; more",
        "Studio &#34;Awa&#34;",
        "Continue to payment",
    ] {
        assert!(page.text().contains(expected), "{expected} in {}", page.text());
    }
    for (header, expected) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(page.header(header), Some(expected));
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(app.checkouts_of(&link).await, Vec::<Value>::new());

    let french = visitor.look_in("fr").await.text();
    assert!(
        french.contains("Prêt à payer") && french.contains(r#"lang="fr""#),
        "{french}"
    );

    let to = led(&visitor.go_on(&[("email", "awa@example.com")]).await);
    let [made] = app.checkouts_of(&link).await.try_into().unwrap();
    assert_eq!(to, text(&made["checkout"], "url").strip_prefix(&app.url).unwrap());
    let payment = &made["payment"];
    assert_eq!(
        (&payment["receipt_email"], &payment["customer"], &payment["metadata"]),
        (&json!("awa@example.com"), &Value::Null, &json!({"class": "yoga"}))
    );
    assert_eq!(payment["amount"]["decimal"], json!("5000"));
    assert_eq!(app.send_bare("GET", &to, &[], b"").await.status, 200);
}

#[tokio::test]
async fn one_form_makes_one_checkout_and_each_visit_its_own() {
    let app = App::start().await;
    let link = app.link(|_| {}).await;
    let visitor = Visitor::of(&app, &link);
    let nonce = nonce(&visitor.look().await);
    let form = [("form", nonce.as_str())];
    let (first, again) = tokio::join!(visitor.send(&form), visitor.send(&form));
    assert_eq!(led(&first), led(&again));
    assert_eq!(app.checkouts_of(&link).await.len(), 1);
    assert_ne!(led(&visitor.go_on(&[]).await), led(&first));
    assert_eq!(app.checkouts_of(&link).await.len(), 2);
    app.pay_at(&app.checkouts_of(&link).await[0]).await;
    let now = app.link_now(&link).await;
    assert_eq!((&now["times_paid"], &now["status"]), (&json!(1), &json!("active")));
}

#[tokio::test]
async fn what_is_written_is_read_and_said_when_it_is_wrong() {
    let app = App::start().await;
    let link = app
        .link(|body| {
            body["amount"] = Value::Null;
            body["amount_min"] = json!(500);
            body["amount_max"] = json!(20_000);
            body["receipt"] = json!("required");
        })
        .await;
    let visitor = Visitor::of(&app, &link);
    let page = visitor.look().await.text();
    assert!(page.contains("From 500\u{a0}XOF to 20,000\u{a0}XOF."), "{page}");
    for (amount, email, expected) in [
        ("", "a@example.com", "Please write an amount."),
        ("lots", "a@example.com", "does not look right"),
        ("499", "a@example.com", "500\u{a0}XOF or more"),
        ("20001", "a@example.com", "20,000\u{a0}XOF or less"),
        ("1 500", "", "Please write your e-mail address."),
        ("1 500", "a@b", "This address does not look right."),
    ] {
        let reply = visitor.go_on(&[("amount", amount), ("email", email)]).await;
        assert_eq!(reply.status, 422, "{amount} {email}");
        assert!(reply.text().contains(expected), "{expected} in {}", reply.text());
        assert!(reply.text().contains(r#"aria-invalid="true""#));
    }
    assert_eq!(app.checkouts_of(&link).await, Vec::<Value>::new());
    led(&visitor.go_on(&[("amount", "1 500"), ("email", "a@example.com")]).await);
    let [made] = app.checkouts_of(&link).await.try_into().unwrap();
    assert_eq!(made["payment"]["amount"]["decimal"], json!("1500"));
}

#[tokio::test]
async fn a_fixed_amount_and_a_foreign_page_change_nothing() {
    let app = App::start().await;
    let link = app.link(|body| body["receipt"] = json!("off")).await;
    let visitor = Visitor::of(&app, &link);
    led(&visitor.go_on(&[("amount", "1"), ("email", "not an address")]).await);
    let [made] = app.checkouts_of(&link).await.try_into().unwrap();
    assert_eq!(
        (&made["payment"]["amount"]["decimal"], &made["payment"]["receipt_email"]),
        (&json!("50"), &Value::Null)
    );
    let foreign = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")];
    let reply = app.send_bare("POST", &visitor.path, &foreign, b"form=1").await;
    assert_eq!(reply.status, 403);
    assert_eq!(app.checkouts_of(&link).await.len(), 1);
}

#[tokio::test]
async fn a_link_of_single_use_has_one_checkout_at_a_time_and_is_paid_once() {
    let app = App::start().await;
    let link = app.link(|body| body["usage"] = json!("single")).await;
    let visitor = Visitor::of(&app, &link);
    let nonces = [nonce(&visitor.look().await), nonce(&visitor.look().await)];
    let first = led(&visitor.send(&[("form", &nonces[0])]).await);
    assert_eq!(led(&visitor.send(&[("form", &nonces[1])]).await), first);
    assert_eq!(led(&visitor.look().await), first);
    let [made] = app.checkouts_of(&link).await.try_into().unwrap();
    let cancel = format!("/v1/payment/intents/{}/cancel", text(&made["payment"], "id"));
    assert_eq!(app.post(&cancel, &json!({})).await.status, 200);

    let second = led(&visitor.go_on(&[]).await);
    assert_ne!(second, first);
    app.pay_at(&app.checkouts_of(&link).await[0]).await;
    let page = visitor.look().await;
    assert!(page.text().contains("Already paid"), "{}", page.text());
    assert_eq!(led(&visitor.send(&[("form", &nonces[1])]).await), visitor.path);
    let now = app.link_now(&link).await;
    assert_eq!((&now["times_paid"], &now["status"]), (&json!(1), &json!("paid")));
    assert_eq!(app.checkouts_of(&link).await.len(), 2);
}

#[tokio::test]
async fn a_link_that_is_off_or_over_says_so() {
    let app = App::start().await;
    let link = app.link(|_| {}).await;
    let visitor = Visitor::of(&app, &link);
    let nonce = nonce(&visitor.look().await);
    app.patch(&format!("{PATH}/{}", text(&link, "id")), &json!({"active": false}))
        .await;
    assert_eq!(led(&visitor.send(&[("form", &nonce)]).await), visitor.path);
    assert!(visitor.look().await.text().contains("This link is not in use"));

    let soon = app.engine.now_ms() / 1_000 + 2;
    let soon = jiff::Timestamp::from_second(soon).unwrap().to_string();
    let short = app.link(|body| body["expires_at"] = json!(soon)).await;
    let visitor = Visitor::of(&app, &short);
    let begun = Instant::now();
    while !visitor.look().await.text().contains("no longer valid") {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(app.link_now(&short).await["status"], json!("expired"));
    // Whoever reads this may have paid through it, or may be charged still.
    for (language, nothing) in [("en", "Nothing was taken"), ("fr", "Rien n’a été prélevé")] {
        let page = visitor.look_in(language).await.text();
        assert!(
            page.contains("data-screen=\"link-closed\"") && !page.contains(nothing),
            "{page}"
        );
    }
    for wrong in ["/l/", "/l/x", "/l/kX0nVb3vJYl2mQe5sT8wRz1a"] {
        let page = app.send_bare("GET", wrong, &[], b"").await;
        assert_eq!(page.status, 404, "{wrong}");
    }
}
