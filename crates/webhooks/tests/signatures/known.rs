//! Known answers.

use webhooks::{Secret, sign};

/// The example of the reference implementations of Standard Webhooks; its secret has 24 bytes.
#[test]
fn standard_webhooks_own_example() {
    let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let body = br#"{"test": 2432232314}"#;
    assert_eq!(
        sign::standard(&[&secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

#[test]
fn while_a_secret_is_replaced_both_sign() {
    let (new, old) = (Secret::of([1; 32]), Secret::of([2; 32]));
    let alone = |secret| sign::standard(&[secret], "msg_1", 7, b"{}");
    let both = sign::standard(&[&new, &old], "msg_1", 7, b"{}");
    assert_eq!(both, format!("{} {}", alone(&new), alone(&old)));
    assert_ne!(alone(&new), alone(&old));
}

/// RFC 4231, test case 2, has a key that is no secret of ours; so the shape is pinned here and the values are checked by
/// `openssl` and by the receivers.
#[test]
fn the_other_two_have_their_published_shapes() {
    let secret = Secret::of([3; 32]);
    let hex = sign::body_hex(&secret, b"{}");
    assert!(hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    let timed = sign::timed(&secret, 1_780_920_000, b"{}");
    let value = timed.strip_prefix("t=1780920000,v1=").unwrap();
    assert_eq!(value, sign::body_hex(&secret, b"1780920000.{}"));
}
