//! Who looks at a page, and how: by which door, in which language, from which country, asking for what. Owns reading the
//! request; never what is shown.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use engine::Door;
use engine::domain::country::Country;
use engine::domain::language::Language;
use engine::views::PaymentView;
use url::form_urlencoded::parse;

use crate::language::Wanted;
use crate::segment;
use crate::texts::Texts;

/// Who looks.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Which payment.
    pub(crate) door: Door,
    /// Path of the page, as it was asked for. Never to be logged.
    path: String,
    /// The language that was chosen on the page.
    chosen: Option<Language>,
    /// The one that the browser wants.
    wanted: Language,
    /// The country that was chosen on the page.
    pub(crate) country: Option<Country>,
    /// Countries that the browser's languages name, the most wanted first.
    regions: Vec<Country>,
    /// What the page is to show.
    pub(crate) wish: Wish,
    /// What the page is to say besides.
    pub(crate) note: Option<Note>,
}

/// What a page is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// The payment as it stands.
    AsItStands,
    /// Other ways to pay, although one is under way.
    OtherWays,
}

/// What a page says besides, after a form that changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The payment has gone on since the form was drawn.
    GoneOn,
    /// What is under way may still be paid.
    StillPayable,
}

impl Note {
    const ALL: [Self; 2] = [Self::GoneOn, Self::StillPayable];

    fn code(self) -> &'static str {
        match self {
            Self::GoneOn => "gone-on",
            Self::StillPayable => "still-payable",
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let token = segment::named(parts, "token").await;
        let Wanted(wanted) = Wanted::from_request_parts(parts, state).await?;
        let path = parts.uri.path().to_owned();
        let door = match path.starts_with("/pay/") {
            true => Door::Payment(token),
            false => Door::Checkout(token),
        };
        let mut visitor = Self {
            door,
            path,
            chosen: None,
            wanted,
            country: None,
            regions: regions(parts),
            wish: Wish::AsItStands,
            note: None,
        };
        for (name, value) in parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "lang" => visitor.chosen = Language::parse(&value),
                "country" => visitor.country = Country::parse(&value).ok(),
                "other" => visitor.wish = Wish::OtherWays,
                "note" => visitor.note = Note::ALL.into_iter().find(|note| note.code() == value),
                _ => {}
            }
        }
        Ok(visitor)
    }
}

impl Visitor {
    /// The texts for a payment: as chosen on the page, as the merchant or an earlier visit says, as the browser wants.
    pub(crate) fn texts(&self, payment: &PaymentView) -> Texts {
        Texts::of(self.chosen.or(payment.intent.payer_language).unwrap_or(self.wanted))
    }

    /// The texts while no payment is known.
    pub(crate) fn texts_alone(&self) -> Texts {
        Texts::of(self.chosen.unwrap_or(self.wanted))
    }

    /// The token in the address, whatever it opens. Never to be logged.
    pub(crate) fn token(&self) -> &str {
        match &self.door {
            Door::Checkout(token) | Door::Payment(token) => token,
        }
    }

    /// The language that was chosen on the page, to be kept in its forms and links.
    pub(crate) fn chosen_language(&self) -> Option<Language> {
        self.chosen
    }

    /// Another page's path, with the language that was chosen on this one.
    pub(crate) fn with_language(&self, path: &str) -> String {
        match self.chosen {
            Some(language) => format!("{path}?lang={}", language.code()),
            None => path.to_owned(),
        }
    }

    /// The page as it stands, with a note.
    pub(crate) fn address(&self, note: Option<Note>) -> String {
        let lang = self.chosen.map(|language| format!("lang={}", language.code()));
        let country = self.country.map(|country| format!("country={}", country.code()));
        let note = note.map(|note| format!("note={}", note.code()));
        let pairs: Vec<String> = lang.into_iter().chain(country).chain(note).collect();
        match pairs.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, pairs.join("&")),
        }
    }

    /// The first of these countries that the browser names.
    pub(crate) fn named_of(&self, countries: &[Country]) -> Option<Country> {
        let mut named = self.regions.iter().copied();
        named.find(|country| countries.contains(country))
    }
}

/// The countries in a header such as `fr-CI,fr;q=0.9`. Browsers send it in the order of wishes.
fn regions(parts: &Parts) -> Vec<Country> {
    let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let tags = header.unwrap_or_default().split(',').take(10);
    tags.filter_map(|entry| {
        let tag = entry.split(';').next()?.trim();
        let region = tag.split('-').skip(1).find(|part| part.len() == 2)?;
        Country::parse(&region.to_ascii_uppercase()).ok()
    })
    .collect()
}
