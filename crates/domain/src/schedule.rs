//! When to ask a provider again. Owns the plan; never the clock or the dice (both come in as values).

/// Longest time between two questions, in milliseconds: six hours.
pub const LONGEST_POLL_MS: i64 = 6 * 60 * 60 * 1000;

/// Questions stop after this age, in milliseconds: ninety days.
pub const ASKING_ENDS_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// An undecided permit is shown to a person after this age, in milliseconds: one day.
pub const UNDECIDED_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether a paid permit was charged twice is asked until this age at most, in milliseconds: three days.
pub const CONFIRMING_ENDS_MS: i64 = 3 * 24 * 60 * 60 * 1000;

/// Delays of the questions about a dead permit, in milliseconds since its death.
pub const AFTER_DEATH_MS: [i64; 6] = [60_000, 600_000, 3_600_000, 21_600_000, 86_400_000, 259_200_000];

/// Milliseconds until the next status poll: half the age, at least `smallest_ms`, at most six hours, ±10 % by
/// `random` (any number).
pub fn next_poll_ms(age_ms: i64, smallest_ms: i64, random: u64) -> i64 {
    let plan = (age_ms / 2).clamp(smallest_ms.max(1), LONGEST_POLL_MS);
    let span = plan / 5;
    let shift = i64::try_from(random % 1_000).unwrap_or(0) * span / 1_000;
    (plan - span / 2 + shift).max(1)
}

/// Milliseconds until question number `asked` (0 is the first) about a dead permit, counted from the question before;
/// `None` when the plan is over.
pub fn next_after_death_ms(asked: u32) -> Option<i64> {
    let index = usize::try_from(asked).ok()?;
    let due = AFTER_DEATH_MS.get(index)?;
    let before = index
        .checked_sub(1)
        .and_then(|i| AFTER_DEATH_MS.get(i))
        .copied()
        .unwrap_or(0);
    Some(due - before)
}

/// Shortest and longest pause before a step of ours that failed is tried again, in milliseconds: two seconds, an hour.
const TRY_AGAIN_MS: (i64, i64) = (2_000, 60 * 60 * 1000);

/// Milliseconds until a step of ours that has failed `failures` times is tried again: each pause is twice the one before.
pub fn next_try_ms(failures: i64) -> i64 {
    let (shortest_ms, longest_ms) = TRY_AGAIN_MS;
    let doublings = u32::try_from(failures.saturating_sub(1).clamp(0, 30)).unwrap_or(0);
    (shortest_ms << doublings).min(longest_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_slow_down_with_age_and_stay_within_ten_percent() {
        for random in [0, 1, 499, 999, u64::MAX] {
            let young = next_poll_ms(0, 2_000, random);
            assert!((1_800..=2_200).contains(&young), "{young}");
            let old = next_poll_ms(i64::MAX / 4, 2_000, random);
            assert!(
                (LONGEST_POLL_MS * 9 / 10..=LONGEST_POLL_MS * 11 / 10).contains(&old),
                "{old}"
            );
        }
    }

    #[test]
    fn failed_steps_are_tried_again_ever_more_slowly() {
        let pauses: Vec<i64> = [1, 2, 3, 11, 12, 1_000].map(next_try_ms).to_vec();
        assert_eq!(pauses, [2_000, 4_000, 8_000, 2_048_000, 3_600_000, 3_600_000]);
    }

    #[test]
    fn questions_after_death_follow_the_plan_and_end() {
        let total: i64 = (0..6).filter_map(next_after_death_ms).sum();
        assert_eq!(total, 259_200_000);
        assert_eq!(next_after_death_ms(6), None);
    }
}
