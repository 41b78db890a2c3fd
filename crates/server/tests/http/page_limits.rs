//! How often pages for payers may be used: by where somebody comes from, and by the page.

use serde_json::Value;
use server::{Config, RateLimits, Rates};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::app::{App, Reply, attempt, order};

const WRONG: &str = "/c/kX0nVb3vJYl2mQe5sT8wRz1a";

impl App {
    /// A request of somebody behind the proxy that this server believes.
    async fn visit_from(&self, address: &str, method: &str, path: &str) -> Reply {
        let headers = [("X-Forwarded-For", address), ("Accept-Language", "en")];
        self.send_bare(method, path, &headers, b"").await
    }

    async fn page_and_intent(&self) -> (String, String) {
        let made = self.post("/v1/payment/checkouts", &order()).await.json()["data"].take();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let path = text(&made["checkout"]["url"]).replace(&self.url, "");
        (path, text(&made["payment"]["id"]))
    }

    /// Asks until it is too often; a minute may begin meanwhile. Returns how often it was not.
    async fn until_too_often(&self, address: &str, method: &str, path: &str) -> usize {
        for times in 0..700 {
            let reply = self.visit_from(address, method, path).await;
            if reply.status == 429 {
                let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=60).contains(&wait), "{wait}");
                assert!(reply.text().contains("too fast"), "{}", reply.text());
                return times;
            }
        }
        panic!("never too often");
    }
}

#[tokio::test]
async fn forms_are_counted_by_where_they_come_from() {
    let app = App::start().await;
    let (path, _) = app.page_and_intent().await;
    let taken = app.until_too_often("203.0.113.7", "POST", &path).await;
    assert!((300..=600).contains(&taken), "{taken}");
    assert_eq!(app.visit_from("203.0.113.8", "POST", &path).await.status, 303);
    assert_eq!(app.visit_from("203.0.113.7", "GET", &path).await.status, 200);
    let taken = app.until_too_often("2001:db8:1:2::1", "POST", &path).await;
    assert!((300..=600).contains(&taken), "{taken}");
    assert_eq!(app.visit_from("2001:db8:1:2:ffff::9", "POST", &path).await.status, 429);
    for _ in 0..305 {
        assert_eq!(
            app.send_bare("POST", &path, &[], b"").await.status,
            303,
            "nobody says from where"
        );
    }
}

#[tokio::test]
async fn wrong_tokens_are_counted_and_right_ones_open_all_the_same() {
    let app = App::start().await;
    let (path, _) = app.page_and_intent().await;
    let taken = app.until_too_often("203.0.113.7", "GET", WRONG).await;
    assert!((20..=40).contains(&taken), "{taken}");
    assert_eq!(
        app.visit_from("203.0.113.7", "GET", "/l/kX0nVb3vJYl2mQe5sT8wRz1a")
            .await
            .status,
        429
    );
    assert_eq!(app.visit_from("203.0.113.7", "GET", &path).await.status, 200);
    assert_eq!(app.visit_from("203.0.113.9", "GET", WRONG).await.status, 404);
}

#[tokio::test]
async fn one_page_takes_ten_tries_and_ten_codes_in_an_hour() {
    let app = App::start().await;
    let (path, id) = app.page_and_intent().await;
    for number in 0..10 {
        let reply = app
            .post(&format!("/v1/payment/intents/{id}/attempt"), &attempt("110"))
            .await;
        assert_eq!(reply.status, 201, "{number}: {}", reply.text());
        app.until(&id, |intent| intent["active_attempt"]["status"] == "failed")
            .await;
    }
    let form = b"step=pay&form=10&country=CI&method=momo_mtn&phone=0700000001";
    let refused = app.send_bare("POST", &path, &[], form).await;
    assert_eq!(refused.status, 429, "{}", refused.text());
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3_500..=3_600).contains(&wait), "{wait}");
    let intent = app
        .get(&format!("/v1/payment/intents/{id}/attempts?per_page=100"))
        .await
        .json();
    assert_eq!(intent["data"].as_array().unwrap().len(), 10);
    let mut statuses = Vec::new();
    for _ in 0..21 {
        let reply = app.send_bare("POST", &path, &[], b"step=code&code=123456").await;
        statuses.push(reply.status);
    }
    // An hour may begin meanwhile.
    assert!(
        statuses.iter().filter(|status| **status == 303).count() >= 10,
        "{statuses:?}"
    );
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

#[tokio::test]
async fn nothing_is_counted_without_limits() {
    let app = App::start().await;
    let config = Config {
        public_url: app.url.clone(),
        simulator_url: None,
        rate_limits: RateLimits::Off,
        rates: Rates::default(),
        trusted_proxies: "127.0.0.0/8".parse().unwrap(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = server::router(app.engine.clone(), config);
    let url = app.url.clone();
    tokio::spawn(async move { server::serve(listener, (router, &url), std::future::pending()).await });
    let request =
        format!("GET {WRONG} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n");
    for _ in 0..45 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(Reply::read(&answer).status, 404);
    }
    assert_eq!(app.visit_from("203.0.113.7", "GET", WRONG).await.status, 404);
}
