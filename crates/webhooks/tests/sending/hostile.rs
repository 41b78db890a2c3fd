//! Several hundred ways to make us call ourselves: no connection to a place inside, and one and the same answer.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::net::TcpListener;
use webhooks::{Destinations, SendFailure, UrlRefusal, WebhookUrl};

use crate::lab::{Lab, OK_AND_CLOSE, Receiver, Temper, letter, send_in, sender_in};

const CORPUS: &str = include_str!("hostile.txt");

/// The lines of these kinds, without the kind.
fn lines<'a>(kinds: &'a [&str]) -> impl Iterator<Item = &'a str> + 'a {
    CORPUS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').unwrap())
        .filter(|(kind, _)| kinds.contains(kind))
        .map(|(_, rest)| rest.trim())
}

fn addresses(text: &str) -> Vec<IpAddr> {
    text.split(',').filter_map(|ip| ip.parse().ok()).collect()
}

/// Two listeners on one port that must stay alone, and a network whose public addresses lead elsewhere.
struct Inside {
    v4: Receiver,
    /// `None` on a machine without IPv6.
    v6: Option<Receiver>,
    public: Receiver,
    lab: Arc<Lab>,
}

impl Inside {
    async fn open(public: Temper) -> Self {
        let public = Receiver::with(public).await;
        let lab = Arc::new(Lab::leading_to(public.address));
        lab.name("localhost", vec![addresses("127.0.0.1")]);
        for (name, ips) in lines(&["name"]).map(|line| line.split_once(' ').unwrap()) {
            lab.name(name, vec![addresses(ips)]);
        }
        let (v4, v6) = listeners().await;
        let says = || Temper::Says(crate::lab::OK.into());
        Self {
            v4: Receiver::on(v4, says()),
            v6: v6.map(|v6| Receiver::on(v6, says())),
            public,
            lab,
        }
    }

    fn fill_in(&self, text: &str) -> String {
        text.replace("{port}", &self.v4.address.port().to_string())
    }

    fn connections(&self) -> usize {
        self.v4.connections() + self.v6.as_ref().map_or(0, Receiver::connections)
    }

    fn assert_alone(&self, what: &str) {
        assert_eq!(self.connections(), 0, "{what}");
        assert_eq!(self.lab.dials(), [], "{what}");
    }

    /// A letter to `url` that goes nowhere, and tells nothing.
    async fn assert_unreachable(&self, url: &str) {
        let sent = send_in(&self.lab, Destinations::Public, url).await;
        assert_eq!(sent.unwrap_err().0, SendFailure::Unreachable, "{url}");
        self.assert_alone(url);
    }
}

/// One port on all addresses of IPv4 and on the loopback of IPv6.
async fn listeners() -> (TcpListener, Option<TcpListener>) {
    let has_v6 = TcpListener::bind("[::1]:0").await.is_ok();
    loop {
        let v4 = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = v4.local_addr().unwrap().port();
        let v6 = TcpListener::bind(format!("[::1]:{port}")).await.ok();
        if v6.is_some() == has_v6 {
            return (v4, v6);
        }
    }
}

#[test]
fn the_corpus_is_large_and_says_nothing_twice() {
    let hostile: Vec<&str> = CORPUS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("fine"))
        .collect();
    assert!(hostile.len() >= 500, "{}", hostile.len());
    assert_eq!(hostile.iter().collect::<BTreeSet<_>>().len(), hostile.len());
}

#[tokio::test]
async fn an_address_inside_is_refused_in_every_spelling() {
    let inside = Inside::open(Temper::Says(crate::lab::OK.into())).await;
    for line in lines(&["loopback", "loopback6", "inside"]) {
        let url = inside.fill_in(line);
        let refused = WebhookUrl::parse(&url, Destinations::Public).map(|url| url.as_str().to_owned());
        assert_eq!(refused, Err(UrlRefusal::NotPublic), "{url}");
        inside.assert_unreachable(&url).await;
    }
}

