//! What went wrong, in words that tell nothing about the inside.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use webhooks::{Destinations, Network, Pending, SendFailure, Sender};

use crate::lab::{Lab, Receiver, Temper, hasty, letter, send_in, sender};

#[tokio::test]
async fn no_name_nobody_there_and_not_allowed_are_one_and_the_same() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let lab = Arc::new(Lab::default());
    lab.name("inside.example", vec![vec![IpAddr::from([10, 0, 0, 1])]]);
    lab.name("nobody-there.example", vec![vec![IpAddr::from([93, 184, 215, 14])]]);
    lab.name("empty.example", vec![vec![]]);
    let mut failures = vec![sender().send(letter(format!("http://{free}/"))).await.unwrap_err().0];
    for host in ["unknown", "inside", "nobody-there", "empty"] {
        let sent = send_in(&lab, Destinations::Public, format!("https://{host}.example/")).await;
        failures.push(sent.unwrap_err().0);
    }
    assert_eq!(failures, [SendFailure::Unreachable; 5]);
    assert_eq!(SendFailure::Unreachable.code(), "unreachable");
    assert_eq!(
        SendFailure::Unreachable.to_string(),
        "The address could not be reached."
    );
}

#[tokio::test]
async fn what_is_not_http_or_ends_too_early_is_broken() {
    for text in [
        "",
        "SSH-2.0-OpenSSH_9.2p1\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nbroken header\r\n\r\n",
    ] {
        let receiver = Receiver::with(Temper::SaysAndCloses(text.into())).await;
        let (failure, _) = sender().send(letter(receiver.url())).await.unwrap_err();
        assert_eq!(failure, SendFailure::Broken, "after {text:?}");
    }
    let endless_head = Temper::NeverEnds("HTTP/1.1 200 OK\r\nx: ".into());
    let receiver = Receiver::with(endless_head).await;
    let (failure, _) = sender().send(letter(receiver.url())).await.unwrap_err();
    assert_eq!(failure, SendFailure::Broken);
}

/// The first address never answers a dial.
struct BlackHole {
    then: Option<SocketAddr>,
}

impl Network for BlackHole {
    fn look_up(&self, _: String) -> Pending<Vec<IpAddr>> {
        let mut found = vec![IpAddr::from([93, 184, 215, 14])];
        found.extend(self.then.map(|_| IpAddr::from([93, 184, 215, 15])));
        Box::pin(async move { Ok(found) })
    }

    fn dial(&self, address: SocketAddr) -> Pending<TcpStream> {
        let place = self.then.filter(|_| address.ip() == IpAddr::from([93, 184, 215, 15]));
        Box::pin(async move {
            match place {
                Some(place) => TcpStream::connect(place).await,
                None => std::future::pending::<io::Result<TcpStream>>().await,
            }
        })
    }
}

fn hasty_in(network: BlackHole) -> Sender {
    let mut sockets = hasty(Destinations::Public);
    sockets.connect_ms = 200;
    sockets.network = Arc::new(network);
    Sender::over(sockets).unwrap()
}

#[tokio::test]
async fn a_silent_address_costs_the_time_to_connect_and_not_the_whole() {
    let sender = hasty_in(BlackHole { then: None });
    let (failure, took_ms) = sender.send(letter("http://slow.example/")).await.unwrap_err();
    assert_eq!(failure, SendFailure::TimedOut);
    assert!((190..1_500).contains(&took_ms), "{took_ms} ms");
}

#[tokio::test]
async fn after_a_silent_address_the_next_one_has_its_turn() {
    let receiver = Receiver::with(Temper::Says(crate::lab::OK.into())).await;
    let sender = hasty_in(BlackHole {
        then: Some(receiver.address),
    });
    assert_eq!(sender.send(letter("http://slow.example/")).await.unwrap().status, 200);
}
