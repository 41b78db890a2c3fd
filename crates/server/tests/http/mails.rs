//! Receipts by e-mail: sent once by a mail server, or kept where a sandbox knows none.

mod refusals;

use std::time::{Duration, Instant};

use engine::admin::{Actor, KeyOrder};
use engine::domain::ids::{IntentId, MailId};
use engine::domain::mail::MailState;
use engine::domain::scope::{ApiFamily, Environment, Scope};
use engine::mail::{Postman, SandboxMails, Security, SmtpSettings};
use engine::store::mails::{self, Mail};
use serde_json::{Value, json};

use crate::app::{App, Setting, admin, attempt, order};
use crate::post_office::{Manner, PostOffice};

const ADDRESS: &str = "awa@example.com";
const PATIENCE: Duration = Duration::from_secs(40);

fn postman(port: u16, security: Security) -> Postman {
    Postman::new(settings(port, security)).unwrap()
}

fn settings(port: u16, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        security,
        credentials: None,
        from: "Chez Awa <receipts@shop.example>".to_owned(),
        sandbox: SandboxMails::Send,
    }
}

/// A server that sends its mails to this port.
async fn app_with(port: u16) -> App {
    App::start_as(Setting {
        postman: Some(postman(port, Security::None)),
        ..Setting::default()
    })
    .await
}

fn paid_order(digits: &str) -> Value {
    let mut order = order();
    order["receipt_email"] = json!(ADDRESS);
    order["attempt"] = attempt(digits);
    order
}

async fn pay(app: &App, order: &Value) -> IntentId {
    let reply = app.post("/v1/payment/intents", order).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let id = reply.json()["data"]["id"].as_str().unwrap().to_owned();
    app.until(&id, |intent| intent["status"] == "completed").await;
    IntentId::from_public(&id).unwrap()
}

