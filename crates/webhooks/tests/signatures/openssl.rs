//! What `openssl` makes of the same bytes.

use std::io::Write;
use std::process::{Command, Stdio};

use webhooks::{Secret, sign};

const BODY: &[u8] = "{\"event\":\"payment.completed\",\"note\":\"é\\u0000\n\"}".as_bytes();

/// The lower-case hex that `openssl dgst` prints for `input`.
fn digest(arguments: &[&str], input: &[u8]) -> String {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs the program `openssl`; `cargo xtask test` installs it");
    openssl.stdin.take().unwrap().write_all(input).unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.rsplit(' ').next().unwrap().trim().to_owned()
}

#[test]
fn openssl_finds_the_same_with_the_whole_secret() {
    let secret = Secret::of(std::array::from_fn(|place| u8::try_from(place * 7).unwrap()));
    assert_eq!(sign::body_hex(&secret, BODY), digest(&["-hmac", secret.expose()], BODY));
    let timed = sign::timed(&secret, 1_780_920_000, BODY);
    let signed = [b"1780920000.", BODY].concat();
    let expected = digest(&["-hmac", secret.expose()], &signed);
    assert_eq!(timed, format!("t=1780920000,v1={expected}"));
}

#[test]
fn openssl_finds_the_same_with_the_decoded_bytes() {
    let bytes: [u8; 32] = std::array::from_fn(|place| u8::try_from(200 - place).unwrap());
    let header = sign::standard(&[&Secret::of(bytes)], "msg_1", 1_780_920_000, BODY);
    let key = format!("hexkey:{}", data_encoding::HEXLOWER.encode(&bytes));
    let signed = [b"msg_1.1780920000.", BODY].concat();
    let expected = digest(&["-mac", "HMAC", "-macopt", &key], &signed);
    let expected = data_encoding::HEXLOWER.decode(expected.as_bytes()).unwrap();
    assert_eq!(header, format!("v1,{}", data_encoding::BASE64.encode(&expected)));
}
