//! What each screen says.

use engine::domain::ids::IntentId;
use engine::door;
use serde_json::json;

use super::{leads_to, screen_of};
use crate::app::App;

#[tokio::test]
async fn a_payer_chooses_where_and_how() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    let page = app
        .send_bare("GET", &session.path, &[("Accept-Language", "en-SN,en;q=0.8")], b"")
        .await;
    let text = page.text();
    assert_eq!((page.status, screen_of(&text)), (200, "pay"));
    assert!(text.contains("value=\"SN\" selected"), "the browser names the country");
    for told in ["Boutique Awa", "Order 1024", "+221", "Test mode", "Pay 50"] {
        assert!(text.contains(told), "{told}");
    }
    // Many countries have this money, and nothing speaks for one: they are asked.
    let asked = app.page(&session.path).await.text();
    assert!(
        asked.contains("Where do you pay from?") && !asked.contains("name=\"method\""),
        "{asked}"
    );
    let shillings = app.session(|body| body["currency"] = json!("KES")).await;
    let text = app.page(&shillings.path).await.text();
    assert!(text.contains("+254"), "one country has this money");
    let chosen = app.page(&format!("{}?country=CI&lang=fr", session.path)).await.text();
    assert!(chosen.contains("value=\"CI\" selected") && chosen.contains("+225"));
    assert!(chosen.contains("lang=\"fr\"") && chosen.contains("Comment souhaitez-vous payer"));
    assert!(
        chosen.contains("action=\"?lang=fr&#38;country=CI\""),
        "language and country are kept"
    );
    assert!(chosen.contains("href=\"?lang=en&#38;country=CI\""));
    let token = session.path.trim_start_matches("/c/");
    assert!(!chosen.contains(token), "the token does not stand in the page");
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said_beside_the_field_and_nothing_is_lost() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    let fields = [
        ("step", "pay"),
        ("form", "0"),
        ("country", "CI"),
        ("phone", "12"),
        ("method", "momo_mtn"),
    ];
    let wrong = app.fill_in(&session.path, &fields).await;
    assert_eq!(wrong.status, 422);
    let text = wrong.text();
    assert!(text.contains("id=\"phone-problem\"") && text.contains("aria-invalid=\"true\" autofocus"));
    assert!(text.contains("value=\"12\"") && text.contains("value=\"momo_mtn\" checked"));

    let bare = app
        .fill_in(&session.path, &[("step", "pay"), ("form", "0"), ("country", "CI")])
        .await;
    assert_eq!(bare.status, 422);
    assert!(bare.text().contains("Please write your phone number"));
    assert!(bare.text().contains("Please choose how to pay"));

    // Number first: the operator is guessed, and shown to be confirmed.
    let fields = [
        ("step", "pay"),
        ("form", "0"),
        ("country", "CI"),
        ("phone", "07 00 00 01 00"),
    ];
    let guessed = app.fill_in(&session.path, &fields).await;
    assert_eq!(guessed.status, 200);
    assert!(guessed.text().contains("looks like Orange Money"));
    assert!(guessed.text().contains("value=\"momo_orange\" checked"));
    assert!(guessed.text().contains("value=\"07 00 00 01 00\""));
    assert!(app.attempts(&session).await.is_empty());
}

