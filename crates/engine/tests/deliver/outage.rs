//! A receiver that is away for three days.

use std::collections::{BTreeMap, BTreeSet};

use crate::post::Manner;
use crate::shop::{HOUR_MS, in_a_shop};

const HOST: &str = "shop.example";

/// Events of each payment.
const EVENTS: usize = 4;

/// Payments: ten thousand events with `COWRY_SOAK`.
fn payments() -> usize {
    if std::env::var("COWRY_SOAK").is_ok() {
        2_500
    } else {
        400
    }
}

#[test]
fn after_three_days_everything_arrives_at_once_and_nothing_is_lost() {
    in_a_shop(async |shop| {
        shop.post.behaves(HOST, Manner::Nobody);
        for _ in 0..payments() {
            shop.pay(Some("https://shop.example/hook"), EVENTS).await;
        }
        shop.pass(72 * HOUR_MS, 30 * 60_000).await;
        shop.post.behaves(HOST, Manner::Answers(200));
        let back_ms = shop.world.now_ms();
        shop.pass(30 * HOUR_MS, HOUR_MS).await;
        let came = shop.post.at(HOST);
        let ids: BTreeSet<_> = came.iter().map(|letter| letter.id.clone()).collect();
        assert_eq!(ids.len(), payments() * EVENTS, "none is lost");
        assert_eq!(came.len(), ids.len(), "none comes twice");
        let mut of: BTreeMap<_, BTreeSet<i64>> = BTreeMap::new();
        for letter in &came {
            of.entry(letter.payment.clone()).or_default().insert(letter.sequence);
        }
        assert!(
            of.values()
                .all(|sequences| sequences.iter().copied().eq(1..=EVENTS as i64))
        );
        let first = came.iter().map(|letter| letter.at_ms).min().unwrap();
        let last = came.iter().map(|letter| letter.at_ms).max().unwrap();
        assert!(first - back_ms <= 29 * HOUR_MS, "the next try comes within a day");
        assert!(last - first <= HOUR_MS, "the others follow at once");
    });
}
