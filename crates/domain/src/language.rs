//! The languages that payers are spoken to in. Owns their codes; never which one somebody wants.

use crate::next_action::Text;

/// A language that there are texts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// Stored and published spelling: ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Reads that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == text)
    }

    /// The text in this language.
    pub fn text(self, text: &Text) -> &str {
        match self {
            Self::English => &text.en,
            Self::French => &text.fr,
        }
    }
}
