//! The circuit breaker of one account, method and country: our own traffic opens it, a probe closes it. Owns when; never
//! what counts as an outage (the outcome's class says that).

/// Outages in a row that open it.
pub const OUTAGES_IN_ROW: i64 = 5;

/// Outcomes that are looked at together.
pub const WINDOW: usize = 20;

/// Outages in a full window that open it.
const OUTAGES_IN_WINDOW: usize = 10;

/// Outages in the window, when there are this many outcomes at least, that make it degraded.
const DEGRADED_FROM: (usize, usize) = (2, 10);

/// First wait before a probe, in milliseconds.
pub const FIRST_PROBE_MS: i64 = 5_000;

/// Longest wait before a probe, in milliseconds.
pub const LONGEST_PROBE_MS: i64 = 60_000;

/// A probe whose outcome nobody learned is given up after this time, in milliseconds.
pub const PROBE_LOST_MS: i64 = 30_000;

words! {
    /// Where a breaker stands.
    Circuit {
        /// Traffic flows.
        Closed = "closed",
        /// No traffic but a probe when its time has come.
        Open = "open",
        /// One probe is under way.
        HalfOpen = "half_open",
    }
}

/// How an account does, as people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It works.
    Healthy,
    /// It works, with outages.
    Degraded,
    /// Routing passes it over.
    Down,
}

impl Standing {
    /// Published spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// What one charge call says of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered as by a working provider, also by a decline.
    Worked,
    /// It was not: not reached, refused as overloaded, or no usable answer.
    Outage,
}

/// A breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Where it stands.
    pub circuit: Circuit,
    /// Outages since the last outcome that worked.
    pub outages_in_row: i64,
    /// The last outcomes, oldest first, at most [`WINDOW`].
    pub recent: Vec<Outcome>,
    /// Milliseconds UTC of the last change of the circuit.
    pub changed_at_ms: i64,
    /// Milliseconds UTC from which a probe may start; while one is under way, when it counts as lost.
    pub probe_at_ms: i64,
    /// The wait before the next probe, in milliseconds.
    pub probe_wait_ms: i64,
}

impl Breaker {
    /// One that has seen nothing.
    pub fn new(at_ms: i64) -> Self {
        Self {
            circuit: Circuit::Closed,
            outages_in_row: 0,
            recent: Vec::new(),
            changed_at_ms: at_ms,
            probe_at_ms: 0,
            probe_wait_ms: FIRST_PROBE_MS,
        }
    }

    /// How it does.
    pub fn standing(&self) -> Standing {
        let (least, of) = DEGRADED_FROM;
        match self.circuit {
            Circuit::Open | Circuit::HalfOpen => Standing::Down,
            Circuit::Closed if self.outages() >= least && (self.recent.len() >= of || self.outages_in_row > 1) => {
                Standing::Degraded
            }
            Circuit::Closed => Standing::Healthy,
        }
    }

    /// Whether a payment may try it now although it is down.
    pub fn wants_probe(&self, at_ms: i64) -> bool {
        match self.circuit {
            Circuit::Closed => false,
            Circuit::Open | Circuit::HalfOpen => at_ms >= self.probe_at_ms,
        }
    }

    /// A probe has started.
    #[must_use]
    pub fn probing(self, at_ms: i64) -> Self {
        Self {
            circuit: Circuit::HalfOpen,
            changed_at_ms: at_ms,
            probe_at_ms: at_ms + PROBE_LOST_MS,
            ..self
        }
    }

    /// With the outcome of a call that started at `started_at_ms`. A call from before the last change of the circuit says
    /// nothing about what came after it.
    #[must_use]
    pub fn learn(mut self, outcome: Outcome, started_at_ms: i64, at_ms: i64) -> Self {
        match self.circuit {
            Circuit::Closed => {
                self.count(outcome);
                if self.is_too_much() {
                    self.open(at_ms, FIRST_PROBE_MS)
                } else {
                    self
                }
            }
            Circuit::Open => self,
            Circuit::HalfOpen if started_at_ms < self.changed_at_ms => self,
            Circuit::HalfOpen => match outcome {
                Outcome::Worked => Self::new(at_ms),
                Outcome::Outage => {
                    let wait_ms = (self.probe_wait_ms * 2).min(LONGEST_PROBE_MS);
                    self.open(at_ms, wait_ms)
                }
            },
        }
    }

