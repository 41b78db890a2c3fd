//! Random values for one transaction. A closure may run more than once and must write the same ids each time, so it
//! clones a seed that was drawn before and unrolls it.

use domain::ids::{Id, Kind};
use sha2::{Digest, Sha256};
use world::World;

/// An endless row of random values from one seed.
#[derive(Clone)]
pub(crate) struct Draws {
    seed: [u8; 32],
    drawn: u64,
}

impl Draws {
    pub(crate) fn new(world: &World) -> Self {
        let mut seed = [0; 32];
        world.fill(&mut seed);
        Self { seed, drawn: 0 }
    }

    fn block(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.drawn.to_be_bytes())
            .finalize()
            .into()
    }

    /// A fresh identifier.
    pub(crate) fn id<K: Kind>(&mut self, at_ms: i64) -> Id<K> {
        let (random, _) = split(self.block());
        Id::new(at_ms, random)
    }

    /// A fresh nonce for sealing.
    pub(crate) fn nonce(&mut self) -> [u8; 24] {
        let block = self.block();
        std::array::from_fn(|index| block.get(index).copied().unwrap_or(0))
    }

    /// A fresh number, for jitter.
    pub(crate) fn number(&mut self) -> u64 {
        let (random, _) = split(self.block());
        u64::try_from(random & u128::from(u64::MAX)).unwrap_or(0)
    }

    /// 32 fresh bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        self.block()
    }
}

fn split(block: [u8; 32]) -> (u128, u128) {
    let half = |offset: usize| {
        let bytes: [u8; 16] = std::array::from_fn(|index| block.get(offset + index).copied().unwrap_or(0));
        u128::from_be_bytes(bytes)
    };
    (half(0), half(16))
}
