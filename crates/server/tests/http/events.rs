//! Events: the list, one event, and the stream that tells every one once, in order, to those who may know.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use engine::CancellationToken;
use engine::domain::scope::ApiFamily;
use serde_json::{Value, json};
use server::{Config, RateLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::app::{App, admin, attempt, order};
use crate::event_reader::{Message, Reader};

const STREAM: &str = "/v1/events/stream";
const PAYMENTS: usize = 250;
/// What answers on the network within this time did not wait for the next sign of life.
const PROMPT: Duration = Duration::from_secs(10);

/// From now on nothing is eligible, and every attempt ends at once.
async fn close_accounts(app: &App) {
    let accounts = app
        .admin("GET", "/gateway-accounts?per_page=100", &Value::Null)
        .await
        .json();
    for account in accounts["data"].as_array().unwrap() {
        let path = format!("/gateway-accounts/{}/close", account["id"].as_str().unwrap());
        let closed = app.admin("POST", &path, &json!({})).await;
        assert_eq!(closed.status, 200, "{}", closed.text());
    }
}

/// A payment that fails at once and announces two events; its id.
async fn fail(app: &App, key: &str, order: &Value) -> String {
    let mut order = order.clone();
    order["fail_with_attempt"] = json!(true);
    order["attempt"] = attempt("100");
    let key = format!("Bearer {key}");
    let body = order.to_string();
    let headers = [("Authorization", key.as_str())];
    let reply = app
        .send_bare("POST", "/v1/payment/intents", &headers, body.as_bytes())
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"]["id"].as_str().unwrap().to_owned()
}

/// Everything that is listed, oldest first.
async fn listed(app: &App) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = "/v1/events?per_page=100".to_owned();
    loop {
        let page = app.get(&path).await.json();
        all.extend(page["data"].as_array().unwrap().clone());
        match page["pagination"]["next_page_url"].as_str() {
            Some(url) => path = url.strip_prefix(&app.url).unwrap().to_owned(),
            None => break,
        }
    }
    all.reverse();
    all
}

