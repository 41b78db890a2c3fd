//! Routing rules, the policy and health through the admin API: what is refused, and that payments follow.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{App, attempt, order};

const NONE: &Value = &Value::Null;
/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An account at the second gateway, beside those of the sandbox.
async fn second_account(app: &App) -> String {
    let body = json!({"gateway_code": "sim_b", "name": "Second", "settings": {"api_key": "x"}});
    let reply = app.admin("POST", "/gateway-accounts", &body).await;
    reply.json()["data"]["id"].as_str().unwrap().to_owned()
}

async fn account_of(app: &App, gateway: &str) -> String {
    let path = format!("/gateway-accounts?gateway_code={gateway}");
    app.admin("GET", &path, NONE).await.json()["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Pays by a number that ends in these digits; the attempt as it is then.
async fn pay(app: &App, digits: &str) -> Value {
    let mut body = order();
    body["attempt"] = attempt(digits);
    let reply = app.post("/v1/payment/intents", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"]["active_attempt"].take()
}

#[tokio::test]
async fn payments_follow_a_rule_as_soon_as_it_is_made_and_no_longer_than_it_is_there() {
    let app = App::start().await;
    let (first, second) = (account_of(&app, "sim_a").await, second_account(&app).await);
    assert_eq!(pay(&app, "100").await["gateway"]["code"], "sim_a");
    let rule = json!({"method_code": "momo_mtn", "country": "CI", "accounts": [{"account_id": second}, {"account_id": first, "weight": 0}]});
    let made = app.admin("POST", "/routing-rules", &rule).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json()["data"].take();
    assert_eq!(
        (
            &made["direction"],
            &made["accounts"][0]["gateway_code"],
            &made["accounts"][1]["weight"]
        ),
        (&json!("payment"), &json!("sim_b"), &json!(0))
    );
    assert_eq!(pay(&app, "100").await["gateway"]["code"], "sim_b");
    let again = app.admin("POST", "/routing-rules", &rule).await;
    assert_eq!(again.refused(409), "rule_exists");
    let id = made["id"].as_str().unwrap();
    assert!(again.text().contains(id), "{}", again.text());
    let path = format!("/routing-rules/{id}");
    let turned = json!({"method_code": "momo_mtn", "country": "CI", "accounts": [{"account_id": first}, {"account_id": second}]});
    let replaced = app.admin("PUT", &path, &turned).await.json();
    assert_eq!(replaced["data"]["id"], id);
    assert_eq!(app.admin("GET", &path, NONE).await.json()["data"], replaced["data"]);
    let refused = pay(&app, "132").await;
    assert_eq!(
        (&refused["gateway"]["code"], &refused["is_fallback"]),
        (&json!("sim_b"), &json!(true))
    );
    assert_eq!(app.admin("DELETE", &path, NONE).await.status, 200);
    for method in ["GET", "DELETE"] {
        assert_eq!(app.admin(method, &path, NONE).await.refused(404), "not_found");
    }
    let left = app
        .admin("GET", "/routing-rules?method_code=momo_mtn", NONE)
        .await
        .json();
    assert_eq!(
        (&left["pagination"]["count"], &left["data"][0]["country"]),
        (&json!(1), NONE)
    );
    let log = app
        .admin("GET", &format!("/audit-log?subject_id={id}"), NONE)
        .await
        .json();
    let told: Vec<&str> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        ["routing_rule.delete", "routing_rule.update", "routing_rule.create"]
    );
    assert!(
        log["data"][1]["before"]["accounts"]
            .as_str()
            .unwrap()
            .starts_with(&second)
    );
}

#[tokio::test]
async fn a_closed_account_is_passed_over_until_it_is_reopened() {
    let app = App::start().await;
    let first = account_of(&app, "sim_a").await;
    for (verb, gateway) in [("close", "sim_b"), ("reopen", "sim_a")] {
        app.admin("POST", &format!("/gateway-accounts/{first}/{verb}"), NONE)
            .await;
        assert_eq!(pay(&app, "100").await["gateway"]["code"], gateway, "{verb}");
    }
}

#[tokio::test]
async fn a_rule_that_could_not_work_is_refused_with_every_reason() {
    let app = App::start().await;
    let (first, second) = (account_of(&app, "sim_a").await, second_account(&app).await);
    app.admin("POST", &format!("/gateway-accounts/{second}/close"), NONE)
        .await;
    let other = app
        .admin("POST", "/projects", &json!({"name": "Other", "with_keys": true}))
        .await;
    let key = other.json()["data"]["keys"]["admin"].as_str().unwrap().to_owned();
    let theirs = app.admin_as(&key, &[], ("GET", "/gateway-accounts"), NONE).await.json()["data"][0]["id"].take();
    let refuse = async |rule: Value| app.admin("POST", "/routing-rules", &rule).await.fields();
    let accounts = json!([{"account_id": second}, {"account_id": theirs}, {"account_id": first}]);
    let fields = refuse(json!({"method_code": "momo_mtn", "country": "FR", "accounts": accounts})).await;
    assert_eq!(fields, ["accounts.0.account_id", "accounts.1.account_id", "country"]);
    let twice = json!([{"account_id": first}, {"account_id": first}]);
    let fields = refuse(json!({"method_code": "momo_mtn", "country": "CI", "accounts": twice})).await;
    assert_eq!(fields, ["accounts.1.account_id"]);
    for accounts in [json!([]), json!(vec![json!({"account_id": first}); 4])] {
        let fields = refuse(json!({"method_code": "momo_mtn", "country": "CI", "accounts": accounts})).await;
        assert!(fields.contains(&"accounts".to_owned()), "{fields:?}");
    }
    let untyped =
        json!({"direction": "sideways", "method_code": "cash", "country": "civ", "accounts": [{"weight": 101}, 5]});
    assert_eq!(
        refuse(untyped).await,
        [
            "accounts.0.account_id",
            "accounts.0.weight",
            "accounts.1",
            "country",
            "direction",
            "method_code"
        ]
    );
    let payouts = json!({"direction": "payout", "method_code": "momo_mtn", "accounts": [{"account_id": first}]});
    assert_eq!(
        app.admin("POST", "/routing-rules", &payouts).await.status,
        201,
        "payouts have rules of their own"
    );
}

#[tokio::test]
async fn the_policy_may_only_be_tightened_and_payments_follow_it() {
    let app = App::start().await;
    let before = app.admin("GET", "/routing", NONE).await.json()["data"].take();
    let row = |routing: &Value, code: &str| {
        let rows = routing["fallbacks"].as_array().unwrap();
        rows.iter().find(|row| row["code"] == code).unwrap().clone()
    };
    assert_eq!(
        (
            &before["strategy"],
            &row(&before, "gateway_unavailable")["falls_back"],
            &row(&before, "wrong_pin")["falls_back"]
        ),
        (&json!("rules"), &json!(true), &json!(false))
    );
    let wrong = json!({"strategy": "luck", "exploration_percent": 51, "no_fallback_after": ["gateway_unavailable", "nonsense"]});
    let fields = app.admin("PUT", "/routing", &wrong).await.fields();
    assert_eq!(fields, ["exploration_percent", "no_fallback_after.1", "strategy"]);
    let loosened = json!({"no_fallback_after": ["gateway_unavailable", "wrong_pin"]});
    assert_eq!(
        app.admin("PUT", "/routing", &loosened).await.fields(),
        ["no_fallback_after.1"]
    );
    assert_eq!(pay(&app, "132").await["is_fallback"], true);
    let tightened = json!({"no_fallback_after": ["gateway_unavailable"], "exploration_percent": 7});
    let after = app.admin("PUT", "/routing", &tightened).await.json()["data"].take();
    assert_eq!(
        row(&after, "gateway_unavailable"),
        json!({"code": "gateway_unavailable", "category": "gateway", "falls_back": false, "decided_by": "project"})
    );
    assert_eq!(
        (&after["strategy"], &after["exploration_percent"]),
        (&json!("rules"), &json!(7))
    );
    assert_eq!(after["revision"], before["revision"].as_i64().unwrap() + 1);
    let same = app.admin("PUT", "/routing", &tightened).await.json();
    assert_eq!(same["data"], after, "what changes nothing is no new revision");
    let alone = pay(&app, "132").await;
    assert_eq!(
        (&alone["gateway"]["code"], &alone["failure"]["code"]),
        (&json!("sim_a"), &json!("gateway_unavailable"))
    );
    let first = account_of(&app, "sim_a").await;
    let weightless =
        json!({"method_code": "momo_mtn", "country": "CI", "accounts": [{"account_id": first, "weight": 0}]});
    assert_eq!(app.admin("POST", "/routing-rules", &weightless).await.status, 201);
    let balanced = json!({"strategy": "load_balanced"});
    let reply = app.admin("PUT", "/routing", &balanced).await;
    assert_eq!(reply.fields(), ["strategy"]);
}

#[tokio::test]
async fn health_shows_how_accounts_do() {
    let app = App::start().await;
    assert_eq!(app.admin("GET", "/health", NONE).await.json()["data"], json!([]));
    for _ in 0..5 {
        pay(&app, "100").await;
    }
    let begun = Instant::now();
    let row = loop {
        let all = app
            .admin("GET", "/health?method_code=momo_mtn&country=CI", NONE)
            .await
            .json();
        match all["data"].as_array().unwrap().first() {
            Some(row) if row["success_percent"].as_i64().unwrap() > 80 => break row.clone(),
            _ => {}
        }
        assert!(begun.elapsed() < PATIENCE, "still {all}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(
        (&row["gateway_code"], &row["standing"], &row["next_probe_at"]),
        (&json!("sim_a"), &json!("healthy"), NONE)
    );
    let elsewhere = app.admin("GET", "/health?country=SN", NONE).await.json();
    assert_eq!(elsewhere["data"], json!([]));
    assert_eq!(
        app.admin("GET", "/health?country=Senegal", NONE).await.fields(),
        ["country"]
    );
}

#[tokio::test]
async fn changes_at_the_same_time_build_on_each_other() {
    let app = App::start().await;
    let first = account_of(&app, "sim_a").await;
    let before = app.admin("GET", "/routing", NONE).await.json()["data"]["revision"]
        .as_i64()
        .unwrap();
    let rule =
        |country: &str| json!({"method_code": "momo_mtn", "country": country, "accounts": [{"account_id": first}]});
    let (ivory, benin, again) = (rule("CI"), rule("BJ"), rule("CI"));
    let (strategy, share) = (json!({"strategy": "success_rate"}), json!({"exploration_percent": 9}));
    let (one, two, three, four, five) = tokio::join!(
        app.admin("POST", "/routing-rules", &ivory),
        app.admin("PUT", "/routing", &strategy),
        app.admin("POST", "/routing-rules", &benin),
        app.admin("PUT", "/routing", &share),
        app.admin("POST", "/routing-rules", &again),
    );
    let mut statuses = [one, two, three, four, five].map(|reply| reply.status);
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        [200, 200, 201, 201, 409],
        "one of the two equal rules is refused"
    );
    let after = app.admin("GET", "/routing", NONE).await.json()["data"].take();
    assert_eq!(
        (&after["strategy"], &after["exploration_percent"], &after["revision"]),
        (&json!("success_rate"), &json!(9), &json!(before + 4))
    );
    let rules = app
        .admin("GET", "/routing-rules?method_code=momo_mtn", NONE)
        .await
        .json();
    assert_eq!(rules["pagination"]["count"], 3);
}
