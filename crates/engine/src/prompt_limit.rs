//! How often one number may be prompted: so that nobody can make a stranger's phone ring all day. Counts prompts that really
//! left, and with live keys only. Never counts what a payer does.

use domain::country::Country;
use domain::ids::InstrumentId;
use domain::method::MethodCode;
use domain::scope::Environment;
use gateways::catalogue::Flow;
use store::permits;

use crate::case::Case;
use crate::refusal::Refusal;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// So many prompts at most, in so many milliseconds.
const LIMITS: [(usize, i64); 2] = [(5, 10 * MINUTE_MS), (20, DAY_MS)];

impl Case<'_, '_> {
    /// Refuses one prompt too many.
    pub(crate) fn check_prompts(
        &mut self,
        instrument: Option<InstrumentId>,
        (method, country): (MethodCode, Country),
    ) -> Result<(), Refusal> {
        let Some(instrument) = instrument.filter(|_| self.prompts(method, country)) else {
            return Ok(());
        };
        let scope = self.bench.tenant.scope;
        if scope.environment != Environment::Live {
            return Ok(());
        }
        let sent = permits::charges_sent(self.tx, &scope, instrument, self.at_ms - DAY_MS)?;
        let prompted_ms: Vec<i64> = sent
            .into_iter()
            .filter(|(method, country, _)| self.prompts(*method, *country))
            .map(|(_, _, at_ms)| at_ms)
            .collect();
        let waits = LIMITS.map(|limit| wait_ms(&prompted_ms, limit, self.at_ms));
        match waits.into_iter().max().unwrap_or(0) {
            ..=0 => Ok(()),
            retry_after_ms => Err(Refusal::TooManyPrompts { retry_after_ms }),
        }
    }

    fn prompts(&self, method: MethodCode, country: Country) -> bool {
        let offer = self.bench.house.catalogue.offer(method, country);
        offer.is_some_and(|offer| offer.flow == Flow::Prompt)
    }
}

/// How long to wait until one more fits; `prompted_ms` is newest first, milliseconds UTC.
fn wait_ms(prompted_ms: &[i64], (most, window_ms): (usize, i64), now_ms: i64) -> i64 {
    let in_the_way = prompted_ms.get(most.saturating_sub(1));
    in_the_way.map_or(0, |at_ms| at_ms + window_ms - now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_in_ten_minutes_waits_until_the_first_is_over() {
        let now_ms = 20 * MINUTE_MS;
        let at = |minutes: &[i64]| minutes.iter().map(|minute| minute * MINUTE_MS).collect::<Vec<_>>();
        let short = LIMITS[0];
        assert_eq!(wait_ms(&at(&[19, 18, 17, 16]), short, now_ms), 0);
        assert_eq!(wait_ms(&at(&[19, 18, 17, 16, 12]), short, now_ms), 2 * MINUTE_MS);
        assert!(wait_ms(&at(&[19, 18, 17, 16, 10]), short, now_ms) <= 0);
    }

    #[test]
    fn the_twenty_first_of_a_day_waits() {
        let hourly: Vec<i64> = (0..20).map(|hour| (23 - hour) * 60 * MINUTE_MS).collect();
        assert_eq!(wait_ms(&hourly, LIMITS[1], 24 * 60 * MINUTE_MS), 4 * 60 * MINUTE_MS);
    }
}
