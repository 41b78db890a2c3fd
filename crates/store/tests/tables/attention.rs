//! The attention list, page by page, and how items leave it.

use domain::attention::AttentionKind;
use domain::ids::AttentionId;
use store::attention::{self, AttentionFilter, Item, Standing};
use store::page::Beyond;
use store::timers::{self, TimerKind};

use crate::house::{House, NOON_MS, Tenant, id};

async fn put(house: &House, tenant: Tenant, number: u32, (kind, subject_id): (AttentionKind, &'static str)) {
    let item = Item {
        scope: tenant.scope,
        id: id(number),
        kind,
        subject_id: subject_id.to_owned(),
        intent_id: None,
        evidence: "a word".to_owned(),
        created_at_ms: NOON_MS + i64::from(number),
    };
    assert_eq!(house.write(move |tx| attention::insert(tx, &item)).await, 1);
}

async fn listed(
    house: &House,
    tenant: Tenant,
    filter: AttentionFilter,
    page: Beyond<AttentionId>,
) -> Vec<(AttentionId, Option<String>)> {
    let list = move |tx: &mut store::Tx<'_>| attention::list(tx, &tenant.scope, &filter, page.clone(), 2);
    let found = house.write(list).await;
    found.into_iter().map(|entry| (entry.item.id, entry.note)).collect()
}

#[tokio::test]
async fn the_list_goes_page_by_page_and_tells_who_is_off_it() {
    let (house, tenant) = House::with_tenant().await;
    for number in 1..=4 {
        let subject = ["", "a", "b", "c", "d"][usize::try_from(number).unwrap()];
        put(&house, tenant, number, (AttentionKind::UnmappedWord, subject)).await;
    }
    let resolve = || house.write(move |tx| attention::resolve_one(tx, &tenant.scope, id(3), "told them", NOON_MS));
    assert_eq!((resolve().await, resolve().await), (1, 0));
    assert_eq!(house.write(attention::count_open).await, 3);
    let with = |standing| AttentionFilter { standing, kind: None };
    let noted = (id(3), Some("told them".to_owned()));
    let all = with(None);
    assert_eq!(
        listed(&house, tenant, all.clone(), Beyond::First).await,
        [(id(4), None), noted.clone()]
    );
    let older = Beyond::Older(NOON_MS + 3, id(3));
    assert_eq!(listed(&house, tenant, all, older).await, [(id(2), None), (id(1), None)]);
    let (open, resolved) = (with(Some(Standing::Open)), with(Some(Standing::Resolved)));
    let newer = Beyond::Newer(NOON_MS + 1, id(1));
    assert_eq!(
        listed(&house, tenant, open, newer).await,
        [(id(2), None), (id(4), None)]
    );
    assert_eq!(listed(&house, tenant, resolved, Beyond::First).await, [noted]);
    let others = AttentionFilter {
        standing: None,
        kind: Some(AttentionKind::Undecided),
    };
    assert_eq!(listed(&house, tenant, others, Beyond::First).await, []);
}

#[tokio::test]
async fn a_parked_step_leaves_the_list_only_after_it_went_through() {
    let (house, tenant) = House::with_tenant().await;
    put(&house, tenant, 1, (AttentionKind::TimerParked, "look_up a")).await;
    put(&house, tenant, 2, (AttentionKind::Undecided, "look_up b")).await;
    house
        .write(move |tx| {
            timers::set(tx, &tenant.scope, TimerKind::LookUp, "a", 1)?;
            tx.sql("UPDATE timers SET parked = TRUE, tries = 16").execute()
        })
        .await;
    let take_off = || house.write(move |tx| attention::resolve_unparked(tx, NOON_MS));
    assert_eq!(take_off().await, 0, "it is parked");
    house.write(move |tx| timers::release_all(tx, NOON_MS)).await;
    assert_eq!(take_off().await, 0, "nobody knows yet whether it works");
    house
        .write(move |tx| timers::set(tx, &tenant.scope, TimerKind::LookUp, "a", 2))
        .await;
    assert_eq!((take_off().await, take_off().await), (1, 0), "its work set it anew");
    assert_eq!(house.write(attention::count_open).await, 1);
    let of_kind = |kind| house.write(move |tx| attention::count_open_of(tx, kind));
    assert_eq!(of_kind(AttentionKind::TimerParked).await, 0);
}
