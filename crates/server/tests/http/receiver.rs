//! A merchant's server on this machine: keeps every letter that comes, and answers as a test wants.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::webhooks::{Secret, sign};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) struct Receiver {
    pub(crate) url: String,
    status: Arc<AtomicU16>,
    letters: Arc<Mutex<Vec<Letter>>>,
}

/// A letter that came, whatever was answered.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (status, letters) = (Arc::new(AtomicU16::new(200)), Arc::<Mutex<Vec<Letter>>>::default());
        let (answers, kept) = (Arc::clone(&status), Arc::clone(&letters));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, kept) = (Arc::clone(&answers), Arc::clone(&kept));
                tokio::spawn(async move { take(stream, &answers, &kept).await });
            }
        });
        Self { url, status, letters }
    }

    /// From now on it answers so; at first 200.
    pub(crate) fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Waits for so many letters in all.
    pub(crate) async fn letters(&self, wanted: usize) -> Vec<Letter> {
        let begun = Instant::now();
        loop {
            let came = self.letters.lock().unwrap().clone();
            if came.len() >= wanted {
                return came;
            }
            assert!(begun.elapsed() < PATIENCE, "{} of {wanted} letters", came.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How many came until now.
    pub(crate) fn count(&self) -> usize {
        self.letters.lock().unwrap().len()
    }
}

async fn take(mut stream: TcpStream, answers: &AtomicU16, kept: &Mutex<Vec<Letter>>) {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            bytes.drain(..end + 4);
            let headers: BTreeMap<String, String> = head
                .lines()
                .skip(1)
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            let length: usize = headers["content-length"].parse().unwrap();
            break (headers, length);
        }
    };
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let status = answers.load(Ordering::SeqCst);
    kept.lock().unwrap().push(Letter {
        headers: head,
        body: bytes,
    });
    let answer = format!("HTTP/1.1 {status} Told\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    let _ = stream.write_all(answer.as_bytes()).await;
}

impl Letter {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn event_id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Whether exactly these secrets signed it.
    pub(crate) fn is_signed_by(&self, secrets: &[&str]) -> bool {
        let read: Vec<Secret> = secrets.iter().map(|text| Secret::parse(text).unwrap()).collect();
        let at_s: i64 = self.headers["webhook-timestamp"].parse().unwrap();
        let all: Vec<&Secret> = read.iter().collect();
        let expected = sign::standard(&all, self.event_id(), at_s, &self.body);
        let second = self.headers.get("x-orqex-signature");
        self.headers["webhook-signature"] == expected
            && second.is_none_or(|given| *given == sign::body_hex(&read[0], &self.body))
    }
}
