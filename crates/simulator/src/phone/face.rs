//! The language of a page. Owns the choice between the two that there are: the address, then `Accept-Language`, else
//! English.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;

use super::words::{ENGLISH, FRENCH, Words};
use crate::numbers::{COUNTRIES, Country};

/// Which language a page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    English,
    French,
}

impl Face {
    /// As in `lang=` and in the page's own declaration.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Face::English => "en",
            Face::French => "fr",
        }
    }

    pub(crate) fn words(self) -> &'static Words {
        match self {
            Face::English => &ENGLISH,
            Face::French => &FRENCH,
        }
    }

    /// The language that a link on the page leads to.
    pub(crate) fn other(self) -> Face {
        match self {
            Face::English => Face::French,
            Face::French => Face::English,
        }
    }

    /// A country in this language.
    pub(crate) fn name_of(self, country: &Country) -> &'static str {
        match self {
            Face::English => country.english,
            Face::French => country.french,
        }
    }

    /// The name of a country by its code, or the code.
    pub(crate) fn country(self, code: &str) -> &str {
        let known = COUNTRIES.iter().find(|country| country.code == code);
        known.map_or(code, |country| self.name_of(country))
    }

    fn parse(tag: &str) -> Option<Face> {
        match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Face::English),
            "fr" => Some(Face::French),
            _ => None,
        }
    }

    /// The wanted language that is named first with the highest weight.
    fn accepted(header: &str) -> Option<Face> {
        let mut best: Option<(u32, Face)> = None;
        for entry in header.split(',') {
            let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let weight = parameters.trim().strip_prefix("q=").map_or(Some(1_000), thousandths);
            if let (Some(face), Some(weight)) = (Face::parse(tag), weight)
                && weight > best.map_or(0, |(most, _)| most)
            {
                best = Some((weight, face));
            }
        }
        best.map(|(_, face)| face)
    }
}

/// Reads a weight such as `0.8`.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<3}").get(..3)?.parse::<u32>().ok()?;
    let whole = whole.parse::<u32>().ok()?.min(1);
    Some(whole.saturating_mul(1_000).saturating_add(part).min(1_000))
}

impl<S: Send + Sync> FromRequestParts<S> for Face {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let chosen = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let face = chosen.and_then(Face::parse).or_else(|| header.and_then(Face::accepted));
        Ok(face.unwrap_or(Face::English))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_highest_weight_is_taken() {
        for (header, expected) in [
            ("fr-CI,fr;q=0.9,en;q=0.8", Some(Face::French)),
            ("en-GB;q=0.5, fr;q=0.7", Some(Face::French)),
            ("de, en;q=0.3, fr;q=0.2", Some(Face::English)),
            ("fr;q=0", None),
            ("sw", None),
        ] {
            assert_eq!(Face::accepted(header), expected, "{header}");
        }
    }
}