#[tokio::test]
async fn the_phone_is_asked_and_the_receipt_follows() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    leads_to(&app.pay_by(&session, "114", "0").await, &session.path);
    let text = app.page(&session.path).await.text();
    assert_eq!(screen_of(&text), "approve");
    for told in [
        "Your phone shows",
        "50\u{a0}XOF",
        "+225•••••114",
        "tel:*133%23",
        "data-left=",
    ] {
        assert!(text.contains(told), "{told} in {text}");
    }
    assert!(text.contains("<noscript><meta http-equiv=\"refresh\""));
    let but_for_the_test_phone = text.replace("?number=%2B2250500000114", "");
    assert!(
        !but_for_the_test_phone.contains("0500000114"),
        "the number stays masked"
    );

    let session = app.session(|_| {}).await;
    leads_to(&app.pay_by(&session, "100", "0").await, &session.path);
    let paid = app.until_screen(&session.path, "paid").await;
    let back = format!("payment_id={}&#38;checkout_id=cs_", session.intent);
    assert!(
        paid.contains("https://shop.example/thanks?order=1&#38;") && paid.contains(&back),
        "{paid}"
    );
    assert!(paid.contains("&#38;status=completed#top"));
    for told in ["Receipt", "MTN MoMo", "+225•••••100", " UTC", session.intent.as_str()] {
        assert!(paid.contains(told), "{told}");
    }
    let french = app.page(&format!("{}?lang=fr", session.path)).await.text();
    assert!(french.contains("Payé. Merci") && french.contains("Référence"));
}

#[tokio::test]
async fn no_other_way_is_promised_where_nobody_chooses() {
    const OTHER_WAY: &str = "Use another number or way to pay";
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    leads_to(&app.pay_by(&session, "114", "0").await, &session.path);
    assert!(app.page(&session.path).await.text().contains(OTHER_WAY));
    let id = IntentId::from_public(&session.intent).unwrap();
    let payment = app.engine.payment(app.scope, id).await.unwrap();
    let hosted = app.page(&door::payment_path(&payment)).await.text();
    assert!(
        screen_of(&hosted) == "approve" && !hosted.contains(OTHER_WAY),
        "{hosted}"
    );
}

#[tokio::test]
async fn a_code_is_taken_with_spaces_and_a_wrong_one_is_told() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    app.pay_by(&session, "120", "0").await;
    let text = app.page(&session.path).await.text();
    assert_eq!(screen_of(&text), "otp");
    assert!(text.contains("autocomplete=\"one-time-code\""));
    let odd = app.fill_in(&session.path, &[("step", "code"), ("code", "12a")]).await;
    assert!(odd.status == 422 && odd.text().contains("4 to 8 digits"));
    let wrong = app
        .fill_in(&session.path, &[("step", "code"), ("code", "000000")])
        .await;
    leads_to(&wrong, &session.path);
    assert!(app.page(&session.path).await.text().contains("That code was not right"));
    // Nothing was sent yet: another way is open.
    let other = app.page(&format!("{}?other=1", session.path)).await.text();
    assert_eq!(screen_of(&other), "pay");
    let right = app
        .fill_in(&session.path, &[("step", "code"), ("code", "123 456")])
        .await;
    leads_to(&right, &session.path);
    app.until_screen(&session.path, "paid").await;
}

#[tokio::test]
async fn pages_to_go_to_and_codes_to_scan() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    app.pay_by(&session, "121", "0").await;
    let text = app.page(&session.path).await.text();
    assert_eq!(screen_of(&text), "redirect");
    assert!(text.contains("The page is at 127.0.0.1") && text.contains("rel=\"noreferrer\""));
    let action = &app.attempts(&session).await[0]["next_action"];
    let provider = app.page_of_provider(action["url"].as_str().unwrap()).await;
    assert!(provider.contains(&session.path), "the provider leads back to our page");

    let session = app.session(|_| {}).await;
    app.pay_by(&session, "122", "0").await;
    let text = app.page(&session.path).await.text();
    assert_eq!(screen_of(&text), "qr");
    assert!(text.contains("role=\"img\"") && text.contains("<svg"));
}

#[tokio::test]
async fn a_failure_is_told_in_plain_words_and_another_try_pays() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    app.pay_by(&session, "111", "0").await;
    let text = app.until_screen(&session.path, "retry").await;
    assert!(text.contains("There was not enough money in the account"));
    assert!(text.contains("name=\"form\" value=\"1\"") && text.contains("Leave it empty to pay with +225•••••111"));
    leads_to(&app.pay_by(&session, "100", "1").await, &session.path);
    app.until_screen(&session.path, "paid").await;
    assert_eq!(app.attempts(&session).await.len(), 2);
}

