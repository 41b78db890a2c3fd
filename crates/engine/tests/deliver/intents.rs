//! Endpoints of the payment-intents API: their own events, signature and plan of tries.

use domain::ids::EndpointId;
use domain::scope::ApiFamily;
use domain::webhook::{DeliveryOrder, EndpointState, EventSelection};
use engine::admin::{Actor, EndpointOrder};
use engine::webhooks::{Secret, sign};

use crate::post::Manner;
use crate::shop::{HOUR_MS, Shop, in_a_shop};

const HOST: &str = "intents.example";

async fn listen(shop: &Shop, events: &str) -> (EndpointId, Secret) {
    let order = EndpointOrder {
        family: ApiFamily::PaymentIntents,
        url: "https://intents.example/hook".to_owned(),
        description: String::new(),
        events: EventSelection::parse(events).unwrap(),
        order: DeliveryOrder::Any,
        state: EndpointState::Enabled,
    };
    let made = shop
        .engine
        .create_webhook_endpoint(&Actor::System, shop.scope, order)
        .await
        .unwrap();
    (made.0.endpoint.id, made.1)
}

#[test]
fn it_is_told_each_change_of_name_signed_with_a_time() {
    in_a_shop(async |shop| {
        let (_, secret) = listen(shop, "*").await;
        shop.pay(None, 2).await;
        shop.pass(HOUR_MS, 1_000).await;
        let came = shop.post.at(HOST);
        let mut events: Vec<_> = came.iter().map(|letter| letter.event.as_str()).collect();
        events.sort_unstable();
        // The refused try was over before anything else was committed: it has no name of its own.
        assert_eq!(events.first(), Some(&"payment_intent.canceled"));
        assert!(events.contains(&"payment_intent.created"), "{events:?}");
        for letter in &came {
            let at_s: i64 = letter.headers["webhook-timestamp"].parse().unwrap();
            assert_eq!(
                letter.headers["ikawaari-signature"],
                sign::timed(&secret, at_s, &letter.body)
            );
            assert!(!letter.headers.contains_key("x-orqex-signature"));
        }
    });
}

#[test]
fn it_is_tried_again_after_exact_pauses() {
    in_a_shop(async |shop| {
        listen(shop, "payment_intent.created").await;
        shop.post.behaves(HOST, Manner::Answers(500));
        shop.pay(None, 1).await;
        shop.pass(4 * 24 * HOUR_MS, 60_000).await;
        let tries = shop.post.tries(HOST);
        let minutes: Vec<i64> = tries
            .windows(2)
            .map(|pair| (pair[1] - pair[0] + 30_000) / 60_000)
            .collect();
        assert_eq!(minutes[..5], [5, 30, 120, 480, 1_440]);
        assert_eq!(minutes[5], 1_440, "then daily");
    });
}

#[test]
fn an_endpoint_of_one_api_hears_nothing_of_the_other() {
    in_a_shop(async |shop| {
        listen(shop, "payment_intent.succeeded").await;
        shop.pay(None, 3).await;
        shop.pass(HOUR_MS, 10_000).await;
        assert!(shop.post.tries(HOST).is_empty());
    });
}
