//! Chance from a seed: everything that a run decides by chance is drawn here. Never reads the machine's randomness.

use world::World;

/// A source of numbers that follows from a seed.
#[derive(Clone)]
pub(crate) struct Dice {
    world: World,
}

impl Dice {
    /// The dice of one purpose within a run: purposes do not disturb each other.
    pub(crate) fn of(seed: u64, purpose: u64) -> Self {
        let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03);
        let (world, _) = World::manual(0, mixed);
        Self { world }
    }

    /// A number below `end`; 0 when `end` is 0.
    pub(crate) fn below(&self, end: u64) -> u64 {
        let drawn = u64::try_from(self.world.random_u128() >> 64).unwrap_or(0);
        drawn.checked_rem(end).unwrap_or(0)
    }

    /// A number from `from` to before `end`.
    pub(crate) fn between(&self, from: i64, end: i64) -> i64 {
        let span = u64::try_from(end - from).unwrap_or(0);
        from + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// Whether something of so many percent happens.
    pub(crate) fn percent(&self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of several; the choices must not be empty.
    pub(crate) fn one_of<T: Copy>(&self, choices: &[T], otherwise: T) -> T {
        let index = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(index).copied().unwrap_or(otherwise)
    }

    /// One of several by weight.
    pub(crate) fn weighted<T: Copy>(&self, choices: &[(u64, T)], otherwise: T) -> T {
        let mut drawn = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if drawn < *weight {
                return *choice;
            }
            drawn -= weight;
        }
        otherwise
    }
}
