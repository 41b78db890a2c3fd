//! Lists.

use serde_json::{Value, json};

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
