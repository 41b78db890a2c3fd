//! Icons of methods: neutral drawings of our own, a tile per kind of method with the letters of its code. Never a brand's.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use engine::domain::method::{Family, MethodCode};

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::segment::Segment;

/// `GET /icons/{code}.svg`.
pub(crate) async fn show(Segment(file): Segment) -> Response {
    let method = file.strip_suffix(".svg").and_then(|code| MethodCode::parse(code).ok());
    match method {
        None => Problem::new(ErrorCode::NotFound).into_response(),
        Some(method) => {
            let headers = [
                (CONTENT_TYPE, "image/svg+xml"),
                (CACHE_CONTROL, "public, max-age=86400"),
            ];
            (headers, drawing(method)).into_response()
        }
    }
}

/// A rounded tile with one or two letters and the outline of a phone, a purse or a card.
pub(crate) fn drawing(method: MethodCode) -> String {
    let (background, outline) = match method.family() {
        Family::MobileMoney => (
            "#1f6f5c",
            r#"<rect x="20" y="8" width="24" height="48" rx="5"/><path d="M29 50h6"/>"#,
        ),
        Family::Wallet => (
            "#3b4f8a",
            r#"<rect x="9" y="16" width="46" height="34" rx="6"/><path d="M42 33h13"/>"#,
        ),
        Family::Card => (
            "#5b4636",
            r#"<rect x="7" y="15" width="50" height="34" rx="5"/><path d="M7 24h50"/>"#,
        ),
    };
    let code = method.code();
    let brand = code.split_once('_').map_or(code, |(_, brand)| brand);
    let letters: String = match brand.split_once('_') {
        Some((first, second)) => first.chars().take(1).chain(second.chars().take(1)).collect(),
        None => brand.chars().take(2).collect(),
    };
    let letters = letters.to_uppercase();
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="{code}"><rect width="64" height="64" rx="14" fill="{background}"/><g fill="none" stroke="#fff" stroke-opacity=".45" stroke-width="2.5">{outline}</g><text x="32" y="39" fill="#fff" font-family="system-ui,sans-serif" font-size="17" font-weight="700" text-anchor="middle">{letters}</text></svg>"##
    )
}
