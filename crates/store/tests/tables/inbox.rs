//! Callbacks are kept once, refused ones not for ever; items stand on the attention list once.

use domain::attention::AttentionKind;
use domain::permit::DeathProof;
use domain::scope::Environment;
use store::Tx;
use store::attention::{self, Item};
use store::inbox::{self, InboxRow, InboxState, REFUSED_KEPT};
use store::permits::{self, Death, Permit};

use crate::house::{House, NOON_MS, Tenant, id};
use crate::races::race;

/// A callback with that digest.
pub(crate) fn callback(tenant: Tenant, number: u32, digest: &str) -> InboxRow {
    InboxRow {
        id: id(number),
        account_id: tenant.account(1).id,
        digest: digest.to_owned(),
        reference_hash: Some(digest.to_owned()),
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
    let hold = || house.write(move |tx| inbox::hold(tx, &tenant.scope, id(1)));
    assert_eq!((hold().await, hold().await), (1, 1), "holding changes nothing");
    assert_eq!((mark(1).await, mark(2).await), (1, 0));
    assert_eq!(hold().await, 0, "it waits no more");
    let found = house
        .write(move |tx| inbox::get(tx, &tenant.scope, id(1)))
        .await
        .unwrap();
    assert_eq!((found.state, found.digest.as_str()), (InboxState::Orphan, "a"));
}

#[tokio::test]
async fn a_refused_callback_does_not_shadow_the_genuine_one() {
    let (house, tenant) = House::with_tenant().await;
    let keep = |number, state| {
        let row = InboxRow {
            state,
            ..callback(tenant, number, "the same bytes")
        };
        house.write(move |tx| inbox::insert(tx, &tenant.scope, &row))
    };
    let forged = (keep(1, InboxState::Refused).await, keep(2, InboxState::Refused).await);
    let genuine = (keep(3, InboxState::Waiting).await, keep(4, InboxState::Waiting).await);
    assert_eq!((forged, genuine), ((1, 1), (1, 0)));
    assert_eq!(
        keep(5, InboxState::Refused).await,
        1,
        "a forged one after it is evidence too"
    );
    let refuse = house.write(move |tx| inbox::mark(tx, &tenant.scope, id(3), InboxState::Refused, 9));
    assert_eq!(refuse.await, 1);
    assert_eq!(keep(6, InboxState::Waiting).await, 1);
}

#[tokio::test]
async fn what_found_nobody_wakes_by_its_reference() {
    let (house, tenant) = House::with_tenant().await;
    for (number, reference, state) in [
        (1, Some("R"), InboxState::Orphan),
        (2, Some("R"), InboxState::Waiting),
        (3, Some("R"), InboxState::Processed),
        (4, Some("R"), InboxState::Refused),
        (5, Some("S"), InboxState::Orphan),
        (6, None, InboxState::Orphan),
    ] {
        let row = InboxRow {
            state,
            reference_hash: reference.map(str::to_owned),
            ..callback(tenant, number, &number.to_string())
        };
        house.write(move |tx| inbox::insert(tx, &tenant.scope, &row)).await;
    }
    let awaken = |account| house.write(move |tx| inbox::awaken(tx, &tenant.scope, tenant.account(account).id, "R"));
    assert_eq!(awaken(2).await, [], "another account's references are its own");
    let mut awake = awaken(1).await;
    awake.sort_unstable();
    assert_eq!(awake, [id(1), id(2)]);
    let row = house.write(move |tx| inbox::get(tx, &tenant.scope, id(1))).await;
    assert_eq!(row.unwrap().state, InboxState::Waiting);
}

/// Whoever commits first, the callback and its permit meet: it is never an orphan beside its permit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_callback_and_the_permit_that_it_names_do_not_miss_each_other() {
    let (house, tenant) = House::with_tenant().await;
    let scope = tenant.scope;
    for round in 1..=30 {
        let first = house.pay(tenant, round).await.permit;
        let reference = format!("RACE{round}");
        let row = InboxRow {
            reference_hash: Some(reference.clone()),
            ..callback(tenant, round, &reference)
        };
        let permit = Permit {
            id: id(1_000 + round),
            number: 2,
            merchant_ref: reference.clone(),
            ..first.clone()
        };
        let death = Death {
            proof: DeathProof::NeverSent,
            fact_id: None,
            at_ms: NOON_MS,
        };
        house
            .write(move |tx| {
                permits::kill(tx, &scope, &first, death)?;
                inbox::insert(tx, &scope, &row)
            })
            .await;
        let answers = race(&house.store, |number| {
            let (permit, reference) = (permit.clone(), reference.clone());
            move |tx: &mut Tx<'_>| {
                if number == 4 {
                    permits::insert(tx, &scope, &permit)?;
                    inbox::awaken(tx, &scope, permit.account_id, &reference)?;
                } else if number < 8 && inbox::hold(tx, &scope, id(round))? == 1 {
                    let found = permits::by_reference(tx, &scope, permit.account_id, &reference)?;
                    let state = found.map_or(InboxState::Orphan, |_| InboxState::Processed);
                    inbox::mark(tx, &scope, id(round), state, NOON_MS)?;
                }
                Ok(())
            }
        });
        answers.await.into_iter().for_each(Result::unwrap);
        let row = house.write(move |tx| inbox::get(tx, &scope, id(round))).await.unwrap();
        assert_ne!(row.state, InboxState::Orphan, "round {round}");
    }
}

