//! Callbacks are kept once, refused ones not for ever; items stand on the attention list once.

use domain::attention::AttentionKind;
use store::attention::{self, Item};
use store::inbox::{self, InboxRow, InboxState, REFUSED_KEPT};

use crate::house::{House, NOON_MS, Tenant, id};

/// A callback with that digest.
pub(crate) fn callback(tenant: Tenant, number: u32, digest: &str) -> InboxRow {
    InboxRow {
        id: id(number),
        account_id: tenant.account(1).id,
        digest: digest.to_owned(),
        headers: "sealed".to_owned(),
        body: "sealed".to_owned(),
        state: InboxState::Waiting,
        received_at_ms: NOON_MS,
    }
}

#[tokio::test]
async fn a_callback_is_kept_once_and_marked() {
    let (house, tenant) = House::with_tenant().await;
    let keep = |number, digest| {
        let row = callback(tenant, number, digest);
        house.write(move |tx| inbox::insert(tx, &tenant.scope, &row))
    };
    assert_eq!((keep(1, "a").await, keep(2, "a").await, keep(3, "b").await), (1, 0, 1));
    let mark = |number| house.write(move |tx| inbox::mark(tx, &tenant.scope, id(number), InboxState::Orphan, 9));
    assert_eq!((mark(1).await, mark(2).await), (1, 0));
    let found = house
        .write(move |tx| inbox::get(tx, &tenant.scope, id(1)))
        .await
        .unwrap();
    assert_eq!((found.state, found.digest.as_str()), (InboxState::Orphan, "a"));
}

#[tokio::test]
async fn only_the_last_refused_callbacks_are_kept() {
    let (house, tenant) = House::with_tenant().await;
    let many = u32::try_from(REFUSED_KEPT).unwrap() + 3;
    house
        .write(move |tx| {
            for number in 0..many {
                let mut row = callback(tenant, number, &number.to_string());
                if number != 1 {
                    row.state = InboxState::Refused;
                }
                inbox::insert(tx, &tenant.scope, &row)?;
            }
            Ok(())
        })
        .await;
    let account_id = tenant.account(1).id;
    let trim = || house.write(move |tx| inbox::trim_refused(tx, &tenant.scope, account_id));
    assert_eq!((trim().await, trim().await), (2, 0));
    let kept = |number| house.write(move |tx| Ok(inbox::get(tx, &tenant.scope, id(number))?.is_some()));
    let first_four = (kept(0).await, kept(1).await, kept(2).await, kept(3).await);
    assert_eq!(
        first_four,
        (false, true, false, true),
        "the oldest went, but not the one that waits"
    );
}

#[tokio::test]
async fn an_item_stands_on_the_list_once() {
    let (house, tenant) = House::with_tenant().await;
    let intent_id = house.pay(tenant, 1).await.intent.id;
    let put = |number, kind| {
        let item = Item {
            scope: tenant.scope,
            id: id(number),
            kind,
            subject_id: "txn_1".to_owned(),
            intent_id: Some(intent_id),
            evidence: "three answers".to_owned(),
            created_at_ms: NOON_MS,
        };
        house.write(move |tx| attention::insert(tx, &item))
    };
    let (undecided, contradiction) = (AttentionKind::Undecided, AttentionKind::Contradiction);
    assert_eq!(
        (
            put(1, undecided).await,
            put(2, undecided).await,
            put(3, contradiction).await
        ),
        (1, 0, 1)
    );
    let of_intent = house
        .write(move |tx| attention::of_intent(tx, &tenant.scope, intent_id))
        .await;
    let open = house.write(|tx| attention::open(tx, 10)).await;
    for found in [of_intent, open] {
        assert_eq!(found.iter().map(|item| item.id).collect::<Vec<_>>(), [id(1), id(3)]);
    }
}
