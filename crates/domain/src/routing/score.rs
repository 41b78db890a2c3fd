//! Recent success of an account: counts that lose half their weight every ten minutes, in whole numbers.

/// After this time an outcome counts half, in milliseconds.
pub const HALF_LIFE_MS: i64 = 600_000;

/// What one outcome counts, in thousandths.
const ONE: i64 = 1_000;

/// Decayed counts of attempts that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Attempts that were paid, in thousandths.
    pub paid_milli: i64,
    /// Attempts that were paid or failed for a reason of the operator or gateway, in thousandths.
    pub ended_milli: i64,
    /// Milliseconds UTC as of which the counts are.
    pub at_ms: i64,
}

impl Score {
    /// The counts as they are worth at a later time. An earlier time changes nothing.
    #[must_use]
    pub fn decayed(self, at_ms: i64) -> Self {
        let age_ms = at_ms - self.at_ms;
        if age_ms <= 0 {
            return self;
        }
        Self {
            paid_milli: decay(self.paid_milli, age_ms),
            ended_milli: decay(self.ended_milli, age_ms),
            at_ms,
        }
    }

    /// With one more attempt that was paid.
    #[must_use]
    pub fn paid(self, at_ms: i64) -> Self {
        let now = self.decayed(at_ms);
        Self {
            paid_milli: now.paid_milli + ONE,
            ended_milli: now.ended_milli + ONE,
            ..now
        }
    }

    /// With one more attempt that was lost to the operator or gateway.
    #[must_use]
    pub fn lost(self, at_ms: i64) -> Self {
        let now = self.decayed(at_ms);
        Self {
            ended_milli: now.ended_milli + ONE,
            ..now
        }
    }

    /// Success in thousandths, with two imagined attempts of which one was paid and a half more: an account of which
    /// nothing is known stands at 750.
    pub fn permille(self, at_ms: i64) -> i64 {
        let now = self.decayed(at_ms);
        (now.paid_milli + ONE * 3 / 2) * 1_000 / (now.ended_milli + ONE * 2)
    }
}

/// Halves once per half-life; within one, along a straight line.
fn decay(count: i64, age_ms: i64) -> i64 {
    let halvings = age_ms / HALF_LIFE_MS;
    if halvings >= 62 {
        return 0;
    }
    let whole = count >> halvings;
    whole - whole * (age_ms % HALF_LIFE_MS) / (HALF_LIFE_MS * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_counts_half_after_ten_minutes_and_nothing_at_last() {
        let score = Score::default().paid(0).paid(0).lost(0);
        let later = score.decayed(HALF_LIFE_MS);
        assert_eq!((later.paid_milli, later.ended_milli), (1_000, 1_500));
        assert_eq!(score.decayed(HALF_LIFE_MS / 2).paid_milli, 1_500);
        assert_eq!(score.decayed(HALF_LIFE_MS * 80).ended_milli, 0);
        assert_eq!(score.decayed(-5), score);
    }

    #[test]
    fn success_tells_good_from_bad_and_forgets() {
        let unknown = Score::default();
        let good = (0..50).fold(unknown, |score, at| score.paid(at));
        let bad = (0..50).fold(unknown, |score, at| score.lost(at));
        assert!(good.permille(50) > 960 && bad.permille(50) < 40);
        assert_eq!(unknown.permille(0), 750);
        assert_eq!(bad.permille(HALF_LIFE_MS * 30), 750);
    }
}
