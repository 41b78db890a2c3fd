//! Endpoints of a project: order, outages, being disabled and enabled, new secrets, sending again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::attention::AttentionKind;
use domain::ids::EndpointId;
use domain::scope::ApiFamily;
use domain::webhook::{DeliveryOrder, EndpointState, EventSelection};
use engine::admin::{Actor, EndpointOrder, EndpointView, RESENT_MAX, Resend};
use engine::webhooks::{Secret, sign};

use crate::post::{Came, Manner};
use crate::shop::{HOUR_MS, Shop, in_a_shop};

const HOST: &str = "shop.example";
const MINUTE_MS: i64 = 60_000;

/// Events of each payment.
const EVENTS: usize = 3;

async fn open(shop: &Shop, order: DeliveryOrder, events: EventSelection) -> (EndpointId, Secret) {
    let order = EndpointOrder {
        family: ApiFamily::Payment,
        url: format!("https://{HOST}/hook"),
        description: String::new(),
        events,
        order,
        state: EndpointState::Enabled,
    };
    let made = shop
        .engine
        .create_webhook_endpoint(&Actor::System, shop.scope, order)
        .await;
    let (view, secret) = made.unwrap();
    (view.endpoint.id, secret)
}

async fn any(shop: &Shop) -> (EndpointId, Secret) {
    open(shop, DeliveryOrder::Any, EventSelection::All).await
}

async fn see(shop: &Shop, id: EndpointId) -> EndpointView {
    let which = (ApiFamily::Payment, id);
    shop.engine.webhook_endpoint(shop.scope, which).await.unwrap()
}

async fn enable(shop: &Shop, id: EndpointId) {
    let which = (ApiFamily::Payment, id);
    let enabled = shop
        .engine
        .switch_webhook_endpoint(&Actor::System, shop.scope, which, EndpointState::Enabled);
    assert_eq!(enabled.await.unwrap().endpoint.state, EndpointState::Enabled);
}

/// What people are told of an endpoint.
async fn told(shop: &Shop, id: EndpointId) -> Vec<(AttentionKind, String)> {
    let open = shop.engine.attention(100).await.unwrap();
    let of = open.into_iter().filter(|item| item.subject_id == id.to_string());
    of.map(|item| (item.kind, item.evidence)).collect()
}

/// The sequences of each payment as they came.
fn sequences(came: &[Came]) -> BTreeMap<String, Vec<i64>> {
    let mut of: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for letter in came {
        of.entry(letter.payment.clone()).or_default().push(letter.sequence);
    }
    of
}

fn ids(came: &[Came]) -> BTreeSet<String> {
    came.iter().map(|letter| letter.id.clone()).collect()
}

#[test]
fn events_of_a_payment_come_in_order_however_often_the_receiver_fails() {
    in_a_shop(async |shop| {
        open(shop, DeliveryOrder::PerPayment, EventSelection::All).await;
        let mut payments = 0;
        for turn in 0..40 {
            shop.post.behaves(
                HOST,
                match turn % 4 {
                    0 => Manner::Answers(500),
                    1 => Manner::Refuses("payment.attempt.failed"),
                    _ => Manner::Answers(200),
                },
            );
            shop.pay(None, EVENTS).await;
            shop.pass(2_000, 250).await;
            payments += 1;
        }
        shop.post.behaves(HOST, Manner::Nobody);
        for hour in 0..72 {
            if hour % 3 == 0 {
                shop.pay(None, EVENTS).await;
                payments += 1;
            }
            shop.pass(HOUR_MS, 20 * MINUTE_MS).await;
        }
        shop.post.behaves(HOST, Manner::Answers(200));
        shop.pass(30 * HOUR_MS, HOUR_MS).await;
        let came = sequences(&shop.post.at(HOST));
        assert_eq!(came.len(), payments);
        let whole: Vec<i64> = (1..=EVENTS as i64).collect();
        for (payment, sequences) in came {
            assert_eq!(sequences, whole, "{payment}: in order, none lost, none twice");
        }
    });
}

