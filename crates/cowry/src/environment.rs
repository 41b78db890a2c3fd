//! The one variable that has no flag: a secret must not stand on a command line. All others are read by clap.

/// The key-encryption key itself, in base64; `None` when unset or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read once, by the command line of the binary"
)]
pub(crate) fn kek() -> Option<String> {
    std::env::var("COWRY_KEK").ok().filter(|text| !text.trim().is_empty())
}
