//! How often somebody calls: in the memory of a process that is alone with its database, in the database where several nodes
//! must count together. Owns the counting; never the limits.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Mutex;

use domain::ids::ProjectId;
use domain::scope::{Environment, Scope};
use store::{projects, rates};

use crate::Engine;
use crate::house::held;
use crate::refusal::Refusal;

/// Counters remembered by one process, at most.
const COUNTERS_MAX: usize = 20_000;

/// Counters that are forgotten together when there is no room for another, so that they are sorted seldom.
const FORGOTTEN_TOGETHER: usize = 1_000;

/// A bucket of calls that refills steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Milliseconds after which there is one call more.
    pub every_ms: i64,
    /// Calls that it holds after a rest.
    pub burst: i64,
}

/// Calls in one window, or a bucket.
#[derive(Clone, Copy, Debug)]
struct Counter {
    /// When its window is over or it is full again, milliseconds UTC: nothing is lost if it is forgotten then.
    ends_at_ms: i64,
    calls: i64,
}

/// Counters of this process, by whose they are and what they count.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<HashMap<(Scope, String), Counter>>);

impl Counters {
    /// Counts a call in the window that ends at this time. Returns the calls in it.
    fn count(&self, scope: Scope, bucket: String, ends_at_ms: i64) -> i64 {
        let mut counters = held(&self.0);
        let fresh = Counter { ends_at_ms, calls: 0 };
        let counter = find(&mut counters, (scope, bucket), fresh);
        if counter.ends_at_ms != ends_at_ms {
            *counter = fresh;
        }
        counter.calls += 1;
        counter.calls
    }

    /// Whether there was a call left.
    fn take(&self, scope: Scope, name: String, bucket: Bucket, now_ms: i64) -> bool {
        let mut counters = held(&self.0);
        let full = Counter {
            ends_at_ms: now_ms,
            calls: 0,
        };
        let counter = find(&mut counters, (scope, name), full);
        let full_at_ms = counter.ends_at_ms.max(now_ms).saturating_add(bucket.every_ms);
        let fits = full_at_ms - now_ms <= bucket.every_ms.saturating_mul(bucket.burst);
        if fits {
            counter.ends_at_ms = full_at_ms;
        }
        fits
    }
}

/// The counter of that name, or else a new one; room is made for it when there is none.
fn find(counters: &mut HashMap<(Scope, String), Counter>, name: (Scope, String), fresh: Counter) -> &mut Counter {
    if counters.len() >= COUNTERS_MAX && !counters.contains_key(&name) {
        forget_some(counters);
    }
    counters.entry(name).or_insert(fresh)
}

/// Forgets the counters that end first, and of those that end together the ones that counted least: whoever comes under ever
/// new names pushes out what they did under the others, not the count of an hour nor of somebody who was refused.
fn forget_some(counters: &mut HashMap<(Scope, String), Counter>) {
    let rank = |counter: &Counter| (counter.ends_at_ms, counter.calls);
    let mut ranks: Vec<_> = counters.values().map(rank).collect();
    if ranks.len() <= FORGOTTEN_TOGETHER {
        return;
    }
    let (before, last, _) = ranks.select_nth_unstable(FORGOTTEN_TOGETHER - 1);
    let last = *last;
    // Of those that rank like the last one as many as are wanted.
    let mut like_last = FORGOTTEN_TOGETHER - before.iter().filter(|rank| **rank < last).count();
    counters.retain(|_, counter| match rank(counter).cmp(&last) {
        Ordering::Less => false,
        Ordering::Equal if like_last > 0 => {
            like_last -= 1;
            false
        }
        Ordering::Equal | Ordering::Greater => true,
    });
}

