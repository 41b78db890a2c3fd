//! What comes late, or too late: the page never says that nothing was taken when something was, and promises nothing that does
//! not come.

use std::time::{Duration, Instant};

use engine::KekOrigin;
use engine::domain::ids::IntentId;
use engine::store::{StoreError, Tx, permits};
use serde_json::json;

use super::{Session, leads_to, screen_of};
use crate::app::App;

const NOTHING: &str = "Nothing was taken";

impl App {
    /// A payment whose first try was declined, and is charged all the same some time later.
    async fn declined_for_now(&self) -> Session {
        let session = self.session(|_| {}).await;
        self.pay_by(&session, "143", "0").await;
        let text = self.until_screen(&session.path, "retry").await;
        assert!(text.contains(NOTHING) || !text.contains("Paid"), "{text}");
        session
    }

    /// Cancels a payment.
    async fn cancelled(&self, session: &Session) {
        let cancel = format!("/v1/payment/intents/{}/cancel", session.intent);
        assert_eq!(self.post(&cancel, &json!({})).await.status, 200);
    }

    /// Its time is over `left_ms` from now, also for a code that is awaited.
    async fn ends_in(&self, session: &Session, left_ms: i64) {
        let (id, at_ms) = (
            IntentId::from_public(&session.intent).unwrap(),
            self.engine.now_ms() + left_ms,
        );
        let write = move |tx: &mut Tx<'_>| {
            tx.sql(
                "UPDATE attempts SET next_action = REPLACE(next_action, CAST((SELECT i.expires_at FROM intents i
                    WHERE i.id = attempts.intent_id) AS TEXT), ?2) WHERE intent_id = ?1",
            )
            .bind(id)
            .bind(at_ms.to_string())
            .execute()?;
            tx.sql("UPDATE intents SET expires_at = ?2 WHERE id = ?1")
                .bind(id)
                .bind(at_ms)
                .execute()
        };
        assert_eq!(self.engine.store().write(write).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_cancelled_payment_that_was_charged_says_so() {
    let app = App::start().await;
    let session = app.declined_for_now().await;
    app.cancelled(&session).await;
    let before = app.until_screen(&session.path, "cancelled").await;
    assert!(before.contains(NOTHING), "{before}");
    let after = app.until_screen(&session.path, "taken-after-end").await;
    assert!(!after.contains(NOTHING), "{after}");
    assert!(after.contains("do not pay again"), "{after}");
    assert!(
        after.contains("href=\"https://shop.example/\"") && after.contains("Ask Boutique Awa"),
        "{after}"
    );
}

#[tokio::test]
async fn a_second_request_is_not_to_be_approved_when_the_first_was_charged() {
    let app = App::start().await;
    let session = app.declined_for_now().await;
    leads_to(&app.pay_by(&session, "114", "1").await, &session.path);
    let text = app.until_screen(&session.path, "arrived").await;
    assert!(text.contains("do not approve another request"), "{text}");
    assert!(!text.contains("Use another number"), "{text}");
    let paid = app.until_screen(&session.path, "paid").await;
    assert!(paid.contains("•143"), "{paid}");
}

#[tokio::test]
async fn the_receipt_names_the_try_that_paid() {
    let app = App::start().await;
    let session = app.declined_for_now().await;
    leads_to(&app.pay_by(&session, "110", "1").await, &session.path);
    let paid = app.until_screen(&session.path, "paid").await;
    assert!(paid.contains("•143") && !paid.contains("•110"), "{paid}");
}

/// The permit counts money of its own currency only.
#[tokio::test]
async fn a_cancelled_payment_that_was_charged_in_another_currency_says_so() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    app.pay_by(&session, "111", "0").await;
    app.until_screen(&session.path, "retry").await;
    app.cancelled(&session).await;
    app.until_screen(&session.path, "cancelled").await;
    let (scope, now_ms) = (app.scope, app.engine.now_ms());
    let id = IntentId::from_public(&session.intent).unwrap();
    let write = move |tx: &mut Tx<'_>| {
        let [permit] = permits::of_intent(tx, &scope, id)?.try_into().unwrap();
        permits::pay(tx, &scope, &permit, now_ms)
    };
    assert_eq!(app.engine.store().write::<_, StoreError, _>(write).await.unwrap(), 1);
    let after = app.until_screen(&session.path, "taken-after-end").await;
    assert!(
        !after.contains(NOTHING) && after.contains("your money is not lost"),
        "{after}"
    );
}

#[tokio::test]
async fn a_code_that_ran_out_was_never_sent_and_the_page_says_so() {
    let app = App::start_idle(KekOrigin::Given, None).await;
    let session = app.session(|_| {}).await;
    leads_to(&app.pay_by(&session, "120", "0").await, &session.path);
    assert_eq!(screen_of(&app.page(&session.path).await.text()), "otp");
    app.ends_in(&session, -1).await;
    let text = app.page(&session.path).await.text();
    assert_eq!(screen_of(&text), "expired", "{text}");
    let given = [("step", "code"), ("code", "123456")];
    leads_to(&app.fill_in(&session.path, &given).await, &session.path);
}

#[tokio::test]
async fn no_request_is_promised_for_a_time_after_the_end() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    leads_to(&app.pay_by(&session, "131", "0").await, &session.path);
    let begun = Instant::now();
    let mut text = app.page(&session.path).await.text();
    while matches!(screen_of(&text), "wait" | "unknown") {
        assert!(begun.elapsed() < Duration::from_secs(40), "{text}");
        // Never as far away as the rest of the payer's phone is long.
        app.ends_in(&session, 400).await;
        text = app.page(&session.path).await.text();
    }
    assert!(matches!(screen_of(&text), "retry" | "expired"), "{text}");
    app.until_screen(&session.path, "expired").await;
    assert_eq!(app.attempts(&session).await.len(), 1);
}
