//! What a seed decides before its run begins: how many clients, how much goes wrong, when the server dies, how the clock
//! jumps, and by which rules payments are routed.

use domain::routing::Strategy;
use store::CrashSide;

use crate::dice::Dice;

/// The plan of one run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Clients that work side by side.
    pub(crate) clients: u64,
    /// Requests of each client.
    pub(crate) requests: u64,
    /// Percent of charges that meet a fault.
    pub(crate) faults: u64,
    /// Percent of operators' transactions that break a promise in a way the money rules know.
    pub(crate) lies: u64,
    /// Commits, counted from the start of the work, at which the server dies.
    pub(crate) crashes: Vec<(u64, CrashSide)>,
    /// Steps of the run at which the server dies between two commits.
    pub(crate) kills: Vec<u64>,
    /// Steps at which the wall clock jumps, in milliseconds.
    pub(crate) jumps: Vec<(u64, i64)>,
    /// Steps at which the machine sleeps, in milliseconds.
    pub(crate) naps: Vec<(u64, i64)>,
    /// How long intents live, in milliseconds.
    pub(crate) lifetime_ms: i64,
    pub(crate) strategy: Strategy,
    /// Whether the rule names both operators.
    pub(crate) accounts: usize,
}

impl Plan {
    /// The plan that follows from a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let dice = Dice::of(seed, 1);
        let side = |dice: &Dice| {
            if dice.percent(50) {
                CrashSide::Before
            } else {
                CrashSide::After
            }
        };
        let crashes = match dice.below(10) {
            0..5 => 0,
            5..8 => 1,
            _ => 2,
        };
        Self {
            seed,
            clients: 1 + dice.below(3),
            requests: 2 + dice.below(4),
            faults: dice.one_of(&[0, 20, 50, 80], 50),
            lies: dice.one_of(&[0, 0, 15, 40], 0),
            crashes: (0..crashes).map(|_| (1 + dice.below(40), side(&dice))).collect(),
            kills: (0..u64::from(dice.percent(15))).map(|_| 2 + dice.below(60)).collect(),
            jumps: (0..u64::from(dice.percent(15)))
                .map(|_| {
                    (
                        dice.below(60),
                        dice.one_of(&[7_200_000, -3_600_000, 90_000, -90_000], 0),
                    )
                })
                .collect(),
            naps: (0..u64::from(dice.percent(15)))
                .map(|_| (dice.below(60), dice.one_of(&[6_000, 90_000, 7_200_000], 0)))
                .collect(),
            lifetime_ms: dice.one_of(&[300_000, 1_800_000, 3_600_000], 1_800_000),
            strategy: dice.one_of(Strategy::ALL, Strategy::Rules),
            accounts: if dice.percent(80) { 2 } else { 1 },
        }
    }
}
