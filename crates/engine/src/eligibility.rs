//! Whether anything that a project has configured can take a currency in a country. Asked when an intent of the
//! payment-intents API is created, because that API names the country then.

use domain::country::Country;
use domain::currency::Currency;
use store::rules::{self, Direction};
use store::{StoreError, Tx, projects};

use crate::availability::{Availability, Wanted};
use crate::case::Bench;
use crate::refusal::Refusal;

/// Refuses a country and a currency that no account of any rule can take.
pub(crate) fn must_be_eligible(
    tx: &mut Tx<'_>,
    bench: &Bench,
    country: Country,
    currency: Currency,
) -> Result<(), Refusal> {
    let scope = bench.tenant.scope;
    let revision = projects::environment(tx, &scope)?
        .ok_or(StoreError::Missing)?
        .routing_revision;
    for offer in bench.house.catalogue.offers_in(country) {
        if !offer.currencies().any(|taken| taken == currency) {
            continue;
        }
        let sought = (Direction::Payment, offer.method, country);
        let Some(rule) = rules::find(tx, &scope, revision, sought)? else {
            continue;
        };
        let wanted = Wanted {
            method: offer.method,
            country,
            currency,
        };
        if bench.house.availability(tx, &scope, &rule, wanted)? != Availability::NotConfigured {
            return Ok(());
        }
    }
    Err(Refusal::NotEligible { country, currency })
}