/// Reads so many events, and hangs up again and again to go on after the last one.
async fn read_in_pieces(app: &App, first: Reader, wanted: usize) -> Vec<Message> {
    let (mut all, mut reader, mut piece) = (Vec::<Message>::new(), Some(first), 3);
    while all.len() < wanted {
        let mut open = match reader.take() {
            Some(open) => open,
            None => {
                let last = all.last().map_or("", |message| message.id.as_str());
                match Reader::open(app, STREAM, &app.keys.payment.text, &[("Last-Event-ID", last)]).await {
                    Ok(open) => open,
                    Err(busy) => {
                        assert_eq!(busy.refused(429), "too_many_streams");
                        continue;
                    }
                }
            }
        };
        for _ in 0..piece.min(wanted - all.len()) {
            all.push(open.next().await.expect("the stream goes on"));
        }
        piece = (piece * 5 + 1) % 17;
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_comes_once_and_in_order_however_often_a_reader_comes_back() {
    let app = App::start().await;
    close_accounts(&app).await;
    let key = &app.keys.payment.text;
    let reader = Reader::open(&app, STREAM, key, &[]).await.ok().unwrap();
    let order = order();
    let pay = async || {
        for _ in 0..PAYMENTS / 5 {
            fail(&app, key, &order).await;
        }
    };
    let read = read_in_pieces(&app, reader, PAYMENTS * 2);
    let (told, ..) = tokio::join!(read, pay(), pay(), pay(), pay(), pay());

    let listed = listed(&app).await;
    let shown: Vec<&Value> = told.iter().map(|message| &message.data).collect();
    assert_eq!(shown.len(), PAYMENTS * 2);
    assert!(
        shown.iter().zip(&listed).all(|(told, listed)| *told == listed),
        "as listed"
    );
    assert_eq!(shown.len(), listed.len());
    let ids: HashSet<&str> = told.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(ids.len(), told.len(), "none twice");
    let mut payments = HashSet::new();
    for message in &told {
        let is_first = payments.insert(message.data["payment_id"].as_str().unwrap());
        let (sequence, event) = match is_first {
            true => (1, "payment.attempt.failed"),
            false => (2, "payment.failed"),
        };
        assert_eq!(message.data["sequence"], sequence);
        assert_eq!(message.event, event);
    }
    assert_eq!(payments.len(), PAYMENTS);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_every_stream_at_once() {
    let app = App::start().await;
    close_accounts(&app).await;
    let (key, admin_key) = (app.keys.payment.text.clone(), app.keys.admin.text.clone());
    let path = "/admin/v1/events/stream";
    let mut readers = vec![Reader::open(&app, path, &admin_key, &[]).await.ok().unwrap()];
    for _ in 0..3 {
        readers.push(Reader::open(&app, STREAM, &key, &[]).await.ok().unwrap());
    }
    // The command line's way in, and a reader that takes nothing any more.
    let config = Config {
        public_url: app.url.clone(),
        simulator_url: None,
        rate_limits: RateLimits::Default,
        rates: server::Rates::default(),
        trusted_proxies: server::TrustedProxies::default(),
    };
    let router = server::router_for_command_line(app.engine.clone(), config);
    let (mut stalled, theirs) = tokio::io::duplex(512);
    let stop = CancellationToken::new();
    let talk = tokio::spawn(server::converse_until(theirs, router, stop.clone().cancelled_owned()));
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    stalled.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 15];
    stalled.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");

    fail(&app, &key, &order()).await;
    for reader in &mut readers {
        reader.next().await.unwrap();
        reader.next().await.unwrap();
    }
    stop.cancel();
    tokio::time::timeout(PROMPT / 2, talk)
        .await
        .expect("it waits for no reader")
        .unwrap();
    tokio::time::timeout(PROMPT / 2, app.stop())
        .await
        .expect("it waits for no stream");
    for mut reader in readers {
        assert!(reader.next().await.is_none(), "ended as it should");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_show_what_webhooks_tell() {
    let app = App::start().await;
    close_accounts(&app).await;
    let key = app.keys.payment.text.clone();
    let mut reader = Reader::open(&app, STREAM, &key, &[]).await.ok().unwrap();
    let (first, second) = (fail(&app, &key, &order()).await, fail(&app, &key, &order()).await);
    for _ in 0..4 {
        reader.next().await.unwrap();
    }
    let rows = async |query: &str| {
        let page = app.get(&format!("/v1/events{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text());
        page.json()["data"].as_array().unwrap().clone()
    };
    let mut all = rows("").await;
    assert_eq!(all.len(), 4);
    all.reverse();
    for id in [&first, &second] {
        let of_payment = rows(&format!("?payment_id={id}")).await;
        assert_eq!(of_payment.len(), 2);
        let bodies: Vec<Value> = of_payment.iter().rev().map(|row| row["body"].clone()).collect();
        assert_eq!(bodies, app.events(id), "to the letter");
    }
    let spelled = first.replace("TRX", "pi_").to_lowercase();
    assert_eq!(rows(&format!("?payment_id={spelled}")).await.len(), 2);
    let failed = rows("?event=payment.failed").await;
    assert!(failed.len() == 2 && failed.iter().all(|row| row["event"] == "payment.failed"));
    assert_eq!(
        rows(&format!("?event=payment.failed&payment_id={second}")).await.len(),
        1
    );
    assert_eq!(
        rows("?created_at[gte]=2026-01-01&created_at[lte]=2999-01-01")
            .await
            .len(),
        4
    );
    assert_eq!(rows("?created_at[gte]=2999-01-01").await.len(), 0);
    for (query, field) in [
        ("event=paid", "event"),
        ("event=payment_intent.succeeded", "event"),
        ("payment_id=x", "payment_id"),
        ("created_at[lte]=soon", "created_at[lte]"),
        ("cursor=x", "cursor"),
    ] {
        assert_eq!(
            app.get(&format!("/v1/events?{query}")).await.fields(),
            [field],
            "{query}"
        );
    }

    let id = all[0]["id"].as_str().unwrap();
    assert_eq!(app.get(&format!("/v1/events/{id}")).await.json()["data"], all[0]);
    for query in ["events=paid", "after=evt_01ktkhn7g004hmasw9nf6yy093", "after=x"] {
        let name = query.split('=').next().unwrap();
        assert_eq!(app.get(&format!("{STREAM}?{query}")).await.fields(), [name], "{query}");
    }
    let after = format!("{STREAM}?after={id}&events=payment.failed");
    let mut chosen = Reader::open(&app, &after, &key, &[]).await.ok().unwrap();
    for payment in [&first, &second] {
        let message = chosen.next().await.unwrap();
        assert_eq!(
            (message.event.as_str(), &message.data["payment_id"]),
            ("payment.failed", &json!(payment))
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_told_to_their_own_project_and_environment_only() {
    let app = App::start().await;
    let made = app
        .admin("POST", "/projects", &json!({"name": "Second shop", "with_keys": true}))
        .await;
    let theirs = made.json()["data"]["keys"]["payment"].as_str().unwrap().to_owned();
    let their_admin = made.json()["data"]["keys"]["admin"].as_str().unwrap().to_owned();
    let opened = app.admin("POST", "/project/live", &json!({})).await;
    assert!(opened.status < 300, "{}", opened.text());
    let live = [("Cowry-Environment", "live")];
    let key = app.keys.payment.text.clone();
    let mut ours = Reader::open(&app, STREAM, &key, &[]).await.ok().unwrap();
    let mut their = Reader::open(&app, STREAM, &theirs, &[]).await.ok().unwrap();
    let _live = Reader::open(&app, "/admin/v1/events/stream", &app.keys.admin.text, &live)
        .await
        .ok()
        .unwrap();

    let our_payment = fail(&app, &key, &order()).await;
    let event = ours.next().await.unwrap();
    assert_eq!(event.data["payment_id"], our_payment);
    let their_payment = fail(&app, &theirs, &order()).await;
    assert_eq!(
        their.next().await.unwrap().data["payment_id"],
        their_payment,
        "theirs is the first that they see"
    );

    let (unknown, known) = ("evt_01ktkhn7g004hmasw9nf6yy093", event.id.as_str());
    let bearer = format!("Bearer {theirs}");
    let mut answers = HashSet::new();
    for id in [unknown, known] {
        let path = format!("/v1/events/{id}");
        let reply = app.send_bare("GET", &path, &[("Authorization", &bearer)], b"").await;
        assert_eq!(reply.refused(404), "not_found");
        let stream = Reader::open(&app, &format!("{STREAM}?after={id}"), &theirs, &[]).await;
        let admin = app
            .admin_as(&their_admin, &[], ("GET", &format!("/events/{id}")), &Value::Null)
            .await;
        let elsewhere = ("GET", &*format!("/events/{id}"));
        let elsewhere = app.admin_as(&app.keys.admin.text, &live, elsewhere, &Value::Null).await;
        let mut seen = Vec::new();
        for reply in [reply, stream.err().unwrap(), admin, elsewhere] {
            let mut body = reply.json();
            body["request_id"].take();
            seen.push(format!("{} {body}", reply.status));
        }
        answers.insert(seen);
    }
    assert_eq!(
        answers.len(),
        1,
        "a foreign event looks like an unknown one: {answers:#?}"
    );
    let in_live = app
        .admin_as(&app.keys.admin.text, &live, ("GET", "/events"), &Value::Null)
        .await;
    assert_eq!(in_live.json()["data"], json!([]));
    assert_eq!(app.get("/admin/v1/events").await.refused(403), "forbidden");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_key_and_counts_while_it_is_open() {
    let app = App::start().await;
    close_accounts(&app).await;
    let doomed = app.new_key(ApiFamily::Payment, None).await;
    let key = app.keys.payment.text.clone();
    let mut ending = Reader::open(&app, STREAM, &doomed.text, &[]).await.ok().unwrap();
    let mut readers = Vec::new();
    for _ in 0..16 {
        readers.push(Reader::open(&app, STREAM, &key, &[]).await.ok().unwrap());
    }
    let refused = Reader::open(&app, STREAM, &key, &[]).await.err().unwrap();
    assert_eq!(refused.refused(429), "too_many_streams");
    assert!(app.get("/metrics").await.text().contains("cowry_event_streams_open"));

    let payment = fail(&app, &key, &order()).await;
    assert_eq!(ending.next().await.unwrap().data["payment_id"], payment);
    assert_eq!(ending.next().await.unwrap().event, "payment.failed");
    app.engine
        .revoke_api_key(&admin(), app.scope, &doomed.id)
        .await
        .unwrap();
    assert!(ending.next().await.is_none(), "ended as it should");
    assert_eq!(
        Reader::open(&app, STREAM, &doomed.text, &[])
            .await
            .err()
            .unwrap()
            .refused(401),
        "unauthenticated"
    );
    let other = &mut readers[0];
    assert_eq!(
        other.next().await.unwrap().data["payment_id"],
        payment,
        "other keys' streams go on"
    );

    // Whoever hangs up is noticed at once, not at the next sign of life.
    readers.pop();
    let begun = Instant::now();
    while let Err(refused) = Reader::open(&app, STREAM, &key, &[]).await {
        assert_eq!(refused.refused(429), "too_many_streams");
        assert!(begun.elapsed() < PROMPT, "the place stays taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_where_an_event_went() {
    let app = App::start().await;
    close_accounts(&app).await;
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let mut order = order();
    order["webhook_url"] = json!(format!("http://{nobody}/hook"));
    let admin_key = app.keys.admin.text.clone();
    let mut reader = Reader::open(&app, "/admin/v1/events/stream", &admin_key, &[])
        .await
        .ok()
        .unwrap();
    fail(&app, &app.keys.payment.text, &order).await;
    let event = reader.next().await.unwrap();
    let begun = Instant::now();
    let told = loop {
        let reply = app.admin("GET", &format!("/events/{}", event.id), &Value::Null).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let data = reply.json()["data"].take();
        if data["deliveries"][0]["tries"].as_i64().is_some_and(|tries| tries > 0) {
            break data;
        }
        assert!(begun.elapsed() < PROMPT * 3, "still {data}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let delivery = &told["deliveries"][0];
    assert_eq!(told["body"], event.data["body"]);
    assert_eq!(
        (&delivery["endpoint_id"], &delivery["url"]),
        (&Value::Null, &order["webhook_url"])
    );
    assert_eq!(
        (&delivery["state"], &delivery["last_outcome"]),
        (&json!("waiting"), &json!("unreachable"))
    );
    assert!(delivery["last_status"].is_null() && delivery["next_try_at"].is_string());
    app.stop().await;
}