/// The receipt of a payment once it is as wanted.
async fn receipt(app: &App, id: IntentId, wanted: impl Fn(&Mail) -> bool) -> Mail {
    let (scope, begun) = (app.scope, Instant::now());
    loop {
        let found = app
            .engine
            .store()
            .read(move |tx| mails::of_intent(tx, &scope, id))
            .await;
        let found = found.unwrap();
        assert!(found.len() <= 1);
        if let Some(mail) = found.into_iter().next().filter(&wanted) {
            return mail;
        }
        assert!(begun.elapsed() < PATIENCE, "not as wanted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Lets pass the time until every mail is due.
async fn wait_is_over(app: &App) {
    let write = app.engine.store().write(|tx| {
        tx.sql("UPDATE mails SET due_at = 0 WHERE state = 'waiting' AND lease_until IS NULL")
            .execute()
    });
    assert_eq!(write.await.unwrap(), 1);
}

#[tokio::test]
async fn a_completed_payment_sends_one_mail_in_two_parts() {
    let office = PostOffice::open(Manner::Take).await;
    let app = app_with(office.port).await;
    // The operator says it five times.
    let id = pay(&app, &paid_order("141")).await;
    let mail = office.until(1).await.remove(0);
    assert_eq!(mail.to, ADDRESS);
    assert_eq!(mail.header("to").unwrap(), ADDRESS);
    assert_eq!(mail.header("from").unwrap(), "\"Chez Awa\" <receipts@shop.example>");
    // Payers of Côte d'Ivoire are written to in French while nobody knows their own language.
    let subject = mail.header("subject").unwrap();
    assert!(
        subject.starts_with("[Test] Reçu de ") && subject.ends_with(": 50\u{a0}XOF"),
        "{subject}"
    );
    let sent = receipt(&app, id, |mail| mail.state == MailState::Sent).await;
    assert_eq!(
        mail.header("message-id").unwrap(),
        format!("<{}@shop.example>", sent.id)
    );
    for part in [mail.part("text/plain"), mail.part("text/html")] {
        for expected in [
            "50\u{a0}XOF",
            "Order 1024",
            "MTN",
            "•••••141",
            "UTC",
            "Aucun argent",
            &id.to_string(),
        ] {
            assert!(part.contains(expected), "{expected} is not in {part}");
        }
        assert!(!part.contains("0700000141") && !part.contains("http"), "{part}");
    }
    assert!(mail.part("text/html").contains("<html lang=\"fr\">"));

    let without = pay(
        &app,
        &json!({"receipt_email": null, "attempt": attempt("100"),
        "amount": 50, "currency": "XOF", "description": "x", "customer": {"email": "a@example.com"}}),
    )
    .await;
    pay(&app, &paid_order("100")).await;
    assert_eq!(office.until(2).await.len(), 2, "nobody asked for one of {without}");
}

#[tokio::test]
async fn the_payers_own_language_and_the_brand_of_the_page_count() {
    let office = PostOffice::open(Manner::Take).await;
    let app = app_with(office.port).await;
    let mut checkout = order();
    checkout["receipt_email"] = json!(ADDRESS);
    checkout["locale"] = json!("en");
    checkout["customization"] = json!({"brand": "Awa & <Sons>"});
    checkout["description"] = json!("Order 1\r\nBcc: all@example.com\r\n.\r\nRSET\r\n<script>x</script>");
    let made = app.post("/v1/payment/checkouts", &checkout).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["data"]["payment"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/payment/intents/{id}/attempt");
    assert_eq!(app.post(&path, &attempt("100")).await.status, 201);
    let mail = office.until(1).await.remove(0);
    let subject = mail.header("subject").unwrap();
    assert_eq!(subject, "[Test] Receipt from Awa & <Sons>: 50\u{a0}XOF");
    assert!(!mail.headers().contains(&"bcc".to_owned()) && !office.said().contains(&"RSET".to_owned()));
    let (text, html) = (mail.part("text/plain"), mail.part("text/html"));
    assert!(
        text.contains("For: Order 1  Bcc: all@example.com  .  RSET  <script>x</script>\n"),
        "{text}"
    );
    assert!(
        html.contains("No money was moved") && !html.contains("<script>") && !html.contains("<Sons>"),
        "{html}"
    );
}

#[tokio::test]
async fn one_address_is_sent_five_receipts_of_a_sandbox_in_a_day() {
    let office = PostOffice::open(Manner::Take).await;
    let app = app_with(office.port).await;
    for _ in 0..5 {
        pay(&app, &paid_order("100")).await;
    }
    assert_eq!(office.until(5).await.len(), 5);
    let mut order = paid_order("100");
    order["receipt_email"] = json!("AWA@example.com");
    let id = pay(&app, &order).await;
    let mail = receipt(&app, id, |mail| mail.state == MailState::GivenUp).await;
    assert_eq!((mail.tries, mail.due_at_ms), (0, None));
    assert!(mail.last_failure.unwrap().contains("too many"));
    order["receipt_email"] = json!("kofi@example.com");
    pay(&app, &order).await;
    let sent = office.until(6).await;
    assert_eq!(sent.last().unwrap().to, "kofi@example.com", "others are sent theirs");
}

#[tokio::test]
async fn a_sandbox_without_a_mail_server_shows_its_mails() {
    let app = App::start().await;
    let show = async |path: &str| app.send_bare("GET", path, &[], b"").await;
    let empty = show("/sandbox/mails").await;
    assert!(
        empty.status == 200 && empty.text().contains("There is none yet"),
        "{}",
        empty.text()
    );
    let id = pay(&app, &paid_order("100")).await;
    let kept = receipt(&app, id, |mail| mail.state == MailState::Kept).await;
    let path = format!("/sandbox/mails/{}", kept.id);

    let list = show("/sandbox/mails").await;
    assert!(
        list.text().contains(&path) && list.text().contains(ADDRESS),
        "{}",
        list.text()
    );
    assert!(
        list.header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    let page = show(&path).await.text();
    assert!(
        page.contains("Reçu de") && page.contains(&format!("src=\"{path}/html\"")),
        "{page}"
    );
    assert!(
        show(&format!("{path}?part=text"))
            .await
            .text()
            .contains("Objet\u{a0}: Order 1024")
    );
    let frame = show(&format!("{path}/html")).await;
    assert!(frame.header("content-security-policy").unwrap().ends_with("sandbox"));
    assert!(frame.text().contains("<html lang=\"fr\">") && frame.text().contains("Aucun argent"));
    let unknown = MailId::new(0, 7).to_string();
    for wrong in [
        "/sandbox/mails?before=x",
        "/sandbox/mails/x",
        &format!("/sandbox/mails/{unknown}"),
    ] {
        assert_eq!(show(wrong).await.status, 404, "{wrong}");
    }

    for _ in 0..50 {
        assert_eq!(app.post("/v1/payment/intents", &paid_order("100")).await.status, 201);
    }
    app.until_kept(51).await;
    let first = show("/sandbox/mails").await.text();
    assert!(!first.contains(&path), "fifty are newer");
    let next = first
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let second = show(next).await.text();
    assert!(second.contains(&path) && !second.contains("rel=\"next\""), "{second}");

    app.live_key().await;
    for path in ["/sandbox/mails", &path, &format!("{path}/html")] {
        assert_eq!(show(path).await.status, 404, "real money moves here: {path}");
    }
}

#[tokio::test]
async fn a_sandbox_sends_nobody_a_mail_unless_it_is_told_to() {
    let office = PostOffice::open(Manner::Take).await;
    let careful = SmtpSettings {
        sandbox: SandboxMails::default(),
        ..settings(office.port, Security::None)
    };
    let app = App::start_as(Setting {
        postman: Some(Postman::new(careful).unwrap()),
        ..Setting::default()
    })
    .await;
    let id = pay(&app, &paid_order("100")).await;
    let mail = receipt(&app, id, |mail| mail.state == MailState::Kept).await;
    let shown = app
        .send_bare("GET", &format!("/sandbox/mails/{}", mail.id), &[], b"")
        .await;
    assert_eq!((shown.status, office.visits()), (200, 0));
}

#[tokio::test]
async fn mails_that_are_sent_are_not_shown() {
    let office = PostOffice::open(Manner::Take).await;
    let app = app_with(office.port).await;
    let id = pay(&app, &paid_order("100")).await;
    let mail = receipt(&app, id, |mail| mail.state == MailState::Sent).await;
    for path in ["/sandbox/mails".to_owned(), format!("/sandbox/mails/{}", mail.id)] {
        assert_eq!(app.send_bare("GET", &path, &[], b"").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn nothing_is_shown_where_real_money_moved_once() {
    let app = App::start().await;
    let status = async || app.send_bare("GET", "/sandbox/mails", &[], b"").await.status;
    assert_eq!(status().await, 200);
    app.live_key().await;
    app.revoke_keys(Environment::Live).await;
    assert_eq!(status().await, 404);
}

impl App {
    /// Waits until so many mails are kept.
    async fn until_kept(&self, wanted: usize) {
        let begun = Instant::now();
        while self.engine.kept_mails(None, 99).await.unwrap().unwrap().len() < wanted {
            assert!(begun.elapsed() < PATIENCE, "fewer than {wanted}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn revoke_keys(&self, environment: Environment) {
        let project_id = self.scope.project_id;
        let revoke = self.engine.store().write(move |tx| {
            tx.sql("UPDATE api_keys SET revoked_at = 1 WHERE project_id = ?1 AND environment = ?2")
                .bind(project_id)
                .bind(environment)
                .execute()
        });
        assert_eq!(revoke.await.unwrap(), 1);
        assert!(!self.engine.has_live_keys().await.unwrap());
    }

    async fn live_key(&self) {
        let scope = Scope {
            environment: Environment::Live,
            ..self.scope
        };
        self.engine.open_live(&Actor::System, self.scope).await.unwrap();
        let order = KeyOrder {
            scope,
            family: ApiFamily::Payment,
            name: "live".to_owned(),
            rights: None,
            expires_at_ms: None,
        };
        self.engine.create_api_key(&admin(), order).await.unwrap();
    }
}
