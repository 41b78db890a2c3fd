//! The sample receivers of the webhook guide do what it says: they tell genuine from forged, keep an event before they
//! answer, keep it once, are not misled by its order, and take what the server sends. Each is run where its runtime is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    missing_docs
)]

#[path = "samples/guide.rs"]
mod guide;
#[path = "samples/sample.rs"]
mod sample;
mod support;

use std::fs;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use sample::{Api, Headers, Order, Sample};
use serde_json::{Value, json};
use support::{Options, Server, eventually, payment};
use webhooks::{Secret, sign};

const ID: &str = "evt_01jxa5qj0c8z6t9y3m4n5p6r7s";
const PAYMENT: &str = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S";

#[test]
fn every_sample_tells_genuine_from_forged() {
    for sample in Sample::all() {
        for case in cases() {
            let [secret, id, timestamp, signature] = &case.arguments;
            let said = sample.says_genuine(&["verify", secret, id, timestamp, signature], &case.body);
            assert_eq!(said, case.is_genuine, "{}: {}", sample.file, case.name);
        }
    }
}

#[test]
fn every_sample_knows_the_second_signature() {
    let (secret, body) = (Secret::of([7; 32]), body(4, "completed"));
    let right = sign::body_hex(&secret, &body);
    for sample in Sample::all() {
        let said =
            |secret: &str, signature: &str, body: &[u8]| sample.says_genuine(&["verify-body", secret, signature], body);
        assert!(said(secret.expose(), &right, &body), "{}", sample.file);
        assert!(!said(secret.expose(), &flipped(&right, 40), &body), "{}", sample.file);
        assert!(
            !said(secret.expose(), &right, &flipped_bytes(&body, 3)),
            "{}",
            sample.file
        );
        assert!(!said(secret.expose(), "", &body), "{}", sample.file);
        assert!(!said(Secret::of([8; 32]).expose(), &right, &body), "{}", sample.file);
    }
}

#[test]
fn no_sample_takes_an_empty_key() {
    let (timestamp, body) = (now_s().to_string(), body(4, "completed"));
    let mut signed = format!("{ID}.{timestamp}.").into_bytes();
    signed.extend_from_slice(&body);
    let program = "import base64, hmac, sys; m = hmac.new(b'', sys.stdin.buffer.read(), 'sha256'); \
                   print('v1,' + base64.b64encode(m.digest()).decode(), end='')";
    let mut python = Command::new("python3");
    python.args(["-c", program]);
    let signature = String::from_utf8(sample::with_input(python, &signed).stdout).unwrap();
    assert_eq!(signature.len(), 47);
    for sample in Sample::all() {
        for secret in ["", "whsec_", "whsec_*", "whsec_===="] {
            let said = sample.says_genuine(&["verify", secret, ID, &timestamp, &signature], &body);
            assert!(!said, "{}: {secret}", sample.file);
        }
    }
}