#[tokio::test]
async fn what_cannot_be_read_exactly_is_refused_everywhere() {
    let inside = Inside::open(Temper::Says(crate::lab::OK.into())).await;
    for url in lines(&["malformed"]) {
        for destinations in [Destinations::Public, Destinations::PrivateToo] {
            let refused = WebhookUrl::parse(url, destinations);
            assert!(refused.is_err(), "{url} is read as {}", refused.unwrap().as_str());
            let sent = send_in(&inside.lab, destinations, url).await;
            assert_eq!(sent.unwrap_err().0, SendFailure::Unreachable, "{url}");
        }
        inside.assert_alone(url);
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_looked_up_and_not_called() {
    let inside = Inside::open(Temper::Says(crate::lab::OK.into())).await;
    let port = inside.v4.address.port();
    for (name, _) in lines(&["name"]).map(|line| line.split_once(' ').unwrap()) {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{name}:{port}/hook");
            WebhookUrl::parse(&url, Destinations::Public).expect("names are not resolved at registration");
            inside.assert_unreachable(&url).await;
        }
    }
}

#[tokio::test]
async fn a_name_whose_answer_changes_is_judged_at_each_connection() {
    let inside = Inside::open(Temper::SaysAndCloses(OK_AND_CLOSE.into())).await;
    let port = inside.v4.address.port();
    for line in lines(&["flips"]) {
        let [name, first, later] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        inside.lab.name(name, vec![addresses(first), addresses(later)]);
        let look_ups = inside.lab.look_ups.load(Ordering::SeqCst);
        let url = format!("http://{name}:{port}/");
        let sender = sender_in(&inside.lab, Destinations::Public);
        assert_eq!(sender.send(letter(&url)).await.unwrap().status, 200, "{line}");
        // One look-up, and exactly what it said was dialled: there is no second answer to wait for.
        assert_eq!(inside.lab.look_ups.load(Ordering::SeqCst), look_ups + 1, "{line}");
        let dials = inside.lab.dials();
        assert_eq!(dials.len(), 1, "{line}");
        assert_eq!(addresses(first), [dials[0].ip()], "{line}");
        for _ in 0..2 {
            let sent = sender.send(letter(&url)).await;
            assert_eq!(sent.unwrap_err().0, SendFailure::Unreachable, "{line}");
            inside.assert_alone(line);
        }
    }
}

#[tokio::test]
async fn of_a_mixed_answer_only_the_public_address_is_dialled() {
    let inside = Inside::open(Temper::SaysAndCloses(OK_AND_CLOSE.into())).await;
    for line in lines(&["mixed"]) {
        let (name, answer) = line.split_once(' ').unwrap();
        inside.lab.name(name, vec![addresses(answer)]);
        let sent = send_in(&inside.lab, Destinations::Public, format!("http://{name}/")).await;
        assert_eq!(sent.unwrap().status, 200, "{line}");
        let dialled: Vec<IpAddr> = inside.lab.dials().iter().map(|address| address.ip()).collect();
        assert_eq!(dialled, addresses("93.184.215.14"), "{line}");
        inside.assert_alone(line);
    }
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    for line in lines(&["redirect"]) {
        // The port is known only once the listeners are there, so the public receiver comes second.
        let listeners = Inside::open(Temper::Says(crate::lab::OK.into())).await;
        let location = listeners.fill_in(line);
        let reply = format!("HTTP/1.1 307 Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let public = Receiver::with(Temper::Says(reply)).await;
        let lab = Arc::new(Lab::leading_to(public.address));
        lab.name("public.example", vec![addresses("93.184.215.14")]);
        let sent = send_in(&lab, Destinations::Public, "http://public.example/").await;
        assert_eq!(sent.unwrap().status, 307, "{line}");
        assert_eq!((public.connections(), lab.dials().len()), (1, 1), "{line}");
        assert_eq!(lab.look_ups.load(Ordering::SeqCst), 1, "{line}");
        listeners.assert_alone(line);
        assert_eq!(listeners.public.connections(), 0, "{line}");
    }
}

/// Without the guard the same URLs do arrive: the corpus is not harmless, and the development switch works.
#[tokio::test]
async fn with_private_addresses_allowed_the_loopback_urls_arrive() {
    let inside = Inside::open(Temper::Says(crate::lab::OK.into())).await;
    let kinds: &[&str] = match inside.v6 {
        Some(_) => &["loopback", "loopback6"],
        None => &["loopback"],
    };
    let mut expected = 0;
    for line in lines(kinds) {
        let url = inside.fill_in(line);
        let sent = send_in(&inside.lab, Destinations::PrivateToo, &url).await;
        match sent {
            Ok(answer) => assert_eq!(answer.status, 200, "{url}"),
            Err(failure) => panic!("{url}: {failure:?}"),
        }
        expected += 1;
        assert_eq!(inside.connections(), expected, "{url}");
    }
    let port = inside.v4.address.port();
    let by_name = format!("http://inside-1.hostile.example:{port}/");
    assert!(send_in(&inside.lab, Destinations::PrivateToo, by_name).await.is_ok());
}

#[test]
fn what_merchants_use_passes() {
    for line in lines(&["fine"]) {
        let (text, expected) = line.split_once(' ').unwrap();
        let url = WebhookUrl::parse(text, Destinations::Public);
        let url = url.unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
        assert_eq!(url.as_str(), expected, "{text}");
        assert_eq!(WebhookUrl::parse(url.as_str(), Destinations::Public), Ok(url), "{text}");
    }
}
