//! How often somebody calls: in the memory of a process that is alone with its database, in the database where several nodes
//! must count together. Owns the counting; never the limits.

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

/// A bucket of calls that refills steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Milliseconds after which there is one call more.
    pub every_ms: i64,
    /// Calls that it holds after a rest.
    pub burst: i64,
}

/// Counters of this process: a time in milliseconds UTC, and calls.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<HashMap<(Scope, String), (i64, i64)>>);

impl Counters {
    fn count(&self, scope: Scope, bucket: String, window_ms: i64) -> i64 {
        let mut counters = held(&self.0);
        make_room(&mut counters, window_ms);
        let counter = counters.entry((scope, bucket)).or_insert((window_ms, 0));
        if counter.0 != window_ms {
            *counter = (window_ms, 0);
        }
        counter.1 += 1;
        counter.1
    }

    /// Whether there was a call left.
    fn take(&self, scope: Scope, name: String, bucket: Bucket, now_ms: i64) -> bool {
        let mut counters = held(&self.0);
        make_room(&mut counters, now_ms);
        let counter = counters.entry((scope, name)).or_insert((now_ms, 0));
        let full_at_ms = counter.0.max(now_ms).saturating_add(bucket.every_ms);
        let fits = full_at_ms - now_ms <= bucket.every_ms.saturating_mul(bucket.burst);
        if fits {
            counter.0 = full_at_ms;
        }
        fits
    }
}

fn make_room(counters: &mut HashMap<(Scope, String), (i64, i64)>, now_ms: i64) {
    if counters.len() >= COUNTERS_MAX {
        counters.retain(|_, (at_ms, _)| *at_ms >= now_ms);
    }
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
            let calls = house.counters.count(scope, bucket.to_owned(), began_ms);
            return Ok((calls, began_ms + window_ms));
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
        let count = |at| counters.count(scope, "a".to_owned(), begin(at, 60_000));
        assert_eq!([count(1), count(59_999), count(60_000)], [1, 2, 1]);
    }
}
