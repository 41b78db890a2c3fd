//! A key is claimed once and keeps its first answer.

use domain::scope::ApiFamily;
use store::idempotency::{self, Claim, EffectKind, NewClaim, StoredAnswer};

use crate::house::{House, NOON_MS, id};

/// A claim of the key `k` for that body.
pub(crate) fn claim(fingerprint: &str) -> Claim {
    Claim {
        key: "k".to_owned(),
        method: "POST".to_owned(),
        path: "/v1/payments".to_owned(),
        fingerprint: fingerprint.to_owned(),
        family: ApiFamily::Payment,
    }
}

/// The claim as process `epoch` writes it.
pub(crate) fn new(claim: &Claim, epoch: i64) -> NewClaim<'_> {
    NewClaim {
        claim,
        effect: EffectKind::Create,
        epoch,
        at_ms: NOON_MS,
    }
}

#[tokio::test]
async fn a_key_belongs_to_its_first_claim_and_keeps_its_first_answer() {
    let (house, tenant) = House::with_tenant().await;
    for number in [7, 8] {
        house.pay(tenant, number).await;
    }
    let take = |fingerprint: &'static str, epoch| {
        house.write(move |tx| idempotency::claim(tx, &tenant.scope, new(&claim(fingerprint), epoch)))
    };
    let get = || house.write(move |tx| idempotency::get(tx, &tenant.scope, "k"));
    let bind = |number| house.write(move |tx| idempotency::bind_effect(tx, &tenant.scope, "k", id(number), None));
    let finish = |status: u16, body: Option<&'static str>| {
        let body = body.map(str::to_owned);
        let answer = StoredAnswer { status, body };
        house.write(move |tx| idempotency::finish(tx, &tenant.scope, "k", &answer, NOON_MS))
    };
    assert!(get().await.is_none(), "free");
    assert_eq!(
        (bind(1).await, finish(200, None).await),
        (0, 0),
        "nothing to bind or to finish"
    );

    assert_eq!(
        (take("one", 1).await, take("one", 1).await, take("two", 2).await),
        (1, 0, 0)
    );
    let (stored, at_ms) = get().await.unwrap();
    assert_eq!(
        (stored.claim, stored.effect, stored.epoch, at_ms),
        (claim("one"), EffectKind::Create, 1, NOON_MS)
    );
    assert!(stored.answer.is_none() && stored.intent_id.is_none());

    assert_eq!(bind(7).await, 1);
    assert_eq!(
        (finish(201, Some("first")).await, finish(500, Some("second")).await),
        (1, 0)
    );
    assert_eq!((take("one", 3).await, bind(8).await), (0, 0), "done for ever");
    let (stored, _) = get().await.unwrap();
    let answer = stored.answer.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_deref(), stored.intent_id),
        (201, Some("first"), Some(id(7)))
    );
}
