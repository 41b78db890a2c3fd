//! Every magic number of the sandbox through the payment API, as a merchant's developer tries them: the status that the
//! API shows in the end, and what the operators' ledger says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Options, Server, charges, payment};

const SPEED: u32 = 40;

/// Digits, the intent's status, the attempt's status, its failure, and how often the operators charged.
const ENDINGS: &[(&str, &str, &str, Option<&str>, usize)] = &[
    ("001", "completed", "completed", None, 1),
    ("100", "completed", "completed", None, 1),
    ("101", "completed", "completed", None, 1),
    ("110", "pending", "failed", Some("declined_by_payer"), 0),
    ("111", "pending", "failed", Some("insufficient_funds"), 0),
    ("112", "pending", "failed", Some("wrong_pin"), 0),
    ("113", "pending", "failed", Some("wallet_limit_reached"), 0),
    ("114", "pending", "failed", Some("payment_timeout"), 0),
    ("130", "completed", "completed", None, 1),
    ("131", "pending", "failed", Some("gateway_unavailable"), 0),
    ("132", "completed", "completed", None, 1),
    ("133", "completed", "completed", None, 1),
    ("134", "completed", "completed", None, 1),
    ("135", "completed", "completed", None, 1),
    ("136", "pending", "failed", Some("gateway_unavailable"), 0),
    ("140", "completed", "completed", None, 1),
    ("141", "completed", "completed", None, 1),
    ("142", "completed", "completed", None, 1),
    ("143", "completed", "completed", None, 1),
    ("144", "pending", "processing", Some("amount_mismatch"), 1),
    ("145", "completed", "completed", None, 1),
    ("146", "completed", "completed", None, 2),
    ("147", "completed", "completed", None, 1),
];

fn start() -> Server {
    Server::start(Options {
        speed: SPEED,
        ..Options::default()
    })
}

async fn charged(server: &Server, digits: &str) -> usize {
    let filter = format!("phone=%2B2250500000{digits}");
    let rows = charges(server.simulator_url.as_deref().unwrap(), &filter).await;
    rows.iter().filter(|row| row["status"] == "charged").count()
}

async fn until_ended(server: &Server, id: &str, wanted: &(&str, &str, &str, Option<&str>, usize)) -> Value {
    let (digits, status, attempt, failure, _) = *wanted;
    let begun = Instant::now();
    loop {
        let intent = server.intent(id).await;
        let active = &intent["active_attempt"];
        let ended =
            intent["status"] == status && active["status"] == attempt && active["failure"]["code"].as_str() == failure;
        if ended {
            return intent;
        }
        assert!(begun.elapsed() < Duration::from_secs(40), "{digits}: {intent:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_magic_number_ends_as_documented() {
    let server = start();
    let mut ids = Vec::new();
    for (digits, ..) in ENDINGS {
        ids.push(server.pay(digits).await);
    }
    for (id, wanted) in ids.iter().zip(ENDINGS) {
        let intent = until_ended(&server, id, wanted).await;
        let fallback = matches!(wanted.0, "132" | "135");
        assert_eq!(intent["active_attempt"]["is_fallback"], fallback, "{}", wanted.0);
        support::eventually(wanted.0, async || charged(&server, wanted.0).await == wanted.4).await;
    }
    let listed = server.home.stdout(&["attention", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let kinds: Vec<&str> = listed["attention"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"amount_mismatch") && kinds.contains(&"surplus_capture"),
        "{kinds:?}"
    );
    assert_eq!(kinds.len(), 2, "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_force_a_flow_hand_out_its_next_action() {
    let server = start();
    let otp = server.pay("120").await;
    let intent = server.intent(&otp).await;
    let active = &intent["active_attempt"];
    assert_eq!(
        (&active["status"], &active["next_action"]["type"]),
        (&json!("action_required"), &json!("otp"))
    );
    assert_eq!(active["next_action"]["length"], 6);
    let path = format!(
        "/v1/payment/intents/{otp}/attempts/{}/otp",
        active["id"].as_str().unwrap()
    );
    let (status, body) = server.post(&path, &json!({"code": "12x"})).await;
    assert_eq!((status, body["errors"]["code"].is_array()), (422, true), "{body}");
    let (status, body) = server.post(&path, &json!({"code": "000000"})).await;
    assert_eq!(
        (status, &body["data"]["active_attempt"]["failure"]["code"]),
        (200, &json!("otp_invalid")),
        "{body}"
    );
    let (status, _) = server.post(&path, &json!({"code": "123456"})).await;
    assert_eq!(status, 200);
    server.until(&otp, "completed").await;

    for (digits, kind, link) in [("121", "redirect", "url"), ("122", "qr_code", "payload")] {
        let id = server.pay(digits).await;
        let action = server.intent(&id).await["active_attempt"]["next_action"].clone();
        assert_eq!(action["type"], kind, "{action}");
        let url = action[link].as_str().unwrap();
        let page = server.client.get(url).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("50"), "the page shows the amount");
        if kind == "redirect" {
            server
                .client
                .post(url)
                .form(&[("decision", "approve")])
                .send()
                .await
                .unwrap();
        } else {
            assert!(
                action["image_svg"].as_str().unwrap().starts_with("<svg")
                    || action["image_svg"].as_str().unwrap().starts_with("<?xml")
            );
        }
        server.until(&id, "completed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_of_the_catalogue_takes_a_sandbox_payment_in_each_currency() {
    let server = start();
    let cases = [
        ("CI", "XOF", "momo_mtn", "+2250500000100"),
        ("CI", "XOF", "momo_moov", "0100000100"),
        ("SN", "XOF", "momo_freemoney", "+221760000100"),
        ("BJ", "XOF", "momo_mtn", "97000100"),
        ("BF", "XOF", "momo_moov", "+22670000100"),
        ("ML", "XOF", "momo_orange", "+22370000100"),
        ("GN", "GNF", "momo_orange", "+224620000100"),
        ("CM", "XAF", "momo_mtn", "+237670000100"),
        ("CD", "CDF", "momo_mtn", "+243810000100"),
        ("KE", "KES", "momo_mpesa", "+254712000100"),
    ];
    for (country, currency, method, number) in cases {
        let mut body = payment("100");
        body["amount"] = json!(500);
        body["currency"] = json!(currency);
        body["attempt"] =
            json!({"method_code": method, "country": country, "phone": {"number": number, "country": country}});
        let (status, answer) = server.post("/v1/payment/intents", &body).await;
        assert_eq!(status, 201, "{country} {method}: {answer}");
        let intent = server.until(answer["data"]["id"].as_str().unwrap(), "completed").await;
        let amount = &intent["active_attempt"]["amount"];
        assert_eq!(
            (&amount["value"], &amount["currency"]),
            (&json!(50_000), &json!(currency))
        );
    }
    let card = json!({"amount": 12.345, "currency": "TND", "description": "Card", "customer": {"email": "a@example.com"},
        "attempt": {"method_code": "card", "country": "TN"}});
    let (status, answer) = server.post("/v1/payment/intents", &card).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(answer["data"]["amount"]["value"], 12_345);
    assert_eq!(answer["data"]["active_attempt"]["next_action"]["type"], "redirect");
    server.until(answer["data"]["id"].as_str().unwrap(), "completed").await;
}
