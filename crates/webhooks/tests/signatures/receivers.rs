//! Receivers in Python and in Node, with the libraries of Standard Webhooks from PyPI and npm: they accept what we sign,
//! and nothing that differs by a bit.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::{BASE64, HEXLOWER};
use webhooks::{Secret, sign};
use world::World;

/// A signed letter as a receiver sees it.
#[derive(Clone)]
struct Received {
    scheme: &'static str,
    secret: String,
    id: String,
    timestamp: String,
    signature: String,
    body: Vec<u8>,
}

impl Received {
    fn line(&self) -> String {
        let body = BASE64.encode(&self.body);
        [
            self.scheme,
            &self.secret,
            &self.id,
            &self.timestamp,
            &self.signature,
            &body,
        ]
        .join("\t")
    }
}

/// One letter under each scheme, signed now: receivers look at the clock.
fn genuine() -> Vec<Received> {
    let secret = Secret::of(std::array::from_fn(|place| u8::try_from(place * 5 + 3).unwrap()));
    let previous = Secret::of([9; 32]);
    let now_s = World::system().now_ms() / 1_000;
    let body = r#"{"event":"payment.completed","payment":{"id":"TRX1A2B3C4D","note":"Abidjan – é"}}"#.as_bytes();
    let id = "msg_01J0000000000000000000000";
    let letter = |scheme, signature| Received {
        scheme,
        secret: secret.expose().to_owned(),
        id: id.to_owned(),
        timestamp: now_s.to_string(),
        signature,
        body: body.to_vec(),
    };
    let overlap = Received {
        secret: previous.expose().to_owned(),
        ..letter("standard", sign::standard(&[&secret, &previous], id, now_s, body))
    };
    vec![
        letter("standard", sign::standard(&[&secret], id, now_s, body)),
        overlap,
        letter("body_hex", sign::body_hex(&secret, body)),
        letter("timed", sign::timed(&secret, now_s, body)),
    ]
}

/// `letter` with one bit changed: each time another bit of the body, the signature, the secret, and of what is signed.
fn flipped(letter: &Received) -> Vec<Received> {
    let mut changed = Vec::new();
    for bit in (0..letter.body.len() * 8).step_by(37) {
        let mut other = letter.clone();
        other.body[bit / 8] ^= 1 << (bit % 8);
        // Receivers decode the body as UTF-8 before they judge it.
        if std::str::from_utf8(&other.body).is_ok() {
            changed.push(other);
        }
    }
    for bit in (0..256).step_by(11) {
        let mut other = letter.clone();
        other.signature = flip_signature(letter, bit);
        changed.push(other);
        let mut other = letter.clone();
        let mut key: Vec<u8> = BASE64.decode(&letter.secret.as_bytes()[6..]).unwrap();
        key[bit / 8] ^= 1 << (bit % 8);
        other.secret = format!("whsec_{}", BASE64.encode(&key));
        changed.push(other);
    }
    if letter.scheme == "standard" {
        let mut other = letter.clone();
        other.id.replace_range(5..6, "2");
        changed.push(other);
        let mut other = letter.clone();
        other.timestamp = (letter.timestamp.parse::<i64>().unwrap() ^ 1).to_string();
        changed.push(other);
    }
    if letter.scheme == "timed" {
        let mut other = letter.clone();
        other.signature = letter.signature.replacen("t=1", "t=2", 1);
        changed.push(other);
    }
    changed
}

/// The signature with bit `bit` of its value changed; of several values, of the last one.
fn flip_signature(letter: &Received, bit: usize) -> String {
    let (head, value, encoding) = match letter.scheme {
        "standard" => {
            let (head, value) = letter.signature.rsplit_once(',').unwrap();
            (format!("{head},"), value, BASE64)
        }
        _ => match letter.signature.rsplit_once('=') {
            Some((head, value)) => (format!("{head}="), value, HEXLOWER),
            None => (String::new(), letter.signature.as_str(), HEXLOWER),
        },
    };
    let mut bytes = encoding.decode(value.as_bytes()).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    head + &encoding.encode(&bytes)
}

/// Where `cargo xtask receivers` installs the libraries.
fn installed(path: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let place = target.join("receivers").join(path);
    assert!(
        place.exists(),
        "this test compares with the Standard Webhooks libraries of Python and Node, and {} is missing: \
         run `cargo xtask receivers` once",
        place.display()
    );
    place
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/signatures/receivers")
        .join(name)
}

/// The verdicts of a receiver, one for each letter.
fn judge(receiver: &mut Command, letters: &[Received]) -> Vec<bool> {
    let mut running = receiver.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines: Vec<String> = letters.iter().map(Received::line).collect();
    let mut stdin = running.stdin.take().unwrap();
    let writing = std::thread::spawn(move || stdin.write_all((lines.join("\n") + "\n").as_bytes()));
    let output = running.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "the receiver failed: {}", output.status);
    let verdicts = String::from_utf8(output.stdout).unwrap();
    verdicts.lines().map(|verdict| verdict == "ok").collect()
}

fn assert_judges_well(receiver: impl Fn() -> Command) {
    let genuine = genuine();
    assert_eq!(judge(&mut receiver(), &genuine), vec![true; genuine.len()]);
    let forged: Vec<Received> = genuine.iter().flat_map(flipped).collect();
    assert!(forged.len() > 200, "{}", forged.len());
    let verdicts = judge(&mut receiver(), &forged);
    assert_eq!(verdicts.len(), forged.len());
    let taken: Vec<String> = (forged.iter().zip(verdicts))
        .filter(|(_, taken)| *taken)
        .map(|(letter, _)| letter.line())
        .collect();
    assert_eq!(taken, Vec::<String>::new());
}

#[test]
fn a_receiver_in_python_takes_what_is_ours_and_nothing_else() {
    let python = installed("python/bin/python");
    assert_judges_well(|| {
        let mut receiver = Command::new(&python);
        receiver.arg(script("receiver.py"));
        receiver
    });
}

#[test]
fn a_receiver_in_node_takes_what_is_ours_and_nothing_else() {
    installed("node/node_modules/standardwebhooks");
    let folder = installed("node");
    assert_judges_well(|| {
        let mut receiver = Command::new("node");
        receiver.arg(script("receiver.mjs")).arg(&folder);
        receiver
    });
}
