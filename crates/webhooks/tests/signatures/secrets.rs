//! The form of secrets.

use webhooks::Secret;

#[test]
fn a_secret_is_read_back_as_it_was_written() {
    let secret = Secret::of([0xfb; 32]);
    assert_eq!(secret.expose(), "whsec_+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");
    assert_eq!(Secret::parse(secret.expose()).unwrap().expose(), secret.expose());
}

#[test]
fn other_texts_are_no_secrets() {
    let good = Secret::of([7; 32]);
    let good = good.expose();
    for text in [
        "",
        "whsec_",
        "whsec_AAAA",
        good.trim_start_matches("whsec_"),
        good.trim_end_matches('='),
        &good.replace("whsec_", "WHSEC_"),
        &format!("{good} "),
        &format!("{good}="),
        // 23 and 65 bytes.
        &format!("whsec_{}AAA=", "AAAA".repeat(7)),
        &format!("whsec_{}AAA=", "AAAA".repeat(21)),
        // Base64 for URLs.
        "whsec_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s=",
    ] {
        assert!(Secret::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn a_secret_is_not_printed() {
    let secret = Secret::of([7; 32]);
    assert_eq!(format!("{secret:?}"), "Secret(whsec_…)");
}
