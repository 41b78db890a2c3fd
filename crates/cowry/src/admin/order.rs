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

    fn bare(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            content_type: "application/json",
            body: Vec::new(),
        }
    }

    fn with_json(method: Method, path: impl Into<String>, body: &Value) -> Self {
        Self {
            body: body.to_string().into_bytes(),
            ..Self::bare(method, path)
        }
    }
}
