//! What one cell came to. Owns the arithmetic of rates, in whole numbers; never measures.

use serde::{Deserialize, Serialize};

/// The figures of one scenario at one number of connections.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Connections (or tasks) at once.
    pub(crate) connections: u32,
    /// Requests served, warm-up and end included.
    pub(crate) served: u64,
    /// Requests that failed, over the same time.
    pub(crate) errors: u64,
    /// The first of them.
    pub(crate) first_error: Option<String>,
    /// Requests that ended well within the measured time.
    pub(crate) counted: u64,
    /// The measured time.
    pub(crate) window_us: u64,
    /// Half of them took at most this long.
    pub(crate) p50_us: u64,
    /// 99 of 100 took at most this long.
    pub(crate) p99_us: u64,
    /// CPU time that the process under test took in the measured time.
    pub(crate) cpu_us: u64,
    /// Its resident memory at the end.
    pub(crate) resident_bytes: u64,
}

impl Figures {
    /// Requests per second.
    pub(crate) fn per_second(&self) -> u64 {
        ratio(self.counted, 1_000_000, self.window_us)
    }

    /// CPU time per request, in microseconds.
    pub(crate) fn cpu_us_each(&self) -> u64 {
        ratio(self.cpu_us, 1, self.counted)
    }

    /// This rate in per cent of another one.
    pub(crate) fn percent_of(&self, floor: &Self) -> u64 {
        ratio(self.per_second(), 100, floor.per_second())
    }

    /// Whether it served requests and none failed.
    pub(crate) fn is_sound(&self) -> bool {
        self.served > 0 && self.errors == 0
    }
}

/// `amount × factor ÷ by`, rounded down; 0 when there is nothing to divide by.
pub(crate) fn ratio(amount: u64, factor: u64, by: u64) -> u64 {
    let product = u128::from(amount) * u128::from(factor);
    let quotient = product.checked_div(u128::from(by)).unwrap_or_default();
    u64::try_from(quotient).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Figures;

    fn counted(counted: u64, window_us: u64) -> Figures {
        Figures {
            connections: 1,
            served: counted,
            errors: 0,
            first_error: None,
            counted,
            window_us,
            p50_us: 0,
            p99_us: 0,
            cpu_us: 1_500_000,
            resident_bytes: 0,
        }
    }

    #[test]
    fn rates_are_of_the_measured_time_and_nothing_divides_by_zero() {
        let (slow, fast) = (counted(3_000, 2_000_000), counted(6_000, 2_000_000));
        assert_eq!((slow.per_second(), fast.per_second()), (1_500, 3_000));
        assert_eq!(slow.percent_of(&fast), 50);
        assert_eq!(slow.cpu_us_each(), 500);
        let none = counted(0, 0);
        assert_eq!(
            (none.per_second(), none.cpu_us_each(), slow.percent_of(&none)),
            (0, 0, 0)
        );
        assert!(!none.is_sound());
    }
}
