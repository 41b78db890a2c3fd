//! Whatever is sent, however often: one charge.

use serde_json::json;

use super::{leads_to, screen_of};
use crate::app::App;

impl App {
    /// What the operators took for the payment of a session.
    async fn charges(&self, session: &super::Session) -> usize {
        let mut charges = 0;
        for attempt in self.attempts(session).await {
            let reference = attempt["gateway"]["transaction"]["reference"].as_str();
            if let Some(reference) = reference {
                charges += self.ledger(reference).await.len();
            }
        }
        charges
    }
}

#[tokio::test]
async fn a_form_sent_twice_and_the_back_button_pay_once() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    leads_to(&app.pay_by(&session, "100", "0").await, &session.path);
    let gone_on = format!("{}?note=gone-on", session.path);
    leads_to(&app.pay_by(&session, "100", "0").await, &gone_on);
    app.until_screen(&session.path, "paid").await;
    // The page before, with another number.
    leads_to(&app.pay_by(&session, "199", "0").await, &gone_on);
    leads_to(&app.pay_by(&session, "199", "1").await, &session.path);
    assert_eq!(
        (app.attempts(&session).await.len(), app.charges(&session).await),
        (1, 1)
    );
}

#[tokio::test]
async fn fifty_forms_at_once_make_one_charge() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    let mut all = tokio::task::JoinSet::new();
    let path = session.path.clone();
    for _ in 0..50 {
        let (address, path) = (app.url.trim_start_matches("http://").to_owned(), path.clone());
        all.spawn(async move { once(&address, &path).await });
    }
    while let Some(status) = all.join_next().await {
        assert_eq!(status.unwrap(), 303);
    }
    app.until_screen(&session.path, "paid").await;
    assert_eq!(
        (app.attempts(&session).await.len(), app.charges(&session).await),
        (1, 1)
    );
}

async fn once(address: &str, path: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let body = "step=pay&form=0&country=CI&phone=0500000100&method=momo_mtn";
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    crate::app::Reply::read(&answer).status
}

#[tokio::test]
async fn while_a_prompt_may_be_paid_no_other_is_sent() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    app.pay_by(&session, "114", "0").await;
    let still = format!("{}?note=still-payable", session.path);
    leads_to(&app.pay_by(&session, "100", "1").await, &still);
    let text = app.page(&still).await.text();
    assert!(text.contains("Your first request may still be paid"), "{text}");
    assert_eq!(app.attempts(&session).await.len(), 1);
}

#[tokio::test]
async fn a_note_is_said_only_while_it_is_true() {
    const STILL: &str = "may still be paid";
    const SECOND: &str = "nothing was sent a second time";
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    let in_ivory_coast = |note: &str| format!("{}?country=CI&note={note}", session.path);
    let (still, gone_on) = (in_ivory_coast("still-payable"), in_ivory_coast("gone-on"));
    leads_to(&app.pay_by(&session, "110", "0").await, &session.path);
    let declined = app.until_screen(&still, "retry").await;
    assert!(
        declined.contains("You declined") && !declined.contains(STILL),
        "{declined}"
    );
    assert!(app.page(&gone_on).await.text().contains(SECOND));
    leads_to(&app.pay_by(&session, "100", "1").await, &session.path);
    let paid = app.until_screen(&gone_on, "paid").await;
    assert!(!paid.contains(SECOND), "{paid}");

    let ended = app.session(|_| {}).await;
    let cancel = format!("/v1/payment/intents/{}/cancel", ended.intent);
    assert_eq!(app.post(&cancel, &json!({})).await.status, 200);
    for (note, said) in [("still-payable", STILL), ("gone-on", SECOND)] {
        let text = app.page(&format!("{}?note={note}", ended.path)).await.text();
        assert!(screen_of(&text) == "cancelled" && !text.contains(said), "{text}");
    }
}

