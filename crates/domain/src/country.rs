//! Countries. Owns which codes of ISO 3166-1 are assigned; never knows what can be paid there (the catalogue does).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use thiserror::Error;

/// An assigned country of ISO 3166-1, named by its two letters.
#[derive(Clone, Copy)]
pub struct Country {
    code: &'static str,
    name_en: &'static str,
}

/// Why a text is not a country. The texts go to API users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CountryError {
    /// Not two upper-case ASCII letters.
    #[error("a country is two upper-case letters of ISO 3166-1, for example CI")]
    Malformed,
    /// Two letters that no country has.
    #[error("this country code is not assigned in ISO 3166-1")]
    Unknown,
}

impl Country {
    /// Reads exactly two upper-case letters.
    ///
    /// # Errors
    /// [`CountryError`] says whether the form or the code is the problem.
    pub fn parse(text: &str) -> Result<Self, CountryError> {
        if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(CountryError::Malformed);
        }
        let entry = rust_iso3166::from_alpha2(text).ok_or(CountryError::Unknown)?;
        Ok(Self {
            code: entry.alpha2,
            name_en: entry.name,
        })
    }

    /// The two letters, upper case.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// The English short name of ISO 3166-1 (official, not always the everyday one).
    pub fn name_en(self) -> &'static str {
        self.name_en
    }
}

impl PartialEq for Country {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Country {}

impl Hash for Country {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code.hash(state);
    }
}

impl PartialOrd for Country {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Country {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code.cmp(other.code)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}
