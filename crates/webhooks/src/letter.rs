//! A letter, what comes back, and who may receive it in place of the network. Never an opinion on which answer is good.

use std::pin::Pin;

use thiserror::Error;

/// So much of an answer is read, in bytes; the rest stays where it is.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024;

/// One `POST` to a merchant. `content-type: application/json` and the user agent are added when it is sent.
#[derive(Clone)]
pub struct Letter {
    /// Where to; read again by the rules of [`crate::WebhookUrl`] when it is sent.
    pub url: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, as it was signed.
    pub body: Vec<u8>,
}

/// What a receiver answered. A redirect is an ordinary answer: it is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code of HTTP.
    pub status: u16,
    /// The receiver's wish for the next try, in seconds from now, at most a year; `None` when it has none that can be read.
    pub retry_after_s: Option<u64>,
    /// The first [`MAX_ANSWER_BYTES`] of the body.
    pub body: Vec<u8>,
    /// From the beginning to the last byte that was read, in milliseconds.
    pub took_ms: i64,
}

/// Why there is no answer. What it says is shown to merchants and tells nothing about the network that we stand in: a name
/// that does not exist, a refused connection and a forbidden address are one and the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{}", self.message())]
pub enum SendFailure {
    /// No connection could be made.
    Unreachable,
    /// A connection was made, and no trust: a certificate that is wrong, expired or of another name.
    Tls,
    /// There was no connection, or no whole answer, in time.
    TimedOut,
    /// The connection broke, or what came was not HTTP.
    Broken,
}

impl SendFailure {
    /// A word for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::TimedOut => "timed_out",
            Self::Broken => "broken",
        }
    }

    /// A sentence for people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Unreachable => "The address could not be reached.",
            Self::Tls => "No secure connection could be made; is the certificate valid for this name?",
            Self::TimedOut => "There was no complete answer in time.",
            Self::Broken => "The connection broke before the answer was complete.",
        }
    }
}

/// Takes letters in place of the network: for tests under a virtual clock.
pub trait Receiver: Send + Sync {
    /// Takes one letter.
    fn receive(&self, letter: Letter) -> Pin<Box<dyn Future<Output = Result<Answer, SendFailure>> + Send>>;
}
