//! A small world for senders: receivers that behave as told, and a network whose names and wires are the test's.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use webhooks::{Answer, Destinations, Letter, Network, Pending, SendFailure, Sender, Sockets};
use world::World;

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
pub(crate) const OK_AND_CLOSE: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";

/// What a receiver does after it has read a letter.
#[derive(Clone)]
pub(crate) enum Temper {
    /// Writes this and waits for the next letter.
    Says(String),
    /// Writes this and closes.
    SaysAndCloses(String),
    /// Writes this, then the letter `x` until the other side has enough.
    NeverEnds(String),
    /// Writes this and is silent.
    FallsSilent(String),
}

/// A receiver on 127.0.0.1.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
    /// Connections that have ended.
    pub(crate) ended: Arc<AtomicUsize>,
    pub(crate) letters: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    pub(crate) async fn with(temper: Temper) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), temper)
    }

    pub(crate) fn on(listener: TcpListener, temper: Temper) -> Self {
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let letters = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicUsize::new(0));
        let (count, log, end) = (Arc::clone(&connections), Arc::clone(&letters), Arc::clone(&ended));
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let receiving = receive(socket, temper.clone(), Arc::clone(&log));
                let end = Arc::clone(&end);
                tokio::spawn(async move {
                    receiving.await;
                    end.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            address,
            connections,
            ended,
            letters,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?a=b", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn receive(mut socket: TcpStream, temper: Temper, log: Arc<Mutex<Vec<String>>>) {
    while let Some(letter) = read_letter(&mut socket).await {
        log.lock().unwrap().push(letter);
        match &temper {
            Temper::Says(text) => {
                if socket.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            Temper::SaysAndCloses(text) => {
                let _ = socket.write_all(text.as_bytes()).await;
                return;
            }
            Temper::NeverEnds(text) => {
                let _ = socket.write_all(text.as_bytes()).await;
                while socket.write_all(&[b'x'; 4096]).await.is_ok() {}
                return;
            }
            Temper::FallsSilent(text) => {
                let _ = socket.write_all(text.as_bytes()).await;
                let _ = socket.read_to_end(&mut Vec::new()).await;
                return;
            }
        }
    }
}

/// One whole request as text; `None` at the end of the connection.
pub(crate) async fn read_letter(socket: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        let mut buffer = [0; 4096];
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
        }
    }
}

/// A network with its own names. Public addresses lead to one receiver; loopback is real; nothing else is there.
#[derive(Default)]
pub(crate) struct Lab {
    /// The answers of a name, one after the other; the last one stays.
    names: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    public: Option<SocketAddr>,
    pub(crate) look_ups: AtomicUsize,
    pub(crate) dialled: Mutex<Vec<SocketAddr>>,
}

impl Lab {
    /// A network whose public addresses all lead to `receiver`.
    pub(crate) fn leading_to(receiver: SocketAddr) -> Self {
        Self {
            public: Some(receiver),
            ..Self::default()
        }
    }

    pub(crate) fn name(&self, name: &str, answers: Vec<Vec<IpAddr>>) {
        self.names.lock().unwrap().insert(name.to_owned(), answers);
    }

    pub(crate) fn dials(&self) -> Vec<SocketAddr> {
        std::mem::take(&mut self.dialled.lock().unwrap())
    }
}

impl Network for Lab {
    fn look_up(&self, name: String) -> Pending<Vec<IpAddr>> {
        self.look_ups.fetch_add(1, Ordering::SeqCst);
        let mut names = self.names.lock().unwrap();
        let answer = match names.get_mut(&name) {
            Some(answers) if answers.len() > 1 => Ok(answers.remove(0)),
            Some(answers) => Ok(answers[0].clone()),
            None => Err(io::Error::other("no such name")),
        };
        Box::pin(async move { answer })
    }

    fn dial(&self, address: SocketAddr) -> Pending<TcpStream> {
        self.dialled.lock().unwrap().push(address);
        let is_here = match address.ip() {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_unspecified(),
            IpAddr::V6(ip) => ip.to_ipv4().is_some() || ip.is_loopback(),
        };
        let place = if is_here { Some(address) } else { self.public };
        Box::pin(async move {
            match place {
                Some(place) => TcpStream::connect(place).await,
                None => Err(io::ErrorKind::ConnectionRefused.into()),
            }
        })
    }
}

/// A sender on the machine's own network that may call private addresses, and is soon out of patience.
pub(crate) fn sender() -> Sender {
    Sender::over(hasty(Destinations::PrivateToo)).unwrap()
}

pub(crate) fn sender_in(lab: &Arc<Lab>, destinations: Destinations) -> Sender {
    let mut sockets = hasty(destinations);
    sockets.network = Arc::clone(lab) as Arc<dyn Network>;
    Sender::over(sockets).unwrap()
}

/// Sends one letter with a sender of its own.
pub(crate) async fn send_in(
    lab: &Arc<Lab>,
    destinations: Destinations,
    url: impl Into<String>,
) -> Result<Answer, (SendFailure, i64)> {
    sender_in(lab, destinations).send(letter(url)).await
}

pub(crate) fn hasty(destinations: Destinations) -> Sockets {
    let mut sockets = Sockets::new(World::system(), destinations);
    sockets.exchange_ms = 2_000;
    sockets.connect_ms = 1_000;
    sockets
}

pub(crate) fn letter(url: impl Into<String>) -> Letter {
    Letter {
        url: url.into(),
        headers: vec![
            ("webhook-id", "msg_1".into()),
            ("x-payment-event", "payment.completed".into()),
        ],
        body: br#"{"event":"payment.completed"}"#.to_vec(),
    }
}