#[tokio::test]
async fn nobody_knows_yet_and_the_page_says_so() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    app.pay_by(&session, "130", "0").await;
    for _ in 0..400 {
        let text = app.page(&session.path).await.text();
        match screen_of(&text) {
            "paid" => return,
            "unknown" => {
                assert!(text.contains("Please do not pay again") && text.contains(&session.intent));
            }
            "wait" => assert!(text.contains("Please do not pay again")),
            other => panic!("{other}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("never paid");
}

#[tokio::test]
async fn what_has_ended_says_so() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    let cancelled = app
        .post(&format!("/v1/payment/intents/{}/cancel", session.intent), &json!({}))
        .await;
    assert_eq!(cancelled.status, 200);
    let text = app.page(&session.path).await.text();
    assert_eq!(screen_of(&text), "cancelled");
    assert!(text.contains("Boutique Awa has cancelled this payment") && text.contains("status=expired"));
    leads_to(&app.pay_by(&session, "100", "0").await, &session.path);
    assert!(app.attempts(&session).await.is_empty());

    let session = app.session(|_| {}).await;
    let id = session.intent.trim_start_matches("TRX").to_owned();
    app.engine
        .store()
        .write(move |tx| {
            tx.sql("UPDATE intents SET expires_at = created_at WHERE id = ?1")
                .bind(&id)
                .execute()
        })
        .await
        .unwrap();
    let text = app.page(&session.path).await.text();
    assert_eq!(screen_of(&text), "expired", "{text}");
    assert!(text.contains("The time to pay is over"));
}

#[tokio::test]
async fn what_is_paid_in_another_currency_is_told_before_it_is_paid() {
    let app = App::start().await;
    let rate = json!({"base_currency": "XOF", "quote_currency": "KES", "rate": "0.2145", "expires_at": "2099-01-01"});
    assert_eq!(app.admin("POST", "/exchange-rates", &rate).await.status, 201);
    let session = app.session(|body| body["amount"] = json!(1000)).await;
    let text = app.page(&format!("{}?country=KE", session.path)).await.text();
    assert!(text.contains("You pay 214.50\u{a0}KES"), "{text}");
    let mut fields = vec![
        ("step", "pay"),
        ("form", "0"),
        ("country", "KE"),
        ("phone", "0712000100"),
        ("method", "momo_mpesa"),
        ("price-momo_mpesa", "21449"),
    ];
    let stale = app.fill_in(&session.path, &fields).await;
    assert_eq!(stale.status, 422);
    assert!(stale.text().contains("The exchange rate has changed") && stale.text().contains("value=\"21450\""));
    assert!(app.attempts(&session).await.is_empty());
    fields[5].1 = "21450";
    leads_to(&app.fill_in(&session.path, &fields).await, &session.path);
    let paid = app.until_screen(&session.path, "paid").await;
    assert!(paid.contains("1,000\u{a0}XOF") && paid.contains("Charged") && paid.contains("214.50\u{a0}KES"));
}

#[tokio::test]
async fn while_another_account_is_about_to_be_tried_nobody_is_asked_to_try_again() {
    let app = App::start().await;
    let session = app.session(|_| {}).await;
    leads_to(&app.pay_by(&session, "131", "0").await, &session.path);
    let text = app.until_screen(&session.path, "tried-again").await;
    assert!(
        text.contains("MTN MoMo did not get our first request. Nothing was taken."),
        "{text}"
    );
    assert!(text.contains("data-watch") && text.contains("http-equiv=\"refresh\""));
    assert!(text.contains("other=1"), "other ways stay open: {text}");
    let other = app.page(&format!("{}?other=1", session.path)).await.text();
    assert_eq!(screen_of(&other), "pay");
    assert!(other.contains("What you began before ends then"), "{other}");
    app.until_screen(&session.path, "paid").await;
    let attempts = app.attempts(&session).await;
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0]["is_fallback"], json!(true));
}