#[tokio::test]
async fn another_tenant_neither_holds_wakes_nor_resolves() {
    let (house, tenant) = House::with_tenant().await;
    let (beside, stranger) = (Tenant::new(2, Environment::Live), Tenant::new(12, Environment::Sandbox));
    for other in [beside, stranger] {
        house.settle(other).await;
    }
    let row = callback(tenant, 1, "a");
    let item = Item {
        scope: tenant.scope,
        id: id(1),
        kind: AttentionKind::OrphanCallback,
        subject_id: "inb_1".to_owned(),
        intent_id: None,
        evidence: String::new(),
        created_at_ms: NOON_MS,
    };
    house
        .write(move |tx| {
            inbox::insert(tx, &tenant.scope, &row)?;
            attention::insert(tx, &item)
        })
        .await;
    let account_id = tenant.account(1).id;
    for (scope, rows) in [(beside.scope, 0), (stranger.scope, 0), (tenant.scope, 1)] {
        let changed = house.write(move |tx| {
            Ok([
                inbox::hold(tx, &scope, id(1))?,
                u64::try_from(inbox::awaken(tx, &scope, account_id, "a")?.len()).unwrap(),
                attention::resolve(tx, &scope, AttentionKind::OrphanCallback, "inb_1", NOON_MS)?,
            ])
        });
        assert_eq!(changed.await, [rows; 3]);
    }
}

#[tokio::test]
async fn what_was_settled_long_ago_is_emptied_and_never_counts_as_new() {
    let (house, tenant) = House::with_tenant().await;
    for (number, state) in [
        (1, InboxState::Processed),
        (2, InboxState::Processed),
        (3, InboxState::Orphan),
    ] {
        let row = callback(tenant, number, &number.to_string());
        house
            .write(move |tx| {
                inbox::insert(tx, &tenant.scope, &row)?;
                inbox::mark(tx, &tenant.scope, id(number), state, i64::from(number))
            })
            .await;
    }
    let empty = |before_ms| house.write(move |tx| inbox::empty_settled(tx, before_ms));
    assert_eq!((empty(2).await, empty(2).await), (1, 0));
    let row = house
        .write(move |tx| inbox::get(tx, &tenant.scope, id(1)))
        .await
        .unwrap();
    assert_eq!((row.headers.as_str(), row.body.as_str()), ("", ""));
    assert_eq!((empty(9).await, empty(9).await), (1, 0), "an orphan is kept as it came");
    let again = callback(tenant, 4, "1");
    let again = house.write(move |tx| inbox::insert(tx, &tenant.scope, &again));
    assert_eq!(again.await, 0);
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
    let ids = |found: Vec<Item>| found.iter().map(|item| item.id).collect::<Vec<_>>();
    assert_eq!((ids(of_intent), ids(open)), (vec![id(1), id(3)], vec![id(3), id(1)]));
    let resolve = || house.write(move |tx| attention::resolve(tx, &tenant.scope, undecided, "txn_1", NOON_MS));
    assert_eq!((resolve().await, resolve().await), (1, 0));
    let open = house.write(|tx| attention::open(tx, 10)).await;
    assert_eq!(open.iter().map(|item| item.id).collect::<Vec<_>>(), [id(3)]);
    assert_eq!(put(4, undecided).await, 1, "it may come back");
}