#[test]
fn an_endpoint_that_fails_for_seven_days_is_disabled_and_enabling_it_loses_nothing() {
    in_a_shop(async |shop| {
        let (id, _) = any(shop).await;
        shop.post.behaves(HOST, Manner::Answers(500));
        let first = shop.pay(None, EVENTS).await.to_string();
        let mut payments = 1;
        shop.pass(50 * MINUTE_MS, MINUTE_MS).await;
        assert!(told(shop, id).await.is_empty(), "not yet");
        for (until_hours, mark) in [(5, "1 h"), (31, "24 h"), (101, "72 h")] {
            shop.pass(until_hours * HOUR_MS - HOUR_MS, 10 * MINUTE_MS).await;
            shop.pay(None, EVENTS).await;
            payments += 1;
            let told = told(shop, id).await;
            assert_eq!(told.len(), 1, "the newest only: {told:?}");
            assert_eq!(told[0].0, AttentionKind::WebhookFailing);
            let text = format!("No event was taken for {mark}, ");
            assert!(
                told[0].1.starts_with(&text) && told[0].1.ends_with("status 500."),
                "{told:?}"
            );
        }
        assert_eq!(see(shop, id).await.endpoint.state, EndpointState::Enabled);
        shop.pass(5 * 24 * HOUR_MS, 10 * MINUTE_MS).await;
        assert_eq!(see(shop, id).await.endpoint.state, EndpointState::DisabledAsFailing);
        let kinds: Vec<_> = told(shop, id).await.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [AttentionKind::WebhookDisabled]);

        let tries = shop.post.tries(HOST).len();
        shop.post.behaves(HOST, Manner::Answers(200));
        for _ in 0..20 {
            shop.pay(None, EVENTS).await;
            payments += 1;
        }
        shop.pass(26 * HOUR_MS, HOUR_MS).await;
        assert_eq!(
            shop.post.tries(HOST).len(),
            tries,
            "nothing goes to a disabled endpoint"
        );
        let view = see(shop, id).await;
        assert_eq!(view.waiting, (payments * EVENTS) as i64);

        enable(shop, id).await;
        shop.pass(2_000, 100).await;
        let came = shop.post.at(HOST);
        assert_eq!((came.len(), ids(&came).len()), (payments * EVENTS, payments * EVENTS));
        assert_eq!(came[0].payment, first, "from the first that it missed");
        let view = see(shop, id).await;
        assert_eq!((view.waiting, view.lane.failures), (0, 0));
        assert!(told(shop, id).await.is_empty(), "people need not look any more");
    });
}

#[test]
fn gone_disables_an_endpoint_and_keeps_its_events() {
    in_a_shop(async |shop| {
        let (id, _) = any(shop).await;
        shop.post.behaves(HOST, Manner::Answers(410));
        shop.pay(None, EVENTS).await;
        shop.pass(MINUTE_MS, 1_000).await;
        assert_eq!(see(shop, id).await.endpoint.state, EndpointState::DisabledAsGone);
        assert_eq!(told(shop, id).await[0].0, AttentionKind::WebhookDisabled);
        let tries = shop.post.tries(HOST).len();
        assert!(tries <= 2, "{tries}");
        shop.pay(None, EVENTS).await;
        shop.pass(25 * HOUR_MS, HOUR_MS).await;
        assert_eq!(shop.post.tries(HOST).len(), tries);
        shop.post.behaves(HOST, Manner::Answers(200));
        enable(shop, id).await;
        shop.pass(2_000, 100).await;
        assert_eq!(ids(&shop.post.at(HOST)).len(), 2 * EVENTS);
    });
}

#[test]
fn while_a_secret_is_replaced_both_sign_and_then_only_the_new_one() {
    in_a_shop(async |shop| {
        let (id, first) = any(shop).await;
        let signed_by = async |secrets: &[&Secret]| {
            let before = shop.post.at(HOST).len();
            shop.pay(None, 1).await;
            shop.pass(2_000, 100).await;
            let came = shop.post.at(HOST);
            assert_eq!(came.len(), before + 1);
            let letter = &came[before];
            let at_s: i64 = letter.headers["webhook-timestamp"].parse().unwrap();
            assert_eq!(
                letter.signature,
                sign::standard(secrets, &letter.id, at_s, &letter.body)
            );
            assert_eq!(
                letter.headers["x-orqex-signature"],
                sign::body_hex(secrets[0], &letter.body)
            );
        };
        let rotate = async |overlap_ms| {
            let which = (ApiFamily::Payment, id);
            let rotated = shop
                .engine
                .rotate_webhook_endpoint_secret(&Actor::System, shop.scope, which, overlap_ms);
            rotated.await.unwrap().1
        };
        signed_by(&[&first]).await;
        let second = rotate(HOUR_MS).await;
        assert_ne!(first.expose(), second.expose());
        signed_by(&[&second, &first]).await;
        shop.pass(HOUR_MS, MINUTE_MS).await;
        signed_by(&[&second]).await;
        let third = rotate(0).await;
        signed_by(&[&third]).await;
    });
}

