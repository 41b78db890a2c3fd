//! The variables that have no flag, because a secret must not stand on a command line, and one that a command without that flag
//! asks for. All others are read by clap.

/// The key-encryption key itself, in base64; `None` when unset or empty.
pub(crate) fn kek() -> Option<String> {
    variable("COWRY_KEK")
}

/// The password at the mail server; `None` when unset or empty.
pub(crate) fn smtp_password() -> Option<String> {
    variable("COWRY_SMTP_PASSWORD")
}

/// The mail server that `serve` would use; `None` when unset or empty.
pub(crate) fn smtp_host() -> Option<String> {
    variable("COWRY_SMTP_HOST")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read once, by the command line of the binary"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.trim().is_empty())
}
