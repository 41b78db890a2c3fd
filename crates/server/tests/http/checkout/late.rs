//! Money that comes when nobody waits for it any more: the page never says that nothing was taken when something was.

use serde_json::json;

use super::{Session, leads_to};
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
}

#[tokio::test]
async fn a_cancelled_payment_that_was_charged_says_so() {
    let app = App::start().await;
    let session = app.declined_for_now().await;
    let cancel = format!("/v1/payment/intents/{}/cancel", session.intent);
    assert_eq!(app.post(&cancel, &json!({})).await.status, 200);
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