impl Engine {
    /// Counts a call in the present window of `window_ms`. Returns the calls in it, this one included, and when it ends,
    /// milliseconds UTC.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn count_call(&self, scope: Scope, bucket: &str, window_ms: i64) -> Result<(i64, i64), Refusal> {
        let house = &self.house;
        if house.store.engine_name() == "sqlite" {
            let began_ms = begin(house.world.now_ms(), window_ms);
            let ends_at_ms = began_ms + window_ms;
            let calls = house.counters.count(scope, bucket.to_owned(), ends_at_ms);
            return Ok((calls, ends_at_ms));
        }
        let bucket = bucket.to_owned();
        house
            .store
            .write(move |tx| {
                let began_ms = begin(store::clock(tx)?, window_ms);
                let calls = rates::count(tx, &scope, &bucket, began_ms)?;
                Ok((calls, began_ms + window_ms))
            })
            .await
    }

    /// Counts what somebody did of whom only the address is known, in the present window of `window_ms`. Returns how often in
    /// it, this time included, and when it ends, milliseconds UTC. Only a keyed hash of the address is kept.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn count_stranger(&self, what: &str, address: &str, window_ms: i64) -> Result<(i64, i64), Refusal> {
        let house = &self.house;
        let hash = house.reference_key.keyed_hex(&[b"stranger", address.as_bytes()]);
        let scope = match house.store.engine_name() {
            "sqlite" => None,
            _ => {
                house
                    .store
                    .read(|tx| Ok::<_, Refusal>(projects::first_scope(tx)?))
                    .await?
            }
        };
        let nobody = Scope {
            project_id: ProjectId::new(0, 0),
            environment: Environment::Sandbox,
        };
        self.count_call(scope.unwrap_or(nobody), &format!("{what} {hash}"), window_ms)
            .await
    }

    /// Takes a call out of a bucket; false when it is empty. What is refused is not counted.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn take_call(&self, scope: Scope, name: &str, bucket: Bucket) -> Result<bool, Refusal> {
        let house = &self.house;
        let name = name.to_owned();
        if house.store.engine_name() == "sqlite" {
            return Ok(house.counters.take(scope, name, bucket, house.world.now_ms()));
        }
        house
            .store
            .write(move |tx| {
                let now_ms = store::clock(tx)?;
                Ok(rates::take(tx, &scope, &name, (bucket.every_ms, bucket.burst), now_ms)? == 1)
            })
            .await
    }
}

fn begin(now_ms: i64, window_ms: i64) -> i64 {
    now_ms - now_ms.rem_euclid(window_ms.max(1))
}

#[cfg(test)]
mod tests {
    use domain::ids::ProjectId;
    use domain::scope::Environment;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_what_it_regains() {
        let (counters, bucket) = (
            Counters::default(),
            Bucket {
                every_ms: 10,
                burst: 1_000,
            },
        );
        let scope = Scope {
            project_id: ProjectId::new(1, 1),
            environment: Environment::Live,
        };
        let taken = |now_ms, tries: i64| {
            (0..tries)
                .filter(|_| counters.take(scope, "a".to_owned(), bucket, now_ms))
                .count()
        };
        assert_eq!(taken(0, 1_050), 1_000);
        assert_eq!(taken(1_000, 500), 100);
        assert_eq!(taken(1_000_000, 1_050), 1_000, "a rest fills it, not more");
        assert!(
            counters.take(scope, "b".to_owned(), bucket, 0),
            "every name has its own"
        );
    }

    #[test]
    fn a_window_begins_at_nothing() {
        let counters = Counters::default();
        let scope = Scope {
            project_id: ProjectId::new(1, 1),
            environment: Environment::Live,
        };
        let count = |at| counters.count(scope, "a".to_owned(), begin(at, 60_000) + 60_000);
        assert_eq!([count(1), count(59_999), count(60_000)], [1, 2, 1]);
    }

    #[test]
    fn many_names_push_out_neither_the_count_of_an_hour_nor_of_who_was_refused() {
        let counters = Counters::default();
        let scope = Scope {
            project_id: ProjectId::new(1, 1),
            environment: Environment::Live,
        };
        let count = |name: &str, window_ms| counters.count(scope, name.to_owned(), window_ms);
        assert_eq!(count("of an hour", 3_600_000), 1);
        for expected in 1..=20 {
            assert_eq!(count("refused", 60_000), expected);
        }
        for stranger in 0..20_001 {
            count(&format!("stranger {stranger}"), 60_000);
            assert!(held(&counters.0).len() <= COUNTERS_MAX, "{stranger}");
        }
        assert_eq!((count("of an hour", 3_600_000), count("refused", 60_000)), (2, 21));
        for later in 0..20_001 {
            count(&format!("later {later}"), 120_000);
        }
        assert_eq!(count("refused", 60_000), 1, "what has ended goes first");
        assert_eq!(count("of an hour", 3_600_000), 3);
    }
}
