//! One exchange with a provider as it may be kept: what we sent, what came back or why nothing did, and how long it took.
//! Owns the shape only. Whoever makes one has masked it first; nothing here is secret, but much of it is personal.

/// One request over the wire and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Such as `POST`.
    pub method: String,
    /// The whole address, masked.
    pub url: String,
    /// What was to be sent; whether it left is told by `ended`.
    pub request: Message,
    /// How it ended.
    pub ended: Ended,
    /// Milliseconds UTC at which it began.
    pub started_at_ms: i64,
    /// The same by the process's monotonic clock, in milliseconds.
    pub started_monotonic_ms: i64,
    /// How long it took.
    pub timings: Timings,
}

/// Headers and body, masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body as text; bytes that are no text are replaced.
    pub body: String,
    /// Length of the whole body as it went over the wire.
    pub body_bytes: u64,
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A whole answer came.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The answer.
        answer: Message,
    },
    /// None did.
    Failed {
        /// What may be claimed about it and why, such as `not_sent.refused` or `unknown.deadline`.
        code: String,
    },
}

/// Milliseconds from the beginning of an exchange, by the monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Until the first byte of the request left: name look-up, connecting and TLS. `None` when none left.
    pub sent_after_ms: Option<i64>,
    /// Until the head of the answer was here. `None` when it never was.
    pub head_after_ms: Option<i64>,
    /// Until its end.
    pub took_ms: i64,
}
