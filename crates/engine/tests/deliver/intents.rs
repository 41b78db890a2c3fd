//! Endpoints of the payment-intents API: their own events, signature and plan of tries.

use domain::ids::EndpointId;
use domain::scope::{ApiFamily, Environment, Scope};
use domain::webhook::{DeliveryOrder, DeliveryState, EndpointState, EventSelection};
use engine::admin::{
    Actor, AdminRefusal, Beyond, DeliveryFilter, DeliveryView, EndpointChanges, EndpointOrder, Resend,
};
use engine::webhooks::{Secret, sign};

use crate::post::Manner;
use crate::shop::{HOUR_MS, Shop, in_a_shop};
use crate::support::intent;

const HOST: &str = "intents.example";

async fn listen(shop: &Shop, events: &str) -> (EndpointId, Secret) {
    listen_in(shop, shop.scope, events).await
}

async fn listen_in(shop: &Shop, scope: Scope, events: &str) -> (EndpointId, Secret) {
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
        .create_webhook_endpoint(&Actor::System, scope, order)
        .await
        .unwrap();
    (made.0.endpoint.id, made.1)
}

#[test]
fn it_is_told_each_change_of_name_signed_with_a_time() {
    in_a_shop(async |shop| {
        let (_, secret) = listen(shop, "*").await;
        let payment = shop.pay(None, 2).await;
        shop.pass(HOUR_MS, 1_000).await;
        let came = shop.post.at(HOST);
        let mut events: Vec<_> = came.iter().map(|letter| letter.event.as_str()).collect();
        events.sort_unstable();
        // The refused try was over before anything else was committed: it has no name of its own.
        assert_eq!(events.first(), Some(&"payment_intent.canceled"));
        assert!(events.contains(&"payment_intent.created"), "{events:?}");
        for letter in &came {
            assert_eq!(letter.payment, payment.payment_intents_spelling());
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

/// Gives an endpoint another URL.
async fn move_to(shop: &Shop, scope: Scope, id: EndpointId, url: &str) {
    let changes = EndpointChanges {
        url: Some(url.to_owned()),
        ..EndpointChanges::default()
    };
    let which = (ApiFamily::PaymentIntents, id);
    let changed = shop
        .engine
        .change_webhook_endpoint(&Actor::System, scope, which, changes);
    changed.await.unwrap();
}

async fn only_delivery(shop: &Shop, scope: Scope) -> DeliveryView {
    let all = DeliveryFilter::default();
    let found = shop.engine.webhook_deliveries(scope, all, Beyond::First, 100).await;
    let mut found = found.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn nothing_of_the_live_environment_goes_out_in_clear_even_when_it_waited_or_is_sent_again() {
    in_a_shop(async |shop| {
        let live = Scope {
            environment: Environment::Live,
            ..shop.scope
        };
        shop.engine.open_live(&Actor::System, live).await.unwrap();
        let (id, _) = listen_in(shop, live, "payment_intent.created").await;
        shop.post.behaves(HOST, Manner::Answers(500));
        shop.engine.create_intent(live, intent(), None).await.unwrap();
        shop.pass(60_000, 1_000).await;
        assert_eq!(shop.post.tries(HOST).len(), 1);
        shop.post.behaves(HOST, Manner::Answers(200));
        move_to(shop, live, id, "http://intents.example/hook").await;
        shop.pass(HOUR_MS, 60_000).await;
        assert!(shop.post.at(HOST).is_empty(), "what waited does not go out in clear");
        let sent = only_delivery(shop, live).await.delivery;
        assert_eq!(sent.state, DeliveryState::GivenUp);

        let by = Actor::System;
        let one = shop.engine.resend_delivery(&by, live, sent.id).await.map(drop);
        let event = shop.engine.resend_event(&by, live, (sent.event_id, Some(id)));
        let event = event.await.map(drop);
        let failed = Resend::Failed { since_ms: 0 };
        let all = shop.engine.resend_events(&by, live, id, failed).await.map(drop);
        for refused in [one, event, all] {
            let Err(AdminRefusal::Conflict { message, .. }) = refused else {
                panic!("{refused:?}")
            };
            assert!(message.contains("https://"), "{message}");
        }
        let everywhere = shop.engine.resend_event(&by, live, (sent.event_id, None)).await;
        assert_eq!(everywhere.unwrap().deliveries, 0);
        shop.pass(HOUR_MS, 60_000).await;
        assert!(shop.post.at(HOST).is_empty());

        move_to(shop, live, id, "https://intents.example/hook").await;
        shop.engine.resend_delivery(&by, live, sent.id).await.unwrap();
        shop.pass(60_000, 1_000).await;
        assert_eq!(shop.post.at(HOST).len(), 1);
    });
}
