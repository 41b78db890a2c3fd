//! The sandbox phone's pages: choosing a number, the screen, the operators' switches, the ledger.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use serde_json::json;
use simulator::Config;
use support::{Caller, fast, order, session, start};

const PHONE: &str = "+2250500000001";
const HERE: &str = "/phone?lang=en&number=%2B2250500000001";

/// The value between `before` and the next quote.
fn quoted(html: &str, before: &str) -> String {
    let (_, after) = html.split_once(before).expect(before);
    after.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_number_is_typed_or_taken_from_those_that_pay() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    let (status, headers, html) = caller.page("/phone", "fr-CI, en;q=0.4").await;
    assert!(status == 200 && html.contains("<html lang=\"fr\">") && html.contains("Quel téléphone"));
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    let (status, headers, _) = caller
        .page("/phone?lang=en&country=CI&phone=05+00-00.00+01", "fr")
        .await;
    assert_eq!((status, headers["location"].to_str().unwrap()), (303, &HERE[1..]));
    let (status, _, html) = caller.page("/phone?country=CI&phone=<b>\"1&lang=en", "fr").await;
    assert!(
        status == 200 && html.contains("role=\"alert\"") && html.contains("value=\"&#60;b&#62;&#34;1\""),
        "{html}"
    );
    assert!(!html.contains("<b>\"1"));

    caller.ask("ignore", "prompt", PHONE).await.unwrap();
    caller.ask("approve_now", "prompt", "+2250500000002").await.unwrap();
    let (_, _, html) = caller.page("/phone", "en").await;
    let waiting = html.find("number=%2B2250500000001").unwrap();
    let paid = html.find("number=%2B2250500000002").unwrap();
    assert!(waiting < paid && html.contains("1 payment waits"), "{html}");
}

#[tokio::test]
async fn a_person_pays_on_the_phone_without_a_script() {
    let calm = Config {
        speed: 10,
        ..Config::default()
    };
    let simulator = start(calm).await;
    let caller = Caller::of(&simulator);
    let (_, _, html) = caller.page(HERE, "").await;
    assert!(html.contains("Nothing waits") && html.contains("Sandbox — no real money"));
    assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"3\">"));
    caller.ask("approve", "prompt", PHONE).await.unwrap();
    let (_, _, html) = caller.page(HERE, "").await;
    let id = quoted(&html, "name=\"id\" value=\"");
    assert!(
        html.contains("Shoes") && html.contains("50\u{a0}XOF") && html.contains("content=\"55\""),
        "{html}"
    );

    let url = format!("{}/phone/answer?lang=fr", simulator.url());
    let form = |answer: &str| format!("number=%2B2250500000001&id={id}&answer={answer}");
    let back = "../phone?lang=fr&number=%2B2250500000001".to_owned();
    let told = caller.post_form(&url, form("approve&pin=12")).await;
    assert_eq!(told, (303, format!("{back}&said=pin")));
    let (_, _, html) = caller.page(&format!("{HERE}&said=pin"), "").await;
    assert!(html.contains("A PIN has 4 to 6 digits"));
    assert_eq!(
        caller.post_form(&url, form("approve&pin=4321")).await,
        (303, back.clone())
    );
    assert_eq!(
        caller.post_form(&url, form("decline")).await,
        (303, format!("{back}&said=late"))
    );
    assert_eq!(caller.truth("approve-2250500000001").await, ["charged/-/50"]);
    let (_, _, html) = caller.page("/phone?number=2250500000001&lang=fr", "en").await;
    assert!(html.contains("Vous avez payé 50\u{a0}XOF · Shoes"), "{html}");

    let dial = format!("{}/phone/dial?lang=en", simulator.url());
    for (code, said) in [("%23144*82%23", ""), ("1234", "&said=dial")] {
        let told = caller
            .post_form(&dial, format!("number=%2B2250500000001&dial={code}"))
            .await;
        assert_eq!(told, (303, format!("..{HERE}{said}")));
    }
    let (_, _, html) = caller.page(HERE, "").await;
    assert_eq!(html.matches("123456").count(), 1, "{html}");
    let prompts = caller.get("/prompts?phone=%2B2250500000001").await.1;
    assert_eq!(
        (&prompts["prompts"][0]["asks"], &prompts["prompts"][0]["code"]),
        (&json!("code"), &json!("123456"))
    );
}

