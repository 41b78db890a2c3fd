//! One request of the admin API, before it is known who carries it.

use engine::http::Method;
use serde_json::Value;

/// A request.
pub(crate) struct Order {
    pub(crate) method: Method,
    /// Path with its query.
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// These go before those of every request.
    headers: Vec<(&'static str, String)>,
}

impl Order {
    /// Looks.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::bare(Method::GET, path)
    }

    /// Makes or does something.
    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::with_json(Method::POST, path, body)
    }

    /// Hands over a table of comma-separated values.
    pub(crate) fn post_table(path: impl Into<String>, text: String) -> Self {
        Self {
            content_type: "text/csv",
            body: text.into_bytes(),
            ..Self::bare(Method::POST, path)
        }
    }

    /// Replaces something.
    pub(crate) fn put(path: impl Into<String>, body: &Value) -> Self {
        Self::with_json(Method::PUT, path, body)
    }

    /// Changes some of something.
    pub(crate) fn patch(path: impl Into<String>, body: &Value) -> Self {
        Self::with_json(Method::PATCH, path, body)
    }

    /// Takes something away.
    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::bare(Method::DELETE, path)
    }

    /// With a header more.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With another key than the command's own.
    pub(crate) fn with_key(self, key: &str) -> Self {
        self.with("authorization", format!("Bearer {key}"))
    }

    /// Its own headers, and those of every request that it has no other value for.
    pub(super) fn headers<'h>(
        &'h self,
        of_every: &'h [(&'static str, String)],
    ) -> impl Iterator<Item = (&'static str, &'h str)> {
        let own = |name: &str| self.headers.iter().any(|(own, _)| *own == name);
        let others = of_every.iter().filter(move |(name, _)| !own(name));
        self.headers
            .iter()
            .chain(others)
            .map(|(name, value)| (*name, value.as_str()))
    }

    fn bare(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            content_type: "application/json",
            body: Vec::new(),
            headers: Vec::new(),
        }
    }

    fn with_json(method: Method, path: impl Into<String>, body: &Value) -> Self {
        Self {
            body: body.to_string().into_bytes(),
            ..Self::bare(method, path)
        }
    }
}
