//! Lists.

use engine::KekOrigin;
use engine::commands::{Countries, CreateIntent};
use engine::domain::currency::Currency;
use engine::domain::money::Money;
use engine::domain::scope::ApiFamily;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{id_of, sale};
use crate::app::App;

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(id_of).collect()
}

#[tokio::test]
async fn pages_go_both_ways_without_skipping() {
    let app = App::start().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(id_of(&app.made(&sale()).await));
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    made.reverse();
    let first = app.ask("GET", "?limit=3", &Value::Null).await.json();
    assert_eq!(
        (&first["object"], &first["url"]),
        (&json!("list"), &json!("/api/v1/payment-intents"))
    );
    assert_eq!(ids(&first), made[..3]);
    assert_eq!(
        (&first["has_more"], &first["next_cursor"]),
        (&json!(true), &json!(made[2]))
    );
    let second = app
        .ask("GET", &format!("?limit=3&starting_after={}", made[2]), &Value::Null)
        .await
        .json();
    assert_eq!(ids(&second), made[3..6]);
    let last = app
        .ask("GET", &format!("?limit=3&starting_after={}", made[5]), &Value::Null)
        .await
        .json();
    assert_eq!(
        (ids(&last), &last["has_more"], &last["next_cursor"]),
        (made[6..].to_vec(), &json!(false), &Value::Null)
    );
    let back = app
        .ask("GET", &format!("?limit=2&ending_before={}", made[3]), &Value::Null)
        .await
        .json();
    assert_eq!(ids(&back), made[1..3], "the two next to it");
    assert_eq!(
        (&back["has_more"], &back["next_cursor"]),
        (&json!(true), &json!(made[1])),
        "the cursor leads on the same way"
    );
    let newest = app
        .ask("GET", &format!("?limit=2&ending_before={}", made[1]), &Value::Null)
        .await
        .json();
    assert_eq!((ids(&newest), &newest["has_more"]), (made[..1].to_vec(), &json!(false)));
}

#[tokio::test]
async fn lists_are_filtered_by_status_and_customer() {
    let app = App::start().await;
    let waiting = app.made(&sale()).await;
    let mut other = sale();
    other["customer_email"] = json!("other@example.com");
    let paid = app.made(&other).await;
    app.confirm(&id_of(&paid), "100").await;
    app.until_named(&id_of(&paid), "succeeded").await;
    let of = |query: String| async move { query };
    for (query, expected) in [
        ("status=succeeded".to_owned(), vec![id_of(&paid)]),
        ("status=requires_payment_method".to_owned(), vec![id_of(&waiting)]),
        ("status=requires_confirmation".to_owned(), vec![]),
        ("status=canceled".to_owned(), vec![]),
        (
            format!("customer={}", paid["customer"].as_str().unwrap()),
            vec![id_of(&paid)],
        ),
    ] {
        let query = of(query).await;
        let list = app.ask("GET", &format!("?{query}"), &Value::Null).await.json();
        assert_eq!(ids(&list), expected, "{query}");
    }
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "status=paid",
        "starting_after=x",
        "customer=x",
        "starting_after=pi_01jxa5qj0c8z6t9y3m4n5p6r7s",
    ] {
        app.ask("GET", &format!("?{query}"), &Value::Null).await.told(400);
    }
}

/// Nobody has confirmed it yet.
fn unconfirmed() -> CreateIntent {
    CreateIntent {
        family: ApiFamily::Payment,
        amount: Money::from_minor(5_000, Currency::parse("XOF").unwrap()).unwrap(),
        customer: None,
        customer_id: None,
        description: None,
        return_url: None,
        webhook_url: None,
        statement_descriptor: None,
        receipt_email: None,
        metadata: "{}".to_owned(),
        countries: Countries::default(),
        lifetime_ms: 3_600_000,
        fail_with_attempt: None,
        attempt: None,
    }
}

#[tokio::test]
async fn one_among_thousands_is_found_by_its_status() {
    let app = App::start_idle(KekOrigin::Given, None).await;
    let mut confirmed = Vec::new();
    for (digits, status) in [("121", "requires_action"), ("114", "processing")] {
        let id = id_of(&app.made(&sale()).await);
        assert_eq!(app.confirm(&id, digits).await.json()["status"], status);
        confirmed.push((id, status));
    }
    for _ in 0..42 {
        let mut tasks = JoinSet::new();
        for _ in 0..50 {
            let (engine, scope) = (app.engine.clone(), app.scope);
            tasks.spawn(async move { engine.create_intent(scope, unconfirmed(), None).await });
        }
        assert!(tasks.join_all().await.iter().all(Result::is_ok));
    }
    for (id, status) in confirmed {
        let list = app.ask("GET", &format!("?status={status}"), &Value::Null).await.json();
        assert_eq!((ids(&list), &list["has_more"]), (vec![id], &json!(false)), "{status}");
    }
    let waiting = app
        .ask("GET", "?status=requires_payment_method&limit=100", &Value::Null)
        .await
        .json();
    assert_eq!((ids(&waiting).len(), &waiting["has_more"]), (100, &json!(true)));
}