#[test]
fn what_failed_is_sent_again_at_once() {
    in_a_shop(async |shop| {
        let (id, _) = any(shop).await;
        shop.pay(None, EVENTS).await;
        shop.pass(2_000, 100).await;
        shop.post.behaves(HOST, Manner::Nobody);
        shop.pay(None, EVENTS).await;
        shop.pass(4 * HOUR_MS, MINUTE_MS).await;
        let between_ms = shop.world.now_ms();
        shop.pay(None, EVENTS).await;
        shop.pass(4 * HOUR_MS, MINUTE_MS).await;
        shop.post.behaves(HOST, Manner::Answers(200));
        let resend = async |since_ms| {
            let wish = Resend::Failed { since_ms };
            let resent = shop.engine.resend_events(&Actor::System, shop.scope, id, wish);
            resent.await.unwrap().deliveries
        };
        assert_eq!(resend(between_ms).await, EVENTS as u64, "those made since");
        assert_eq!(resend(0).await, 2 * EVENTS as u64, "nothing that arrived");
        shop.pass(2_000, 100).await;
        let came = shop.post.at(HOST);
        assert_eq!((came.len(), ids(&came).len()), (3 * EVENTS, 3 * EVENTS));
        assert_eq!(resend(0).await, 0);
    });
}

#[test]
fn a_range_is_sent_again_also_from_before_the_endpoint_was_made() {
    in_a_shop(async |shop| {
        shop.pay(None, EVENTS).await;
        shop.pass(HOUR_MS, MINUTE_MS).await;
        let (from_ms, payment) = (shop.world.now_ms(), shop.pay(None, EVENTS).await.to_string());
        shop.pass(HOUR_MS, MINUTE_MS).await;
        let to_ms = shop.world.now_ms();
        shop.pass(HOUR_MS, MINUTE_MS).await;
        let (all, _) = any(shop).await;
        let selection = EventSelection::parse("payment.expired").unwrap();
        let (some, _) = open(shop, DeliveryOrder::Any, selection).await;
        let resend = async |id, (from_ms, to_ms)| {
            let wish = Resend::Range { from_ms, to_ms };
            let resent = shop.engine.resend_events(&Actor::System, shop.scope, id, wish).await;
            shop.pass(2_000, 100).await;
            let resent = resent.unwrap();
            assert_eq!(resent.go_on_from_ms, None);
            resent.deliveries
        };
        shop.pass(HOUR_MS, MINUTE_MS).await;
        assert!(shop.post.at(HOST).is_empty(), "nothing comes unasked");
        assert_eq!(resend(all, (from_ms, to_ms)).await, EVENTS as u64);
        let came = shop.post.at(HOST);
        assert_eq!(came.len(), EVENTS);
        assert!(came.iter().all(|letter| letter.payment == payment));
        assert_eq!(resend(all, (0, i64::MAX)).await, 2 * EVENTS as u64, "what arrived too");
        let came = shop.post.at(HOST);
        assert_eq!((came.len(), ids(&came).len()), (3 * EVENTS, 2 * EVENTS));
        assert_eq!(resend(some, (0, i64::MAX)).await, 2, "only what it wants");
        let came = shop.post.at(HOST);
        assert!(
            came[3 * EVENTS..]
                .iter()
                .all(|letter| letter.event == "payment.expired")
        );
    });
}

/// More events than one order sends again: a few seconds of work, so only where everything is tried.
#[test]
fn a_long_range_goes_on_where_it_was_cut() {
    if std::env::var("COWRY_SOAK").is_err() {
        return;
    }
    in_a_shop(async |shop| {
        let payments = usize::try_from(RESENT_MAX).unwrap() / EVENTS + 100;
        for _ in 0..payments {
            shop.pay(None, EVENTS).await;
            shop.clock.advance(Duration::from_millis(7));
        }
        shop.pass(HOUR_MS, MINUTE_MS).await;
        let (id, _) = any(shop).await;
        let (mut from_ms, mut orders) = (0, 0);
        loop {
            let wish = Resend::Range {
                from_ms,
                to_ms: i64::MAX,
            };
            let resent = shop.engine.resend_events(&Actor::System, shop.scope, id, wish);
            let resent = resent.await.unwrap();
            assert!(resent.deliveries <= RESENT_MAX && resent.deliveries > 0);
            orders += 1;
            match resent.go_on_from_ms {
                Some(at_ms) => from_ms = at_ms,
                None => break,
            }
        }
        shop.pass(HOUR_MS, MINUTE_MS).await;
        assert_eq!((orders, ids(&shop.post.at(HOST)).len()), (2, payments * EVENTS));
    });
}