#[tokio::test]
async fn what_the_merchant_fixed_stays_fixed() {
    let app = App::start().await;
    let session = app
        .session(|body| {
            body["restriction"] = json!({"country_code": "CI", "phone": {"number": "0500000100", "country": "CI"}});
        })
        .await;
    let text = app.page(&format!("{}?country=SN", session.path)).await.text();
    assert!(text.contains("+225•••••100") && !text.contains("name=\"phone\"") && !text.contains("<select"));
    assert!(!text.contains("value=\"card\""), "a card is nobody's number");
    let mut fields = [
        ("step", "pay"),
        ("form", "0"),
        ("country", "SN"),
        ("phone", "+221770000111"),
        ("method", "momo_mtn"),
    ];
    let elsewhere = app.fill_in(&session.path, &fields).await;
    assert_eq!((elsewhere.status, app.attempts(&session).await.len()), (422, 0));
    fields[2].1 = "CI";
    fields[4].1 = "card";
    assert_eq!(app.fill_in(&session.path, &fields).await.header("location"), None);
    fields[4].1 = "momo_mtn";
    leads_to(&app.fill_in(&session.path, &fields).await, &session.path);
    app.until_screen(&session.path, "paid").await;
    let attempt = &app.attempts(&session).await[0];
    let reference = attempt["gateway"]["transaction"]["reference"].as_str().unwrap();
    let charge = &app.ledger(reference).await[0];
    assert_eq!(
        (&charge["phone"], &charge["country"]),
        (&json!("+2250500000100"), &json!("CI"))
    );
}

#[tokio::test]
async fn a_method_that_is_not_there_is_not_taken() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    for (country, method) in [
        ("CI", "momo_mpesa"),
        ("", "momo_mtn"),
        ("CI", "nonsense"),
        ("ZZ", "momo_mpesa"),
        ("KE", "momo_mpesa"),
    ] {
        let fields = [
            ("step", "pay"),
            ("form", "0"),
            ("country", country),
            ("phone", "0500000100"),
            ("method", method),
        ];
        let reply = app.fill_in(&session.path, &fields).await;
        // A number that fits somebody else's prefix is shown so, to be confirmed.
        assert!(matches!(reply.status, 200 | 422), "{country} {method}");
        assert_eq!(screen_of(&reply.text()), "pay");
    }
    assert!(app.attempts(&session).await.is_empty());
}

#[tokio::test]
async fn a_number_that_cannot_be_read_lets_nobody_pay() {
    let app = App::start().await;
    let session = app
        .session(|body| body["restriction"] = json!({"phone": {"number": "0500000100", "country": "CI"}}))
        .await;
    let spoil = |tx: &mut engine::store::Tx<'_>| tx.sql("UPDATE checkouts SET phone = '+0'").execute();
    app.engine.store().write(spoil).await.unwrap();
    assert_eq!(screen_of(&app.page(&session.path).await.text()), "nothing");
    app.pay_by(&session, "100", "0").await;
    assert!(app.attempts(&session).await.is_empty());
}

#[tokio::test]
async fn what_a_number_paid_with_before_is_told_to_nobody_who_writes_it_down() {
    let app = App::start().await;
    // An Orange number that has moved to Moov, and has paid there.
    let fields = |method: &'static str| {
        let mut fields = vec![
            ("step", "pay"),
            ("form", "0"),
            ("country", "CI"),
            ("phone", "0700000100"),
        ];
        fields.extend(Some(("method", method)).filter(|(_, method)| !method.is_empty()));
        fields
    };
    let own = app.session(|_| {}).await;
    leads_to(&app.fill_in(&own.path, &fields("momo_moov")).await, &own.path);
    app.until_screen(&own.path, "paid").await;
    let strangers = app
        .session(|body| body["customer"] = json!({"email": "b@example.com"}))
        .await;
    let guessed = app.fill_in(&strangers.path, &fields("")).await.text();
    assert!(guessed.contains("value=\"momo_orange\" checked"), "{guessed}");
}