#[tokio::test]
async fn the_script_hears_of_a_prompt_while_it_waits_for_news() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    let (_, _, html) = caller.page(HERE, "").await;
    let news = format!(
        "/phone/screen?lang=en&number=%2B2250500000001&seen={}",
        quoted(&html, "data-seen=\"")
    );
    let asked = async {
        tokio::task::yield_now().await;
        caller.ask("approve", "prompt", PHONE).await.unwrap()
    };
    let ((status, headers, html), _) = tokio::join!(caller.page(&news, ""), asked);
    assert!(status == 200 && html.contains("1 payment waits"), "{html}");
    assert!(!headers["x-seen"].is_empty());
    let (_, headers, script) = caller.page("/phone/script.js", "").await;
    assert!(script.len() <= 1_500 && headers["content-type"].to_str().unwrap().starts_with("text/javascript"));
    assert!(
        caller
            .page("/phone/style.css", "")
            .await
            .2
            .contains("prefers-color-scheme")
    );
}

#[tokio::test]
async fn what_others_write_is_shown_as_text() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    let evil = "<script>alert(1)</script>\"'";
    let opened = caller.open("sim_a", session(Some("ignore"), "prompt")).await;
    let mut body = order("evil", "http://127.0.0.1:1/");
    body["description"] = json!(evil);
    body["method"] = json!("momo_<img src=x>");
    let answer = caller.charge(opened["charge_url"].as_str().unwrap(), &body).await;
    assert_eq!(answer.unwrap().0, 202);
    for path in [
        "/phone?number=2250700000000",
        "/phone/ledger",
        "/phone/operators",
        "/phone",
    ] {
        let (status, _, html) = caller.page(path, "").await;
        assert_eq!(status, 200);
        assert!(!html.contains("<script>") && !html.contains("<img"), "{path}: {html}");
        assert!(
            !html.contains(" style=") && !html.contains("<style") && !html.contains("onclick"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_operator_is_switched_off_and_on_again() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    caller.ask("approve_now", "prompt", PHONE).await.unwrap();
    let url = format!("{}/phone/operators?lang=en", simulator.url());
    let form = "gateway=sim_a&method=momo_mtn&country=CI&number=%2B2250500000001&mode=";
    let back = (303, "operators?lang=en&number=%2B2250500000001".to_owned());
    let pressed = |html: &str| html.matches("aria-pressed=\"true\"").count();
    let (_, _, html) = caller.page("/phone/operators", "en").await;
    assert!(
        html.contains("MTN · CI") && !html.contains("class=\"off\" name=\"mode\" value=\"down\" aria-pressed=\"true\"")
    );
    assert_eq!(pressed(&html), 4);

    assert_eq!(caller.post_form(&url, format!("{form}down")).await, back);
    assert_eq!(caller.open("sim_a", session(None, "prompt")).await["scenario"], "down");
    assert_eq!(
        caller.open("sim_b", session(None, "prompt")).await["scenario"],
        "approve"
    );
    let (_, _, html) = caller.page("/phone/operators", "en").await;
    assert_eq!(html.matches("value=\"down\" aria-pressed=\"true\"").count(), 1);
    assert_eq!(caller.post_form(&url, format!("{form}normal")).await, back);
    assert_eq!(
        caller.open("sim_a", session(None, "prompt")).await["scenario"],
        "approve"
    );

    let everywhere = "gateway=sim_a&method=&country=&mode=down";
    assert_eq!(caller.post_form(&url, everywhere).await.0, 303);
    let (_, _, html) = caller.page("/phone/operators", "en").await;
    assert_eq!(html.matches("value=\"down\" aria-pressed=\"true\"").count(), 2);
    for wrong in [
        "gateway=sim_c&method=&country=&mode=down",
        "gateway=sim_a&method=&country=ci&mode=down",
        "gateway=sim_a&method=&country=&mode=up",
    ] {
        assert_eq!(caller.post_form(&url, wrong).await.0, 422, "{wrong}");
    }
}

#[tokio::test]
async fn the_ledger_page_tells_the_truth_of_one_number_and_of_all() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    caller.ask("approve_now", "prompt", PHONE).await.unwrap();
    caller.ask("limit_reached", "prompt", "+2250500000002").await.unwrap();
    let (_, _, all) = caller.page("/phone/ledger", "fr").await;
    assert!(all.contains("débité") && all.contains("le plafond du compte est atteint"));
    assert!(all.find("limit_reached-2250500000002").unwrap() < all.find("approve_now-2250500000001").unwrap());
    let (_, _, one) = caller.page("/phone/ledger?number=%2B2250500000001", "en").await;
    assert!(one.contains("charged") && one.contains("approve_now-2250500000001") && !one.contains("limit_reached"));
}
