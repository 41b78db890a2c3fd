//! Which operator a number is likely to belong to. A guess for the order of a list: numbers move between operators, so it
//! never excludes one.

use domain::country::Country;
use domain::method::MethodCode;
use domain::phone::Phone;

use super::{Catalogue, Evidence, Offer};

/// A likely operator of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// The operator's method.
    pub method: MethodCode,
    /// Where.
    pub country: Country,
    /// How likely, in thousandths.
    pub confidence_permille: u32,
}

/// By a prefix whose source is published; the rest has moved to another operator.
const SOURCED_PERMILLE: u32 = 900;

/// By a prefix that nobody has confirmed.
const UNVERIFIED_PERMILLE: u32 = 700;

impl Catalogue {
    /// The likely operators of a number by its prefix, the likeliest first; none when no prefix fits.
    pub fn predict(&self, phone: &Phone) -> Vec<Prediction> {
        let mut fitting: Vec<(usize, Prediction)> = self
            .countries
            .iter()
            .filter_map(|info| Some((info.country, phone.e164().strip_prefix(info.dial_prefix.as_str())?)))
            .flat_map(|(country, national)| {
                self.offers_in(country)
                    .filter_map(move |offer| Some((longest(offer, national)?, predicted(offer))))
            })
            .collect();
        fitting.sort_by_key(|(length, prediction)| std::cmp::Reverse((*length, prediction.confidence_permille)));
        fitting.into_iter().map(|(_, prediction)| prediction).collect()
    }
}

fn predicted(offer: &Offer) -> Prediction {
    Prediction {
        method: offer.method,
        country: offer.country,
        confidence_permille: match offer.prefix_evidence {
            Evidence::Sourced => SOURCED_PERMILLE,
            Evidence::Unverified => UNVERIFIED_PERMILLE,
        },
    }
}

/// Digits of the longest prefix that a national number begins with.
fn longest(offer: &Offer, national: &str) -> Option<usize> {
    let fitting = offer
        .prefixes
        .iter()
        .filter(|prefix| national.starts_with(prefix.as_str()));
    fitting.map(String::len).max()
}
