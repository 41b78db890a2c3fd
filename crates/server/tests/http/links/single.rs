//! A link of single use takes money once.

use engine::domain::ids::IntentId;
use engine::store::permits;
use serde_json::{Value, json};

use super::text;
use super::visits::{Visitor, led};
use crate::app::{App, attempt};

impl App {
    pub(super) async fn cancel(&self, checkout: &Value) {
        let path = format!("/v1/payment/intents/{}/cancel", text(&checkout["payment"], "id"));
        let reply = self.post(&path, &json!({})).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    /// An operator's late word: it took the money of a payment that was given up.
    async fn captured_late(&self, checkout: &Value) {
        let id = IntentId::from_public(text(&checkout["payment"], "id")).unwrap();
        let scope = self.scope;
        let write = move |tx: &mut engine::store::Tx<'_>| {
            let [permit] = permits::of_intent(tx, &scope, id)?.try_into().unwrap();
            permits::add_capture(tx, &scope, permit.id, 50)
        };
        assert_eq!(self.engine.store().write(write).await.unwrap(), 1);
    }

    /// The same in another currency than its own: the permit counts none of it.
    async fn captured_late_elsewise(&self, checkout: &Value) {
        let id = IntentId::from_public(text(&checkout["payment"], "id")).unwrap();
        let (scope, now_ms) = (self.scope, self.engine.now_ms());
        let write = move |tx: &mut engine::store::Tx<'_>| {
            let [permit] = permits::of_intent(tx, &scope, id)?.try_into().unwrap();
            permits::pay(tx, &scope, &permit, now_ms)
        };
        assert_eq!(self.engine.store().write(write).await.unwrap(), 1);
    }

    /// The first checkout of a link: the operator declined its try, and its merchant cancelled it.
    async fn given_up(&self, link: &Value, visitor: &Visitor<'_>) -> Value {
        led(&visitor.go_on(&[]).await);
        let [made] = self.checkouts_of(link).await.try_into().unwrap();
        assert_eq!(self.begin(&made, "111").await.status, 201);
        let declined = |intent: &Value| intent["active_attempt"]["status"] == "failed";
        self.until(text(&made["payment"], "id"), declined).await;
        self.cancel(&made).await;
        made
    }

    async fn begin(&self, checkout: &Value, digits: &str) -> crate::app::Reply {
        let path = format!("/v1/payment/intents/{}/attempt", text(&checkout["payment"], "id"));
        self.post(&path, &attempt(digits)).await
    }
}

fn single(body: &mut Value) {
    body["usage"] = json!("single");
}

fn single_entered(body: &mut Value) {
    single(body);
    body["amount"] = Value::Null;
}

#[tokio::test]
async fn money_that_came_late_for_one_checkout_closes_the_others() {
    let app = App::start().await;
    let link = app.link(single).await;
    let visitor = Visitor::of(&app, &link);
    let first = app.given_up(&link, &visitor).await;
    let page = led(&visitor.go_on(&[]).await);
    let [second, _] = app.checkouts_of(&link).await.try_into().unwrap();

    app.captured_late(&first).await;
    assert_eq!(app.link_now(&link).await["status"], json!("paid"));
    let fields = [
        ("form", "0"),
        ("country", "CI"),
        ("phone", "0500000100"),
        ("method", "momo_mtn"),
    ];
    assert_eq!(led(&app.fill_in(&page, &fields).await), visitor.path);
    let closed = visitor.look().await;
    assert!(closed.text().contains("Already paid"), "{}", closed.text());
    assert_eq!(app.begin(&second, "100").await.refused(409), "conflict");
    let [second, _] = app.checkouts_of(&link).await.try_into().unwrap();
    assert_eq!(second["payment"]["active_attempt"], Value::Null);
}

#[tokio::test]
async fn money_that_came_late_in_another_currency_closes_a_link_too() {
    let app = App::start().await;
    let link = app.link(single).await;
    let visitor = Visitor::of(&app, &link);
    let made = app.given_up(&link, &visitor).await;
    assert_eq!(app.link_now(&link).await["status"], json!("active"));
    app.captured_late_elsewise(&made).await;
    assert_eq!(app.link_now(&link).await["status"], json!("paid"));
    assert!(visitor.look().await.text().contains("Already paid"));
}

