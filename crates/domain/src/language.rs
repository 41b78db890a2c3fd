//! The languages that payers are spoken to in. Owns their codes; never which one somebody wants.

use crate::next_action::Text;

words! {
    /// A language that there are texts in.
    Language {
        /// English.
        English = "en",
        /// French.
        French = "fr",
    }
}

impl Language {
    /// The text in this language.
    pub fn text(self, text: &Text) -> &str {
        match self {
            Self::English => &text.en,
            Self::French => &text.fr,
        }
    }
}
