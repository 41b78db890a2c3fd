//! The pages for payers over real sockets, without a script: what each screen says, and that whatever is sent pays once.

mod guarded;
mod late;
mod paying;
mod prompts;
mod screens;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{App, Reply, order};

/// A payment with a page.
pub(super) struct Session {
    pub(super) path: String,
    pub(super) intent: String,
}

impl App {
    pub(super) async fn session(&self, change: impl FnOnce(&mut Value)) -> Session {
        let mut body = order();
        body["customization"] = json!({"brand": "Boutique Awa"});
        body["return_url"] = json!("https://shop.example/thanks?order=1#top");
        change(&mut body);
        let reply = self.post("/v1/payment/checkouts", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let data = reply.json()["data"].take();
        let url = data["checkout"]["url"].as_str().unwrap();
        Session {
            path: url.strip_prefix(&self.url).unwrap().to_owned(),
            intent: data["payment"]["id"].as_str().unwrap().to_owned(),
        }
    }

    pub(super) async fn page(&self, path: &str) -> Reply {
        self.send_bare("GET", path, &[], b"").await
    }

    pub(super) async fn fill_in(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.fill_in_from(path, &[], fields).await
    }

    pub(super) async fn fill_in_from(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send_bare("POST", path, &all, body.as_bytes()).await
    }

    /// Pays with MTN in Côte d'Ivoire from a page that knows of `form` attempts.
    pub(super) async fn pay_by(&self, session: &Session, digits: &str, form: &str) -> Reply {
        let number = format!("0500000{digits}");
        let fields = [
            ("step", "pay"),
            ("form", form),
            ("country", "CI"),
            ("phone", number.as_str()),
            ("method", "momo_mtn"),
        ];
        self.fill_in(&session.path, &fields).await
    }

    /// Reads the page until it is that screen.
    pub(super) async fn until_screen(&self, path: &str, screen: &str) -> String {
        for _ in 0..400 {
            let text = self.page(path).await.text();
            if screen_of(&text) == screen {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("never {screen}, but {}", screen_of(&self.page(path).await.text()));
    }

    /// A provider's page after the payer has approved there.
    pub(super) async fn page_of_provider(&self, url: &str) -> String {
        let (address, path) = url.trim_start_matches("http://").split_once('/').unwrap();
        let body = "decision=approve";
        let request = format!(
            "POST /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let get = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let mut answer = Vec::new();
        for request in [request, get] {
            answer.clear();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            stream.read_to_end(&mut answer).await.unwrap();
        }
        Reply::read(&answer).text()
    }

    pub(super) async fn attempts(&self, session: &Session) -> Vec<Value> {
        let reply = self
            .get(&format!("/v1/payment/intents/{}/attempts", session.intent))
            .await;
        reply.json()["data"].as_array().unwrap().clone()
    }
}

pub(super) fn screen_of(page: &str) -> &str {
    let after = page.split("data-screen=\"").nth(1).unwrap_or_default();
    after.split('"').next().unwrap_or_default()
}

pub(super) fn leads_to(reply: &Reply, address: &str) {
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, Some(address)),
        "{}",
        reply.text()
    );
}
