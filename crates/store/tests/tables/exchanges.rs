//! Exchanges stand beside their calls in order, and are forgotten by age or when a wait asks too often.

use domain::exchange::{Ended, Exchange, Message, Timings};
use domain::ids::CallId;
use store::StoreError;
use store::calls::{self, Call, CallEnd, CallKind};
use store::exchanges::{self, SealedExchange};

use crate::calls::charge;
use crate::house::{House, NOON_MS, Payment, Tenant, id};

/// A sealed exchange of that number that began so many milliseconds after noon.
pub(crate) fn sealed(number: u32, after_ms: i64) -> SealedExchange {
    SealedExchange {
        id: id(number),
        sealed: format!("sealed {number}"),
        created_at_ms: NOON_MS + after_ms,
    }
}

impl House {
    /// Writes a call that has ended, and exchanges of it.
    async fn call(&self, tenant: Tenant, call: Call, written: Vec<SealedExchange>) {
        let end = CallEnd {
            class: domain::outcome::OutcomeClass::Answered,
            evidence: Some(format!("evidence {}", call.id)),
            at_ms: call.started_at_ms + 1,
        };
        self.write(move |tx| {
            calls::insert_ended(tx, &tenant.scope, &call, &end)?;
            for (number, exchange) in (1..).zip(&written) {
                exchanges::insert(tx, &tenant.scope, call.id, number, exchange)?;
            }
            Ok(())
        })
        .await;
    }

    async fn exchanges(&self, tenant: Tenant, call: CallId) -> Vec<SealedExchange> {
        self.write(move |tx| exchanges::of_call(tx, &tenant.scope, call)).await
    }

    /// Asks so many questions, one exchange and one millisecond each.
    async fn ask(&self, tenant: Tenant, payment: &Payment, numbers: std::ops::Range<u32>) {
        for number in numbers {
            let after_ms = i64::from(number);
            let question = Call {
                kind: CallKind::LookUp,
                started_at_ms: NOON_MS + after_ms,
                ..charge(payment, number, 1)
            };
            self.call(tenant, question, vec![sealed(number, after_ms)]).await;
        }
    }
}

#[tokio::test]
async fn the_exchanges_of_a_call_come_back_in_order_until_they_are_old() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let order = [sealed(3, 5), sealed(1, 20), sealed(2, 10)];
    house.call(tenant, charge(&payment, 1, 1), order.to_vec()).await;
    assert_eq!(house.exchanges(tenant, id(1)).await, order);
    assert_eq!(house.exchanges(tenant, id(2)).await, []);
    let forget = |after_ms| house.write(move |tx| exchanges::forget(tx, NOON_MS + after_ms));
    assert_eq!((forget(5).await, forget(11).await), (0, 2));
    assert_eq!(house.exchanges(tenant, id(1)).await, [sealed(1, 20)]);
}

#[tokio::test]
async fn an_exchange_that_is_there_stays() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    house.call(tenant, charge(&payment, 1, 1), Vec::new()).await;
    let insert = |number, exchange: SealedExchange| {
        house.write(move |tx| exchanges::insert(tx, &tenant.scope, id(1), number, &exchange))
    };
    assert_eq!(insert(1, sealed(1, 0)).await, 1);
    let resealed = SealedExchange {
        sealed: "sealed anew".to_owned(),
        ..sealed(1, 0)
    };
    assert_eq!(insert(1, resealed).await, 0, "the same one");
    assert_eq!(insert(1, sealed(2, 1)).await, 0, "another one in its place");
    assert_eq!(insert(2, sealed(2, 1)).await, 1);
    assert_eq!(house.exchanges(tenant, id(1)).await, [sealed(1, 0), sealed(2, 1)]);
}

#[tokio::test]
async fn a_long_wait_keeps_the_exchanges_of_its_latest_questions_and_of_its_charge() {
    let (house, tenant) = House::with_tenant().await;
    let (payment, other) = (house.pay(tenant, 1).await, house.pay(tenant, 2).await);
    house.call(tenant, charge(&payment, 100, 1), vec![sealed(100, 0)]).await;
    house.ask(tenant, &payment, 1..6).await;
    house.ask(tenant, &other, 11..13).await;
    let permit_id = payment.permit.id;
    let forget = |kept| house.write(move |tx| exchanges::forget_questions(tx, &tenant.scope, permit_id, kept));
    assert_eq!((forget(5).await, forget(2).await, forget(2).await), (0, 3, 0));
    for (number, is_kept) in [
        (1, false),
        (3, false),
        (4, true),
        (5, true),
        (100, true),
        (11, true),
        (12, true),
    ] {
        assert_eq!(
            !house.exchanges(tenant, id(number)).await.is_empty(),
            is_kept,
            "{number}"
        );
    }
}

#[tokio::test]
async fn the_calls_of_a_permit_are_told_without_drowning_in_questions() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let permit_id = payment.permit.id;
    let charge = charge(&payment, 100, 1);
    house.write(move |tx| calls::insert(tx, &tenant.scope, &charge)).await;
    house.ask(tenant, &payment, 1..6).await;
    let told = house
        .write(move |tx| calls::of_permit(tx, &tenant.scope, permit_id, 3))
        .await;
    let told: Vec<_> = told
        .into_iter()
        .map(|made| (made.call.id, made.call.kind, made.end.map(|end| end.at_ms - NOON_MS)))
        .collect();
    let question = |number: u32| (id(number), CallKind::LookUp, Some(i64::from(number) + 1));
    let expected = [(id(100), CallKind::Charge, None), question(3), question(4), question(5)];
    assert_eq!(told, expected, "its charge and the latest questions, oldest first");
    let count = house.write(move |tx| calls::count_questions(tx, &tenant.scope, permit_id));
    assert_eq!(count.await, 5);
}

#[test]
fn an_exchange_survives_its_bytes_and_nothing_else_is_read_as_one() {
    let message = |body: &str| Message {
        headers: vec![
            ("accept".to_owned(), "*/*".to_owned()),
            ("accept".to_owned(), "é\"".to_owned()),
        ],
        body: body.to_owned(),
        body_bytes: 70_000,
    };
    let answered = Exchange {
        method: "POST".to_owned(),
        url: "https://provider.example/pay?token=***".to_owned(),
        request: message("{}"),
        ended: Ended::Answered {
            status: 502,
            answer: message(""),
        },
        started_at_ms: NOON_MS,
        started_monotonic_ms: 7,
        timings: Timings {
            sent_after_ms: Some(0),
            head_after_ms: Some(12),
            took_ms: 13,
        },
    };
    let failed = Exchange {
        ended: Ended::Failed {
            code: "not_sent.refused".to_owned(),
        },
        timings: Timings::default(),
        request: Message::default(),
        ..answered.clone()
    };
    for exchange in [answered, failed] {
        let bytes = exchanges::to_bytes(&exchange).unwrap();
        assert_eq!(exchanges::from_bytes(&bytes).unwrap(), exchange);
    }
    for bytes in [&b""[..], b"{}", b"[]", b"\xff"] {
        let answer = exchanges::from_bytes(bytes);
        assert!(matches!(answer, Err(StoreError::Other(_))), "{answer:?}");
    }
}
