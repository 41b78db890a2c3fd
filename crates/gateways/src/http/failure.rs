//! Why a call has no answer, in the two classes that decide whether another gateway may be tried.
//!
//! Never holds text from outside: no address, header or body can leak through an error.

use domain::outcome::Hindrance;
use thiserror::Error;

/// A call without an answer (`money-rules.md` §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Failure {
    /// Provably not one byte of the request left.
    #[error("not sent: {0}")]
    NotSent(NotSentReason),
    /// Something left and the answer is not known. Never to be taken for a "no".
    #[error("unknown: {0}")]
    Unknown(UnknownReason),
}

/// What stopped a call before its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum NotSentReason {
    /// The name has no address.
    #[error("name not found")]
    Dns,
    /// A merchant named the host, and none of its addresses may be called.
    #[error("address not allowed")]
    NotAllowed,
    /// Nobody listens at the address.
    #[error("connection refused")]
    Refused,
    /// The connection could not be made, or broke before the first byte.
    #[error("no connection")]
    Connect,
    /// No trusted TLS session came about.
    #[error("TLS handshake failed")]
    Tls,
    /// The send window was over when the first byte was ready.
    #[error("send window over")]
    WindowOver,
    /// The deadline came before the first byte.
    #[error("deadline before sending")]
    Deadline,
    /// Not an absolute http(s) URL without user-info.
    #[error("bad URL")]
    BadUrl,
    /// A header that cannot be written, or one that belongs to this module.
    #[error("bad header")]
    BadHeader,
    /// The body could not be serialised.
    #[error("bad body")]
    BadBody,
}

/// What went wrong after the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum UnknownReason {
    /// The whole answer was not here at the deadline.
    #[error("deadline")]
    Deadline,
    /// The peer broke the connection.
    #[error("connection reset")]
    Reset,
    /// The answer ended too early.
    #[error("answer truncated")]
    Truncated,
    /// The answer is longer than [`super::MAX_ANSWER_BYTES`].
    #[error("answer too large")]
    TooLarge,
    /// The answer is not HTTP/1.1 as we asked for it.
    #[error("not the protocol")]
    Protocol,
}

impl Failure {
    /// Whether it was the provider that could not be reached, or we who did not send.
    #[must_use]
    pub fn hindrance(self) -> Hindrance {
        match self {
            Self::NotSent(
                NotSentReason::NotAllowed
                | NotSentReason::WindowOver
                | NotSentReason::BadUrl
                | NotSentReason::BadHeader
                | NotSentReason::BadBody,
            ) => Hindrance::Us,
            Self::NotSent(
                NotSentReason::Dns
                | NotSentReason::Refused
                | NotSentReason::Connect
                | NotSentReason::Tls
                | NotSentReason::Deadline,
            )
            | Self::Unknown(_) => Hindrance::Provider,
        }
    }

    /// A stable code for records, such as `not_sent.refused` or `unknown.deadline`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotSent(reason) => match reason {
                NotSentReason::Dns => "not_sent.dns",
                NotSentReason::NotAllowed => "not_sent.not_allowed",
                NotSentReason::Refused => "not_sent.refused",
                NotSentReason::Connect => "not_sent.connect",
                NotSentReason::Tls => "not_sent.tls",
                NotSentReason::WindowOver => "not_sent.window_over",
                NotSentReason::Deadline => "not_sent.deadline",
                NotSentReason::BadUrl => "not_sent.bad_url",
                NotSentReason::BadHeader => "not_sent.bad_header",
                NotSentReason::BadBody => "not_sent.bad_body",
            },
            Self::Unknown(reason) => match reason {
                UnknownReason::Deadline => "unknown.deadline",
                UnknownReason::Reset => "unknown.reset",
                UnknownReason::Truncated => "unknown.truncated",
                UnknownReason::TooLarge => "unknown.too_large",
                UnknownReason::Protocol => "unknown.protocol",
            },
        }
    }
}
