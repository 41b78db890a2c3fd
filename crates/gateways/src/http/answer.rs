//! What comes back: whole, small enough and not encoded, or it is no answer. Never interpreted here.

use std::fmt;

use serde::de::DeserializeOwned;

use super::UnknownReason;

/// The longest body that is read: 1 MiB.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// One complete answer, of any status. Printing it shows neither header values nor the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case and values, in order. Bytes of a value that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The body without transfer coding.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer without headers: what an in-process carrier mostly needs.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// When it is not JSON of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// What holds for an answer of either carrier.
    pub(super) fn accepted(self) -> Result<Self, UnknownReason> {
        check_head(&self.headers)?;
        if self.body.len() > MAX_ANSWER_BYTES {
            Err(UnknownReason::TooLarge)
        } else {
            Ok(self)
        }
    }
}

/// We offer no compression, so an encoded answer is one that we cannot read.
pub(super) fn check_head(headers: &[(String, String)]) -> Result<(), UnknownReason> {
    let plain = |name, only: &str| find(headers, name).is_none_or(|value| value.trim().eq_ignore_ascii_case(only));
    if plain("content-encoding", "identity") && plain("transfer-encoding", "chunked") {
        Ok(())
    } else {
        Err(UnknownReason::Protocol)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
