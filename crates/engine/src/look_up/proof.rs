//! When answers that a reference is unknown prove that no money can come: pure arithmetic over monotonic times.

use domain::planted;

/// Since when a charge is known to be sent, by the clock of this process: of another's only that it was before the first answer.
pub(super) fn known_sent_ms((epoch, monotonic_ms): (i64, i64), own_epoch: i64, heard_ms: &[i64]) -> Option<i64> {
    match epoch == own_epoch {
        true => Some(monotonic_ms),
        false => heard_ms.first().copied(),
    }
}

/// Whether these times of "not found" (monotonic milliseconds, in order) are enough.
pub(super) fn proves(heard_ms: &[i64], sent_ms: i64, horizon_ms: i64) -> bool {
    let Some(last) = heard_ms.last() else {
        return false;
    };
    let mut apart = 0;
    let mut previous: Option<i64> = None;
    for at in heard_ms {
        if previous.is_none_or(|previous| at - previous >= horizon_ms / 3) {
            apart += 1;
            previous = Some(*at);
        }
    }
    apart >= 3 && (last - sent_ms >= horizon_ms || planted::is("horizon_ignored"))
}

#[cfg(test)]
mod tests {
    use super::{known_sent_ms, proves};

    #[test]
    fn a_charge_of_a_neighbour_is_no_older_than_the_first_answer_about_it() {
        let proven = |epoch, heard: &[i64]| {
            let sent_ms = known_sent_ms((epoch, 9_000), 7, heard);
            sent_ms.is_some_and(|sent_ms| proves(heard, sent_ms, 60_000))
        };
        let heard = [3_600_000, 3_620_000, 3_645_000];
        assert!(proven(7, &heard), "sent by this process an hour ago");
        assert!(!proven(8, &heard), "the other's clock says nothing here");
        assert!(proven(8, &[3_600_000, 3_620_000, 3_660_000]));
        assert!(!proven(8, &[]));
    }

    #[test]
    fn not_found_needs_three_answers_spread_out_and_one_after_the_horizon() {
        assert!(proves(&[10_000, 31_000, 61_000], 0, 60_000));
        assert!(!proves(&[10_000, 61_000], 0, 60_000));
        assert!(!proves(&[59_000, 60_000, 61_000], 0, 60_000));
        assert!(!proves(&[5_000, 26_000, 50_000], 0, 60_000));
        assert!(!proves(&[10_000, 31_000, 61_000], 20_000, 60_000));
        assert!(!proves(&[], 0, 60_000));
    }
}
