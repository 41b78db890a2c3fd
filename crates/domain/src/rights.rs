//! What a key may do. Owns the words; who asks for which right is the servers' business.

use std::collections::BTreeSet;
use std::fmt;

words! {
    /// One right.
    Right {
        /// See.
        Read = "read",
        /// Make and change.
        Write = "write",
        /// Send money away: refunds and payouts.
        MoneyOut = "money_out",
        /// Every project of this installation, and making new ones; admin keys only.
        Installation = "installation",
    }
}

/// The rights of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights(BTreeSet<Right>);

impl Rights {
    /// Everything inside its project.
    pub fn of_project() -> Self {
        Self([Right::Read, Right::Write, Right::MoneyOut].into_iter().collect())
    }

    /// Everything.
    pub fn all() -> Self {
        Self(Right::ALL.iter().copied().collect())
    }

    /// Whether this right is among them.
    pub fn include(&self, right: Right) -> bool {
        self.0.contains(&right)
    }

    /// Each right, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Right> {
        self.0.iter().copied()
    }

    /// Reads words with a space between; `None` for an unknown word.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace()
            .map(Right::parse)
            .collect::<Option<_>>()
            .map(Self)
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().collect())
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Right::code).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_round_trip_and_unknown_words_are_refused() {
        for rights in [Rights::all(), Rights::of_project(), Rights::from_iter([])] {
            assert_eq!(Rights::parse(&rights.to_string()), Some(rights));
        }
        assert_eq!(Rights::parse("read everything"), None);
        assert!(!Rights::of_project().include(Right::Installation));
    }
}
