//! Makes mutants of genuine callbacks from a seed, and knows how each must be answered. Knows nothing of the server.

use axum::http::{HeaderName, HeaderValue};
use data_encoding::HEXLOWER_PERMISSIVE;

use super::ground::{Foreign, Ground, Letter};
use crate::callbacks::signature;

const SIGNATURE: HeaderName = HeaderName::from_static("x-sim-signature");

/// How a mutant must be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Its signature is wrong.
    Refused,
    /// Its address is nobody's.
    Nowhere,
    /// It is signed rightly for the account of its address: a repetition, or about a reference that is not that
    /// account's.
    Taken,
}

#[derive(Debug)]
pub(super) struct Mutant {
    pub(super) kind: &'static str,
    pub(super) letter: Letter,
    pub(super) expected: Expected,
}

pub(super) struct Breeder {
    state: u64,
    genuine: Vec<Letter>,
    foreign: Vec<Foreign>,
}

impl Breeder {
    pub(super) fn new(seed: u64, ground: &Ground, genuine: Vec<Letter>) -> Self {
        Self {
            state: seed,
            genuine,
            foreign: ground.foreign.clone(),
        }
    }

    /// Mutants none of which is a genuine callback in all that matters.
    pub(super) fn wrong(&mut self, count: usize) -> Vec<Mutant> {
        let mut bred = Vec::with_capacity(count);
        while bred.len() < count {
            let mutant = self.one();
            if !self.is_genuine(&mutant.letter) {
                bred.push(mutant);
            }
        }
        bred
    }

    /// Mutants of every kind.
    pub(super) fn any(&mut self, count: usize) -> Vec<Mutant> {
        (0..count).map(|_| self.one()).collect()
    }

    fn one(&mut self) -> Mutant {
        loop {
            let original = self.letter();
            if let Some((kind, letter)) = self.mutate(original) {
                let expected = self.expected(&letter);
                return Mutant { kind, letter, expected };
            }
        }
    }

    /// `None` when HTTP cannot carry it.
    fn mutate(&mut self, letter: Letter) -> Option<(&'static str, Letter)> {
        match self.below(16) {
            0..=4 => Some(self.other_body(letter)),
            5..=9 => self.other_signature(letter),
            10 | 11 => self.other_header(letter),
            12..=14 => self.other_party(letter),
            _ => Some(("replay", letter)),
        }
    }

    fn other_body(&mut self, mut letter: Letter) -> (&'static str, Letter) {
        let kind = match self.below(5) {
            0 => {
                letter.body.extend_from_within(..);
                "body twice"
            }
            1 => {
                let short = self.below(letter.body.len());
                letter.body.truncate(short);
                "body cut short"
            }
            _ => {
                self.flip(&mut letter.body);
                "bit of the body"
            }
        };
        (kind, letter)
    }

    fn other_signature(&mut self, mut letter: Letter) -> Option<(&'static str, Letter)> {
        let mut right = letter.header(SIGNATURE.as_str())?.as_bytes().to_vec();
        let kind = match self.below(6) {
            0 => {
                letter.headers.retain(|(name, _)| *name != SIGNATURE);
                "no signature"
            }
            1 => {
                letter.headers.insert(0, (SIGNATURE, HeaderValue::from_static("00")));
                "two signatures, the wrong one first"
            }
            2 => {
                let short = self.below(right.len());
                sign_as(&mut letter, HeaderValue::from_bytes(&right[..short]).ok()?);
                "signature cut short"
            }
            3 => {
                let other = self.letter().header(SIGNATURE.as_str())?.clone();
                sign_as(&mut letter, other);
                "another callback's signature"
            }
            _ => {
                self.flip(&mut right);
                sign_as(&mut letter, HeaderValue::from_bytes(&right).ok()?);
                "bit of the signature"
            }
        };
        Some((kind, letter))
    }

    fn other_header(&mut self, mut letter: Letter) -> Option<(&'static str, Letter)> {
        let index = self.below(letter.headers.len());
        let (name, value) = letter.headers.get_mut(index)?;
        if *name == SIGNATURE || self.below(2) == 0 {
            let mut bytes = name.as_str().as_bytes().to_vec();
            self.flip(&mut bytes);
            *name = HeaderName::from_bytes(&bytes).ok()?;
            return Some(("bit of a header's name", letter));
        }
        let mut bytes = value.as_bytes().to_vec();
        self.flip(&mut bytes);
        *value = HeaderValue::from_bytes(&bytes).ok()?;
        Some(("bit of another header", letter))
    }

    fn other_party(&mut self, mut letter: Letter) -> Option<(&'static str, Letter)> {
        let foreign = self.pick_foreign();
        let own = HeaderValue::from_str(&signature(&foreign.key, &letter.body)).ok()?;
        let kind = match self.below(4) {
            0 => {
                letter.path = foreign.path;
                "another account's address"
            }
            1 => {
                sign_as(&mut letter, own);
                "another account's key"
            }
            2 => {
                sign_as(&mut letter, own);
                letter.path = foreign.path;
                "another account's address and key"
            }
            _ => {
                let index = self.below(letter.path.len());
                let other = char::from(b'a' + u8::try_from(self.below(26)).ok()?);
                letter.path.replace_range(index..=index, other.encode_utf8(&mut [0; 4]));
                "another letter in the address"
            }
        };
        Some((kind, letter))
    }

    fn expected(&self, letter: &Letter) -> Expected {
        if let Some(foreign) = self.foreign.iter().find(|foreign| foreign.path == letter.path) {
            return if is_signed(letter, &signature(&foreign.key, &letter.body)) {
                Expected::Taken
            } else {
                Expected::Refused
            };
        }
        if self.genuine.iter().all(|genuine| genuine.path != letter.path) {
            return Expected::Nowhere;
        }
        if self.is_genuine(letter) {
            Expected::Taken
        } else {
            Expected::Refused
        }
    }

    /// Whether it is one of the genuine callbacks in address, body and signature.
    fn is_genuine(&self, letter: &Letter) -> bool {
        self.genuine.iter().any(|genuine| {
            let right = genuine.header(SIGNATURE.as_str()).and_then(|value| value.to_str().ok());
            (&genuine.path, &genuine.body) == (&letter.path, &letter.body)
                && right.is_some_and(|right| is_signed(letter, right))
        })
    }

    fn letter(&mut self) -> Letter {
        let index = self.below(self.genuine.len());
        self.genuine[index].clone()
    }

    fn pick_foreign(&mut self) -> Foreign {
        let index = self.below(self.foreign.len());
        self.foreign[index].clone()
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        let bit = self.below(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    /// `SplitMix64`.
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn sign_as(letter: &mut Letter, value: HeaderValue) {
    letter.headers.retain(|(name, _)| *name != SIGNATURE);
    letter.headers.push((SIGNATURE, value));
}

/// Whether its first signature is this one; the case of hexadecimal digits does not matter.
fn is_signed(letter: &Letter, right: &str) -> bool {
    let decode = |text: &[u8]| HEXLOWER_PERMISSIVE.decode(text).ok();
    letter
        .header(SIGNATURE.as_str())
        .and_then(|value| decode(value.as_bytes()))
        .is_some_and(|given| decode(right.as_bytes()) == Some(given))
}
