//! The style sheet, the script and the icon of the pages, and merchants' colours. Owns their addresses, which change with
//! what they hold, so that browsers may keep them for ever.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::brand::Color;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::segment::Segment;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Raised when the colours of a merchant are computed in another way.
const BRAND_VERSION: &str = "1";

/// Hexadecimal digits of a hash in a name.
const HASH_CHARS: usize = 12;

struct Asset {
    name: String,
    kind: &'static str,
    bytes: &'static [u8],
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../../assets/checkout/checkout.css");
    Asset::new("checkout", "css", "text/css; charset=utf-8", bytes)
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../../assets/checkout/checkout.js");
    Asset::new("checkout", "js", "text/javascript; charset=utf-8", bytes)
});
static MARK: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../../assets/checkout/mark.svg");
    Asset::new("mark", "svg", "image/svg+xml", bytes)
});

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, bytes: &'static [u8]) -> Self {
        let hash = HEXLOWER.encode(&Sha256::digest(bytes));
        let hash = hash.get(..HASH_CHARS).unwrap_or(&hash);
        Self {
            name: format!("{stem}.{hash}.{extension}"),
            kind,
            bytes,
        }
    }

    fn address(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// Address of the style sheet.
pub(crate) fn style() -> String {
    STYLE.address()
}

/// Address of the script.
pub(crate) fn script() -> String {
    SCRIPT.address()
}

/// Address of the icon.
pub(crate) fn mark() -> String {
    MARK.address()
}

/// Address of the colours of a merchant whose colour is `#rrggbb`.
pub(crate) fn brand(color: &str) -> Option<String> {
    let color = Color::parse(color.strip_prefix('#')?)?;
    Some(format!("/assets/brand/{}.{BRAND_VERSION}.css", color.hex()))
}

/// `GET /assets/{file}`.
pub(crate) async fn show(Segment(file): Segment) -> Response {
    let all = [&*STYLE, &*SCRIPT, &*MARK];
    match all.into_iter().find(|asset| asset.name == file) {
        Some(asset) => lasting(asset.kind, asset.bytes),
        None => Problem::new(ErrorCode::NotFound).into_response(),
    }
}

/// `GET /assets/brand/{file}`.
pub(crate) async fn show_brand(Segment(file): Segment) -> Response {
    let suffix = format!(".{BRAND_VERSION}.css");
    match file.strip_suffix(&suffix).and_then(Color::parse) {
        Some(color) => lasting("text/css; charset=utf-8", color.style_sheet()),
        None => Problem::new(ErrorCode::NotFound).into_response(),
    }
}

fn lasting(kind: &'static str, body: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, FOR_EVER),
    ];
    (headers, body).into_response()
}
