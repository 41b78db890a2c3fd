//! The language of texts for people, from `Accept-Language`. Owns the choice between the two that there are; English when
//! nothing else is wanted.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use engine::domain::language::Language;

/// The language that a request wants most, of those that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted(pub(crate) Language);

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl Wanted {
    fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let weighed = wanted.unwrap_or_default().split(',').filter_map(weighed);
        let best = weighed.fold(None, |best: Option<(u32, Language)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            Some(_) | None => Some(next),
        });
        Self(best.map_or(Language::English, |(_, language)| language))
    }
}

/// One entry of the header: its weight in thousandths, when it is a language that there is.
fn weighed(entry: &str) -> Option<(u32, Language)> {
    let mut parts = entry.split(';').map(str::trim);
    let language = match parts.next()?.split('-').next()?.to_ascii_lowercase().as_str() {
        "en" | "*" => Language::English,
        "fr" => Language::French,
        _ => return None,
    };
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        None => 1_000,
        Some(text) => thousandths(text)?,
    };
    (weight > 0).then_some((weight, language))
}

/// Reads a weight such as `0.8`.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<3}").get(..3)?.parse::<u32>().ok()?;
    Some((whole.parse::<u32>().ok()? * 1_000 + part).min(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_language_is_taken_when_there_is_one() {
        for (header, expected) in [
            ("fr", Language::French),
            ("fr-CI,fr;q=0.9,en;q=0.8", Language::French),
            ("en-GB;q=0.5, fr;q=0.7", Language::French),
            ("de, en;q=0.3, fr;q=0.2", Language::English),
            ("fr;q=0", Language::English),
            ("sw", Language::English),
            ("", Language::English),
            ("fr;q=abc,*", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(Wanted::of(&headers).0, expected, "{header}");
        }
        assert_eq!(Wanted::of(&HeaderMap::new()), Wanted(Language::English));
    }
}