#[tokio::test]
async fn a_code_is_not_used_once_another_checkout_was_paid() {
    let app = App::start().await;
    let link = app.link(single).await;
    let visitor = Visitor::of(&app, &link);
    let first = app.given_up(&link, &visitor).await;
    let page = led(&visitor.go_on(&[]).await);
    let [second, _] = app.checkouts_of(&link).await.try_into().unwrap();
    assert_eq!(app.begin(&second, "120").await.status, 201);

    app.captured_late(&first).await;
    let code = [("step", "code"), ("code", "123456")];
    assert_eq!(led(&app.fill_in(&page, &code).await), visitor.path);
    let [second, _] = app.checkouts_of(&link).await.try_into().unwrap();
    let attempt = &second["payment"]["active_attempt"];
    assert_eq!(
        attempt["status"],
        json!("action_required"),
        "nothing was sent: {attempt}"
    );
    let path = format!(
        "/v1/payment/intents/{}/attempts/{}/otp",
        text(&second["payment"], "id"),
        text(attempt, "id")
    );
    assert_eq!(
        app.post(&path, &json!({"code": "123456"})).await.refused(409),
        "conflict"
    );
}

#[tokio::test]
async fn a_link_is_paid_when_another_amount_was_taken() {
    let app = App::start().await;
    let link = app.link(single).await;
    let visitor = Visitor::of(&app, &link);
    led(&visitor.go_on(&[]).await);
    let [made] = app.checkouts_of(&link).await.try_into().unwrap();
    assert_eq!(app.begin(&made, "144").await.status, 201);
    for _ in 0..400 {
        if app.link_now(&link).await["status"] == "paid" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let now = app.link_now(&link).await;
    assert_eq!((&now["status"], &now["times_paid"]), (&json!("paid"), &json!(0)));
    assert!(visitor.look().await.text().contains("Already paid"));
}

#[tokio::test]
async fn an_entered_amount_binds_nobody_until_it_is_begun() {
    let app = App::start().await;
    let link = app.link(single_entered).await;
    let visitor = Visitor::of(&app, &link);
    let nonce = super::visits::nonce(&visitor.look().await);
    let form = [("form", nonce.as_str()), ("amount", "1000000")];
    let first = led(&visitor.send(&form).await);
    assert_eq!(led(&visitor.send(&form).await), first);

    assert_eq!(visitor.look().await.status, 200);
    let second = led(&visitor.go_on(&[("amount", "50")]).await);
    assert_ne!(second, first);
    let [newer, older] = app.checkouts_of(&link).await.try_into().unwrap();
    assert_eq!(
        (&older["checkout"]["status"], &newer["payment"]["amount"]["decimal"]),
        (&json!("cancelled"), &json!("50"))
    );
    assert_eq!(led(&visitor.send(&form).await), visitor.path);
    assert_eq!(app.begin(&older, "100").await.refused(409), "intent_ended");

    assert_eq!(app.begin(&newer, "114").await.status, 201);
    assert_eq!(led(&visitor.look().await), second);
    let late = [("form", "another-form"), ("amount", "70")];
    assert_eq!(led(&visitor.send(&late).await), second);
    assert_eq!(app.checkouts_of(&link).await.len(), 2);
}

#[tokio::test]
async fn of_many_amounts_at_once_one_stays() {
    let app = App::start().await;
    let link = app.link(single_entered).await;
    let visitor = Visitor::of(&app, &link);
    let send = async |amount: &str| {
        let fields = [("form", amount), ("amount", amount)];
        led(&visitor.send(&fields).await)
    };
    let all = tokio::join!(send("51"), send("52"), send("53"), send("54"), send("55"));
    let made = app.checkouts_of(&link).await;
    assert_eq!(made.len(), 5);
    let open: Vec<&Value> = made
        .iter()
        .filter(|made| made["checkout"]["status"] == "open")
        .collect();
    let [open] = open.as_slice() else {
        panic!("{open:?}");
    };
    let led = [all.0, all.1, all.2, all.3, all.4];
    assert!(led.iter().any(|path| text(&open["checkout"], "url").ends_with(path)));
}
