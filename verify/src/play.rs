//! Playing one seed or many, on several threads, and telling what came of it.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::run::{Beginning, Figures, Outcome};

/// What many seeds came to.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) seeds: u64,
    pub(crate) figures: Figures,
    /// All hashes folded into one that does not depend on which thread played what.
    pub(crate) fingerprint: u64,
    pub(crate) broken: Vec<Outcome>,
}

/// When to stop playing.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// After the last seed.
    Over,
    /// At the first violation, or when the time is over.
    Violated(Duration),
}

/// Plays one seed and tells its story.
pub(crate) fn tell(seed: u64) -> Result<bool, String> {
    let outcome = Beginning::new()?.play(seed)?;
    for line in &outcome.story {
        println!("{line}");
    }
    println!("seed {seed}: {:?}, hash {}", outcome.figures, outcome.hash);
    Ok(outcome.violations.is_empty())
}

/// Plays many seeds and tells the broken ones.
pub(crate) fn many(from: u64, seeds: u64, threads: u64) -> Result<bool, String> {
    let began = now();
    let tally = play(from, seeds, threads, Until::Over)?;
    for outcome in &tally.broken {
        println!("seed {}: {}", outcome.seed, outcome.violations.join("; "));
    }
    let Figures {
        lives,
        commits,
        charges,
        fallbacks,
    } = tally.figures;
    println!(
        "{} seeds in {} s: {} violations; {lives} lives of the server, {commits} commits, {charges} charges, {fallbacks} fallbacks; fingerprint {:016x}",
        tally.seeds,
        began.elapsed().as_secs(),
        tally.broken.len(),
        tally.fingerprint,
    );
    Ok(tally.broken.is_empty())
}

/// Plays seeds `from` to before `from + seeds`.
pub(crate) fn play(from: u64, seeds: u64, threads: u64, until: Until) -> Result<Tally, String> {
    let (next, stop) = (AtomicU64::new(from), AtomicBool::new(false));
    let tally = Mutex::new(Tally::default());
    let began = now();
    let player = || -> Result<(), String> {
        let beginning = Beginning::new()?;
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds {
                return Ok(());
            }
            let outcome = beginning.play(seed)?;
            let is_broken = !outcome.violations.is_empty();
            add(&mut tally.lock().unwrap_or_else(PoisonError::into_inner), outcome);
            if let Until::Violated(patience) = until
                && (is_broken || began.elapsed() > patience)
            {
                stop.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let players: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(player)).collect();
        players
            .into_iter()
            .try_for_each(|player| player.join().unwrap_or_else(|_| Err("a player panicked".to_owned())))
    })?;
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn add(tally: &mut Tally, outcome: Outcome) {
    tally.seeds += 1;
    tally.figures.lives += outcome.figures.lives;
    tally.figures.commits += outcome.figures.commits;
    tally.figures.charges += outcome.figures.charges;
    tally.figures.fallbacks += outcome.figures.fallbacks;
    let head = outcome
        .hash
        .get(..16)
        .and_then(|head| u64::from_str_radix(head, 16).ok());
    let turned = head
        .unwrap_or(0)
        .rotate_left(u32::try_from(outcome.seed % 64).unwrap_or(0));
    tally.fingerprint = tally.fingerprint.wrapping_add(turned);
    if !outcome.violations.is_empty() {
        tally.broken.push(outcome);
    }
}

/// The machine's clock: only to say how long it took and when to give up.
#[expect(
    clippy::disallowed_methods,
    reason = "a tool that says how long it took; no run sees this clock"
)]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seeds_tell_the_same_stories_whoever_plays_them() {
        let one = play(1, 60, 1, Until::Over).unwrap();
        let two = play(1, 60, 2, Until::Over).unwrap();
        assert_eq!(one.fingerprint, two.fingerprint);
        assert_eq!((one.seeds, two.seeds), (60, 60));
        assert!(
            one.broken.is_empty(),
            "{:?}",
            one.broken.first().map(|outcome| &outcome.violations)
        );
        assert!(
            one.figures.fallbacks > 0 && one.figures.lives > 60,
            "the seeds reach what they are for"
        );
    }
}