    fn count(&mut self, outcome: Outcome) {
        self.outages_in_row = match outcome {
            Outcome::Worked => 0,
            Outcome::Outage => self.outages_in_row + 1,
        };
        if self.recent.len() >= WINDOW {
            self.recent.remove(0);
        }
        self.recent.push(outcome);
    }

    fn outages(&self) -> usize {
        self.recent
            .iter()
            .filter(|outcome| **outcome == Outcome::Outage)
            .count()
    }

    fn is_too_much(&self) -> bool {
        self.outages_in_row >= OUTAGES_IN_ROW || (self.recent.len() >= WINDOW && self.outages() >= OUTAGES_IN_WINDOW)
    }

    fn open(self, at_ms: i64, wait_ms: i64) -> Self {
        Self {
            circuit: Circuit::Open,
            changed_at_ms: at_ms,
            probe_at_ms: at_ms + wait_ms,
            probe_wait_ms: wait_ms,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(outcomes: impl IntoIterator<Item = Outcome>) -> Breaker {
        outcomes
            .into_iter()
            .fold(Breaker::new(0), |breaker, outcome| breaker.learn(outcome, 0, 0))
    }

    #[test]
    fn five_in_a_row_open_it_and_four_do_not() {
        let four = after([Outcome::Outage; 4]);
        assert_eq!(four.standing(), Standing::Degraded);
        assert_eq!(
            four.clone()
                .learn(Outcome::Worked, 1, 1)
                .learn(Outcome::Outage, 1, 1)
                .circuit,
            Circuit::Closed
        );
        let five = four.learn(Outcome::Outage, 7, 7);
        assert_eq!((five.circuit, five.probe_at_ms), (Circuit::Open, 7 + FIRST_PROBE_MS));
    }

    #[test]
    fn half_of_a_full_window_opens_it() {
        let turns = [Outcome::Worked, Outcome::Outage];
        let nineteen = after(turns.into_iter().cycle().take(19));
        assert_eq!(nineteen.standing(), Standing::Degraded);
        assert_eq!(nineteen.clone().learn(Outcome::Outage, 0, 0).circuit, Circuit::Open);
        assert_eq!(nineteen.learn(Outcome::Worked, 0, 0).circuit, Circuit::Closed);
    }

    #[test]
    fn one_probe_at_a_time_closes_it_or_doubles_the_wait() {
        let open = after([Outcome::Outage; 5]);
        assert!(!open.wants_probe(FIRST_PROBE_MS - 1) && open.wants_probe(FIRST_PROBE_MS));
        let mut breaker = open.probing(5_000);
        assert!(!breaker.wants_probe(5_001), "a second probe at once");
        assert_eq!(
            breaker.clone().learn(Outcome::Worked, 5_000, 5_100).standing(),
            Standing::Healthy
        );
        assert_eq!(
            breaker.clone().learn(Outcome::Worked, 4_999, 5_100).circuit,
            Circuit::HalfOpen,
            "a straggler closed it"
        );
        assert!(
            breaker.wants_probe(5_000 + PROBE_LOST_MS),
            "a lost probe blocks for ever"
        );
        for wait_ms in [10_000, 20_000, 40_000, 60_000, 60_000] {
            let at_ms = breaker.changed_at_ms + 10;
            breaker = breaker.learn(Outcome::Outage, at_ms, at_ms);
            assert_eq!(breaker.probe_at_ms - at_ms, wait_ms);
            breaker = breaker.probing(at_ms + wait_ms);
        }
    }
}
