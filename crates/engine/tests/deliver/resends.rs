//! What is sent again where: never to an endpoint that is gone nor to one of another API, and nothing is lost that happened
//! while an endpoint was disabled.

use domain::ids::{EndpointId, IntentId};
use domain::scope::ApiFamily;
use domain::webhook::{DeliveryOrder, DeliveryState, EndpointState, EventSelection};
use engine::admin::{Actor, AdminRefusal, Beyond, DeliveryFilter, DeliveryView, EndpointOrder};

use crate::post::{Came, Manner};
use crate::shop::{HOUR_MS, Shop, in_a_shop};

const ME: Actor = Actor::CommandLine;

async fn listen(shop: &Shop, family: ApiFamily, url: &str) -> EndpointId {
    let order = EndpointOrder {
        family,
        url: url.to_owned(),
        description: String::new(),
        events: EventSelection::All,
        order: DeliveryOrder::Any,
        state: EndpointState::Enabled,
    };
    let made = shop.engine.create_webhook_endpoint(&ME, shop.scope, order);
    made.await.unwrap().0.endpoint.id
}

async fn deliveries(shop: &Shop) -> Vec<DeliveryView> {
    let all = DeliveryFilter::default();
    let found = shop.engine.webhook_deliveries(shop.scope, all, Beyond::First, 100);
    found.await.unwrap()
}

#[test]
fn nothing_goes_again_to_an_endpoint_that_was_deleted() {
    in_a_shop(async |shop| {
        let gone = listen(shop, ApiFamily::Payment, "https://gone.example/hook").await;
        listen(shop, ApiFamily::Payment, "https://here.example/hook").await;
        shop.post.behaves("gone.example", Manner::Answers(500));
        shop.pay(None, 1).await;
        shop.pass(2 * HOUR_MS, 60_000).await;
        let which = (ApiFamily::Payment, gone);
        let deleted = shop.engine.delete_webhook_endpoint(&ME, shop.scope, which);
        deleted.await.unwrap();
        let tried = shop.post.tries("gone.example").len();

        let all = deliveries(shop).await;
        let to_gone = all.iter().find(|one| one.endpoint_id == Some(gone)).unwrap();
        let again = shop.engine.resend_delivery(&ME, shop.scope, to_gone.delivery.id);
        assert!(matches!(again.await, Err(AdminRefusal::Conflict { .. })));
        let event = (to_gone.delivery.event_id, None);
        let again = shop.engine.resend_event(&ME, shop.scope, event).await.unwrap();
        assert_eq!(again.deliveries, 1, "to the other one only");

        shop.pass(HOUR_MS, 60_000).await;
        assert_eq!(shop.post.tries("gone.example").len(), tried);
        assert_eq!(shop.post.at("here.example").len(), 2);
        let waits = |one: &DeliveryView| one.delivery.state == DeliveryState::Waiting;
        assert!(!deliveries(shop).await.iter().any(waits), "nothing waits for ever");
    });
}

#[test]
fn an_event_goes_to_no_endpoint_of_another_api() {
    in_a_shop(async |shop| {
        listen(shop, ApiFamily::Payment, "https://shop.example/hook").await;
        let other = listen(shop, ApiFamily::PaymentIntents, "https://intents.example/hook").await;
        shop.pay(None, 1).await;
        shop.pass(HOUR_MS, 60_000).await;
        let took = shop.post.at("intents.example").len();
        let all = deliveries(shop).await;
        let own = all.iter().find(|one| one.endpoint_id != Some(other)).unwrap();
        let sent = shop
            .engine
            .resend_event(&ME, shop.scope, (own.delivery.event_id, Some(other)));
        assert!(matches!(sent.await, Err(AdminRefusal::Invalid(_))));
        shop.pass(HOUR_MS, 60_000).await;
        assert_eq!(shop.post.at("intents.example").len(), took);
    });
}

#[test]
fn what_happens_while_an_endpoint_is_disabled_waits_for_it() {
    in_a_shop(async |shop| {
        for (family, host) in [
            (ApiFamily::Payment, "shop.example"),
            (ApiFamily::PaymentIntents, "intents.example"),
        ] {
            let id = listen(shop, family, &format!("https://{host}/hook")).await;
            let disabled = (family, id);
            let switched =
                shop.engine
                    .switch_webhook_endpoint(&ME, shop.scope, disabled, EndpointState::DisabledByPerson);
            switched.await.unwrap();
            shop.pass(5_000, 1_000).await;
            let payment = shop.pay(None, 1).await;
            shop.pass(HOUR_MS, 60_000).await;
            assert!(shop.post.tries(host).is_empty(), "{host} is disabled");

            let enabled = shop
                .engine
                .switch_webhook_endpoint(&ME, shop.scope, (family, id), EndpointState::Enabled);
            enabled.await.unwrap();
            shop.pass(60_000, 1_000).await;
            let came = shop.post.at(host);
            assert!(!came.is_empty(), "{host} missed what happened");
            let of = |letter: &Came| IntentId::from_any_public(&letter.payment);
            assert!(came.iter().all(|letter| of(letter) == Some(payment)));
        }
    });
}