#[tokio::test]
async fn every_sample_keeps_an_event_once_and_answers_after_that() {
    let secret = Secret::of([7; 32]);
    for sample in Sample::all() {
        let place = tempfile::tempdir().unwrap();
        let mut running = sample.serve(secret.expose(), place.path(), &Api::default());
        let (name, body) = (sample.file, body(4, "completed"));
        let genuine = headers(&secret, ID, PAYMENT, &body);
        // A first one, so that there is a store to take away.
        let first = headers(&secret, "evt_first", PAYMENT, &body);
        assert_eq!(running.post(&first, &body).await, (200, "stored".to_owned()), "{name}");

        let aside = place.path().join("aside");
        let was_folder = running.store.is_dir();
        fs::rename(&running.store, &aside).unwrap();
        match was_folder {
            true => fs::write(&running.store, "in the way").unwrap(),
            false => fs::create_dir(&running.store).unwrap(),
        }
        let (status, text) = running.post(&genuine, &body).await;
        assert!(status >= 500, "{name} cannot store, and says {status} {text}");
        match was_folder {
            true => fs::remove_file(&running.store).unwrap(),
            false => fs::remove_dir(&running.store).unwrap(),
        }
        fs::rename(&aside, &running.store).unwrap();

        let forged = Headers {
            id: flipped(ID, 8),
            ..genuine.clone()
        };
        assert_eq!(running.post(&forged, &body).await.0, 401, "{name}");
        let again = || running.post(&genuine, &body);
        let answers: [(u16, String); 4] = tokio::join!(again(), again(), again(), again()).into();
        assert!(answers.iter().all(|(status, _)| *status == 200), "{name}: {answers:?}");
        let stored = answers.iter().filter(|(_, text)| text != "seen before").count();
        assert_eq!(stored, 1, "{name}: {answers:?}");
        running.kill();
        running.start();
        assert_eq!(
            running.post(&genuine, &body).await,
            (200, "seen before".to_owned()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn no_sample_is_misled_by_the_order_of_events() {
    let server = Server::start(Options::default());
    let api = Api {
        url: server.url.clone(),
        key: server.keys.payment.clone(),
    };
    let payment = server.pay("100").await;
    server.until(&payment, "completed").await;
    let secret = Secret::of([7; 32]);
    for sample in Sample::all() {
        let place = tempfile::tempdir().unwrap();
        let running = sample.serve(secret.expose(), place.path(), &api);
        let deliver = async |id: &str, sequence, status| {
            let body = event(&payment, sequence, status);
            running.post(&headers(&secret, id, &payment, &body), &body).await
        };
        let newest = deliver("evt_newest", 10, "completed").await;
        assert_eq!(newest, (200, "stored".to_owned()), "{}", sample.file);
        let (status, text) = deliver("evt_older", 9, "pending").await;
        assert_eq!(status, 200, "{}", sample.file);
        match sample.order {
            Order::BySequence => assert_eq!(text, "stored, but a newer one is known", "{}", sample.file),
            Order::ByApi => {
                eventually("the payment is read", async || {
                    running.work();
                    let read = running.payment_read(&payment).unwrap_or_default();
                    let read: Value = serde_json::from_str(&read).unwrap_or_default();
                    read["data"]["status"] == "completed" && running.store.join("done/evt_older").exists()
                })
                .await;
            }
        }
    }
}

/// The way of the guide: an endpoint made by command line, a sandbox payment, and the server's own deliveries.
#[tokio::test]
async fn samples_take_what_the_server_sends() {
    let server = Server::start(Options {
        args: vec!["--allow-private-webhooks".to_owned()],
        ..Options::default()
    });
    let api = Api {
        url: server.url.clone(),
        key: server.keys.payment.clone(),
    };
    let own = server.home.stdout(&["webhooks", "secret"]);
    // A web server is what the shell sample lacks.
    for sample in Sample::all().into_iter().filter(|sample| !sample.is_cgi()) {
        let place = tempfile::tempdir().unwrap();
        let running = sample.serve(own.trim(), place.path(), &api);
        let mut wish = payment("100");
        wish["webhook_url"] = json!(running.url());
        let (status, made) = server.post("/v1/payment/intents", &wish).await;
        assert_eq!(status, 201, "{made}");
        let id = made["data"]["id"].as_str().unwrap().to_owned();
        server.until(&id, "completed").await;
        eventually("every event of the payment is delivered", async || {
            let filter = ["webhooks", "deliveries", "--payment", &id, "--json"];
            let listed: Value = serde_json::from_str(&server.home.stdout(&filter)).unwrap();
            let listed = listed["deliveries"].as_array().unwrap().clone();
            listed.len() >= 2 && listed.iter().all(|delivery| delivery["state"] == "delivered")
        })
        .await;
        if sample.order == Order::ByApi {
            eventually("the payment is read", async || running.payment_read(&id).is_some()).await;
        }
    }
}

/// What a sample is asked on the command line.
struct Case {
    name: String,
    is_genuine: bool,
    arguments: [String; 4],
    body: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let (secret, next) = (Secret::of([7; 32]), Secret::of([9; 32]));
    let (now_s, body) = (now_s(), body(4, "completed"));
    let sign_at = |timestamp_s| sign::standard(&[&secret], ID, timestamp_s, &body);
    let right = sign_at(now_s);
    let both = sign::standard(&[&next, &secret], ID, now_s, &body);
    let case = |name: &str, is_genuine, timestamp_s: i64, signature: &str| Case {
        name: name.to_owned(),
        is_genuine,
        arguments: [secret.expose(), ID, &timestamp_s.to_string(), signature].map(str::to_owned),
        body: body.clone(),
    };
    let mut cases = vec![
        case("right", true, now_s, &right),
        case("four minutes old", true, now_s - 240, &sign_at(now_s - 240)),
        case("too old", false, now_s - 310, &sign_at(now_s - 310)),
        case("from the future", false, now_s + 310, &sign_at(now_s + 310)),
        case("two signatures, the second is ours", true, now_s, &both),
        case(
            "an unknown version before it",
            true,
            now_s,
            &format!("v1a,AAAA {right}"),
        ),
        case("only an unknown version", false, now_s, &right.replace("v1,", "v2,")),
        case("no signature", false, now_s, ""),
        case("a version without signature", false, now_s, "v1,"),
        case("without its version", false, now_s, right.trim_start_matches("v1,")),
        case("a pattern in place of it", false, now_s, "*"),
    ];
    let mut with = |name: String, change: &dyn Fn(&mut Case)| {
        let mut changed = case(&name, false, now_s, &right);
        change(&mut changed);
        cases.push(changed);
    };
    for at in [3, 20, 46] {
        with(format!("signature, character {at}"), &|case| {
            case.arguments[3] = flipped(&case.arguments[3], at);
        });
    }
    for at in [0, body.len() / 2, body.len() - 1] {
        with(format!("body, byte {at}"), &|case| {
            case.body = flipped_bytes(&case.body, at);
        });
    }
    with("a body without its end".to_owned(), &|case| {
        case.body.pop();
    });
    with("id".to_owned(), &|case| case.arguments[1] = flipped(ID, 10));
    with("no id".to_owned(), &|case| case.arguments[1] = String::new());
    with("timestamp".to_owned(), &|case| {
        case.arguments[2] = flipped(&case.arguments[2], 9);
    });
    with("a timestamp that is none".to_owned(), &|case| {
        case.arguments[2] = format!("{now_s}.0");
    });
    with("another secret".to_owned(), &|case| {
        next.expose().clone_into(&mut case.arguments[0]);
    });
    cases
}

/// The body of an event: with letters beyond ASCII and a line end, because what is signed is bytes.
fn body(sequence: i64, status: &str) -> Vec<u8> {
    event(PAYMENT, sequence, status)
}

fn event(payment: &str, sequence: i64, status: &str) -> Vec<u8> {
    let event = json!({
        "event": format!("payment.{status}"),
        "payment": {
            "id": payment, "status": status, "metadata": {"client": "Awa Koné", "sequence": 99},
            "amount": {"value": 5000, "formatted": "50.00 XOF", "short": "50 XOF", "currency": "XOF"}
        },
        "attempt": null, "customer": null, "timestamp": "2026-06-08T12:00:00+00:00",
        "sequence": sequence, "api_version": "v1"
    });
    format!("{event}\n").into_bytes()
}

fn headers(secret: &Secret, id: &str, payment: &str, body: &[u8]) -> Headers {
    let timestamp_s = now_s();
    Headers {
        id: id.to_owned(),
        timestamp: timestamp_s.to_string(),
        signature: sign::standard(&[secret], id, timestamp_s, body),
        payment: payment.to_owned(),
    }
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// The text with one bit of one character changed.
fn flipped(text: &str, at: usize) -> String {
    String::from_utf8(flipped_bytes(text.as_bytes(), at)).unwrap()
}

fn flipped_bytes(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at] ^= 1;
    changed
}
