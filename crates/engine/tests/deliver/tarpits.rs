//! Places that never answer hold up nobody but themselves.

use crate::post::Manner;
use crate::shop::{Shop, in_a_shop};

const HEALTHY: usize = 20;

/// Milliseconds from the payment to the letter, of the healthy hosts, sorted.
async fn delays(shop: &Shop, tarpits: usize) -> Vec<i64> {
    for number in 0..tarpits {
        shop.post.behaves(&format!("tarpit{number}.example"), Manner::Tarpit);
    }
    let mut made_ms = Vec::new();
    for _ in 0..30 {
        made_ms.push(shop.world.now_ms());
        for number in 0..HEALTHY.max(tarpits) {
            if number < HEALTHY {
                shop.pay(Some(&format!("https://healthy{number}.example/hook")), 1)
                    .await;
            }
            if number < tarpits {
                shop.pay(Some(&format!("https://tarpit{number}.example/hook")), 3).await;
            }
        }
        shop.pass(2_000, 50).await;
    }
    let mut delays = Vec::new();
    for number in 0..HEALTHY {
        let came = shop.post.at(&format!("healthy{number}.example"));
        assert_eq!(came.len(), made_ms.len());
        delays.extend(
            came.iter()
                .zip(&made_ms)
                .map(|(letter, made_ms)| letter.at_ms - made_ms),
        );
    }
    delays.sort_unstable();
    delays
}

#[test]
fn a_place_that_is_well_does_not_wait_for_hundreds_that_fail() {
    in_a_shop(async |shop| {
        for number in 0..700 {
            let host = format!("tarpit{number}.example");
            shop.post.behaves(&host, Manner::Tarpit);
            shop.pay(Some(&format!("https://{host}/hook")), 1).await;
        }
        // All of them have failed, and their next tries are under way or wait for room.
        shop.pass(60_000, 500).await;
        let mut slowest_ms = 0;
        for number in 0..20 {
            let host = format!("healthy{number}.example");
            let made_ms = shop.world.now_ms();
            shop.pay(Some(&format!("https://{host}/hook")), 1).await;
            shop.pass(1_500, 50).await;
            let came = shop.post.at(&host);
            assert_eq!(came.len(), 1, "{host} waits");
            slowest_ms = slowest_ms.max(came[0].at_ms - made_ms);
        }
        assert!(slowest_ms <= 500, "{slowest_ms} ms");
    });
}

#[test]
fn half_of_the_places_are_tarpits_and_the_others_do_not_notice() {
    let p99 = |delays: &[i64]| delays[delays.len() * 99 / 100];
    let mut alone = 0;
    in_a_shop(async |shop| alone = p99(&delays(shop, 0).await));
    let mut beside = 0;
    in_a_shop(async |shop| beside = p99(&delays(shop, HEALTHY).await));
    assert!(
        beside * 10 <= alone * 11,
        "{beside} ms beside tarpits, {alone} ms alone"
    );
}
