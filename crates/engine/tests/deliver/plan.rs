//! When a payment's own URL is tried, and when no more.

use std::time::Duration;

use crate::post::Manner;
use crate::shop::{HOUR_MS, in_a_shop};

const URL: &str = "https://shop.example/hook";
const HOST: &str = "shop.example";

#[test]
fn an_event_that_is_taken_is_sent_once_with_its_headers() {
    in_a_shop(async |shop| {
        let id = shop.pay(Some(URL), 3).await;
        shop.pass(HOUR_MS, 1_000).await;
        let came = shop.post.at(HOST);
        let events: Vec<_> = came.iter().map(|letter| letter.event.as_str()).collect();
        assert_eq!(
            events,
            ["payment.attempt.failed", "payment.attempt.failed", "payment.expired"]
        );
        for letter in &came {
            assert_eq!(letter.payment, id.to_string());
            assert!(letter.id.starts_with("evt_") && letter.signature.starts_with("v1,"));
            assert!(
                !letter.headers.contains_key("x-orqex-signature"),
                "only endpoints have that"
            );
        }
        assert_eq!(shop.post.tries(HOST).len(), 3);
    });
}

#[test]
fn an_event_that_nobody_takes_is_tried_by_the_plan_for_seven_days() {
    in_a_shop(async |shop| {
        shop.post.behaves(HOST, Manner::Answers(500));
        shop.pay(Some(URL), 1).await;
        shop.pass(HOUR_MS, 1_000).await;
        shop.pass(9 * 24 * HOUR_MS, 60_000).await;
        let tries = shop.post.tries(HOST);
        let planned = [0, 5, 30, 120, 600, 1_800, 3_600, 10_800, 28_800, 57_600, 86_400];
        assert!((16..=19).contains(&tries.len()), "{}", tries.len());
        for (pause, plan) in tries.windows(2).zip(planned.windows(2)) {
            let (ms, plan_ms) = (pause[1] - pause[0], (plan[1] - plan[0]) * 1_000);
            // A step of the clock and a look come on top.
            assert!(
                (plan_ms * 4 / 5..=plan_ms * 6 / 5 + 61_000).contains(&ms),
                "{ms} of {plan_ms}"
            );
        }
        let first = tries[0];
        assert!(tries.iter().all(|at| at - first <= 7 * 24 * HOUR_MS + 61_000));
        shop.post.behaves(HOST, Manner::Answers(200));
        shop.pass(10 * 24 * HOUR_MS, HOUR_MS).await;
        assert!(shop.post.at(HOST).is_empty(), "what was given up is not tried any more");
    });
}

#[test]
fn the_same_letter_comes_again_with_a_fresh_time() {
    in_a_shop(async |shop| {
        shop.post.behaves(HOST, Manner::Nobody);
        shop.pay(Some(URL), 1).await;
        shop.pass(20_000, 1_000).await;
        shop.post.behaves(HOST, Manner::Answers(204));
        shop.pass(HOUR_MS, 1_000).await;
        let came = shop.post.at(HOST);
        assert_eq!(came.len(), 1);
        assert!(
            String::from_utf8(came[0].body.clone())
                .unwrap()
                .contains(&came[0].event)
        );
        let sent_s: i64 = came[0].headers["webhook-timestamp"].parse().unwrap();
        assert_eq!(sent_s, came[0].at_ms / 1_000);
        assert_eq!(shop.post.tries(HOST).len(), 3);
    });
}

#[test]
fn a_receiver_that_asks_for_patience_is_given_it() {
    in_a_shop(async |shop| {
        shop.post.behaves(HOST, Manner::Later(900));
        shop.pay(Some(URL), 1).await;
        shop.pass(HOUR_MS, 1_000).await;
        let tries = shop.post.tries(HOST);
        assert!(tries[1] - tries[0] >= 900_000, "{tries:?}");
        assert!(tries[1] - tries[0] <= 905_000, "{tries:?}");
    });
}

#[test]
fn an_event_that_is_refused_keeps_to_its_plan_although_others_are_taken() {
    in_a_shop(async |shop| {
        shop.post.behaves(HOST, Manner::Refuses("payment.expired"));
        let refused = shop.pay(Some(URL), 1).await.to_string();
        for _ in 0..60 {
            shop.pay(Some(URL), 2).await;
            shop.pass(10_000, 1_000).await;
        }
        // At 0, 5, 35, 155 and 755 s; and once more, when the receiver took something after it had taken nothing.
        let tries = shop.post.tries_of(HOST, &refused);
        assert!((4..=6).contains(&tries), "tried {tries} times in ten minutes");
    });
}

#[test]
fn gone_ends_the_letters_of_that_payment_and_of_no_other() {
    in_a_shop(async |shop| {
        shop.post.behaves(HOST, Manner::Answers(410));
        shop.pay(Some(URL), 4).await;
        shop.pass(HOUR_MS, 1_000).await;
        let tried = shop.post.tries(HOST).len();
        assert!((1..=2).contains(&tried), "{tried}");
        shop.post.behaves(HOST, Manner::Answers(200));
        shop.pay(Some(URL), 2).await;
        shop.pass(HOUR_MS, 1_000).await;
        assert_eq!(shop.post.at(HOST).len(), 2);
    });
}

#[test]
fn a_payment_that_names_no_place_tells_nobody() {
    in_a_shop(async |shop| {
        shop.pay(None, 2).await;
        shop.pass(HOUR_MS, 10_000).await;
        assert!(shop.post.tries(HOST).is_empty());
        shop.clock.advance(Duration::from_secs(1));
    });
}
