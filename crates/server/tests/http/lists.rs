//! Lists of intents: pages, filters, cursors.

use serde_json::Value;

use crate::app::{App, order};

const LIST: &str = "/v1/payment/intents";

fn ids(page: &Value) -> Vec<String> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

fn path_of(app: &App, page: &Value, name: &str) -> Option<String> {
    page["pagination"][name]
        .as_str()
        .map(|url| url.strip_prefix(&app.url).unwrap().to_owned())
}

/// Rows of one millisecond stand in the order of their ids, which is not that of their making.
async fn next_millisecond(app: &App) {
    let now_ms = app.engine.now_ms();
    while app.engine.now_ms() == now_ms {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn pages_lead_through_everything_and_back_while_rows_are_added() {
    let app = App::start().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.insert(0, app.intent().await);
        next_millisecond(&app).await;
    }
    let first = app.get(&format!("{LIST}?per_page=3&status=pending")).await.json();
    let pagination = &first["pagination"];
    assert_eq!(
        (&pagination["count"], &pagination["per_page"]),
        (&Value::from(3), &Value::from(3))
    );
    assert_eq!(pagination["path"], format!("{}{LIST}", app.url));
    assert!(
        pagination["prev_cursor"].is_null() && pagination["has_pages"] == true && pagination["has_more_pages"] == true
    );
    assert!(pagination["next_page_url"].as_str().unwrap().contains("status=pending"));

    let (mut seen, mut pages, mut next) = (ids(&first), vec![first.clone()], path_of(&app, &first, "next_page_url"));
    while let Some(path) = next {
        app.intent().await;
        let page = app.get(&path).await.json();
        seen.extend(ids(&page));
        next = path_of(&app, &page, "next_page_url");
        pages.push(page);
    }
    assert_eq!(seen, made);
    assert_eq!(pages.len(), 3);
    let back = app
        .get(&path_of(&app, &pages[2], "prev_page_url").unwrap())
        .await
        .json();
    assert_eq!(ids(&back), ids(&pages[1]));
    let top = app.get(&path_of(&app, &back, "prev_page_url").unwrap()).await.json();
    assert_eq!(ids(&top), ids(&first));
}

#[tokio::test]
async fn filters() {
    let app = App::start().await;
    let id = app.intent().await;
    let mut body = order();
    body["customer"]["email"] = Value::from("other@example.com");
    let other = app.post(LIST, &body).await.json()["data"].take();
    let customer = other["customer"]["id"].as_str().unwrap();
    let count = async |query: &str| app.get(&format!("{LIST}?{query}")).await.json()["pagination"]["count"].as_i64();
    assert_eq!(count(&format!("customer_id={customer}")).await, Some(1));
    assert_eq!(count("status=completed").await, Some(0));
    assert_eq!(count("status=refunded").await, Some(0));
    let created = app.get(&format!("{LIST}/{id}")).await.json()["data"]["created_at"]
        .as_str()
        .unwrap()
        .to_owned();
    let day = &created[..10];
    assert_eq!(
        count(&format!("created_at[gte]={day}&created_at[lte]={day}")).await,
        Some(2)
    );
    assert_eq!(count(&format!("created_at%5Bgte%5D={created}")).await, Some(2));
    assert_eq!(count("created_at[lte]=2020-01-01").await, Some(0));
    for (query, name) in [
        ("status=paid", "status"),
        ("per_page=0", "per_page"),
        ("per_page=1000", "per_page"),
        ("per_page=-1", "per_page"),
        ("cursor=abc", "cursor"),
        ("customer_id=5", "customer_id"),
        ("created_at[gte]=soon", "created_at[gte]"),
        ("created_at%5Blte%5D=%FF", "created_at[lte]"),
        ("per_page=99999999999999999999", "per_page"),
    ] {
        assert_eq!(app.get(&format!("{LIST}?{query}")).await.fields(), [name], "{query}");
    }
    assert_eq!(app.get(&format!("{LIST}?unknown=1&%ZZ&=&&")).await.status, 200);
}
