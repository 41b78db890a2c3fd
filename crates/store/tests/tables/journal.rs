//! The journal has no gap, and a row that was tampered with shows.

use store::journal::{self, Chain, Entry, JournalRow};

use crate::house::{House, NOON_MS, Tenant};

async fn append(house: &House, tenant: Tenant, number: u32, events: &'static [&'static str]) {
    let intent_id = tenant.intent(number).id;
    house
        .write(move |tx| {
            let mut chain = Chain::load(tx, &tenant.scope, intent_id)?;
            for event in events {
                let entry = Entry {
                    event,
                    subject_id: intent_id.to_string(),
                    detail: "amount=50",
                    at_ms: NOON_MS,
                };
                chain.append(tx, &tenant.scope, &entry)?;
            }
            Ok(())
        })
        .await;
}

async fn read(house: &House, tenant: Tenant, number: u32) -> Vec<JournalRow> {
    let intent_id = tenant.intent(number).id;
    house
        .write(move |tx| journal::of_intent(tx, &tenant.scope, intent_id))
        .await
}

#[tokio::test]
async fn rows_follow_each_other_without_a_gap_and_hold_the_hash_of_the_one_before() {
    let (house, tenant) = House::with_tenant().await;
    append(&house, tenant, 1, &["intent.created", "attempt.started", "permit.sent"]).await;
    append(&house, tenant, 2, &["intent.created"]).await;
    append(&house, tenant, 1, &["permit.paid", "intent.completed"]).await;
    let rows = read(&house, tenant, 1).await;
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(rows[4].event, "intent.completed");
    let mut previous = String::new();
    for row in &rows {
        assert_eq!(row.previous_hash, previous);
        assert_eq!(row.hash, row.expected_hash());
        previous.clone_from(&row.hash);
    }
    assert_eq!(read(&house, tenant, 2).await.len(), 1, "each intent has its own");
}

#[tokio::test]
async fn a_change_of_any_column_shows() {
    let (house, tenant) = House::with_tenant().await;
    append(&house, tenant, 1, &["intent.created", "attempt.started"]).await;
    let row = read(&house, tenant, 1).await.remove(1);
    let tamper: [fn(&mut JournalRow); 7] = [
        |row| row.seq += 1,
        |row| row.event.push('x'),
        |row| row.subject_id.clear(),
        |row| row.detail = "amount=51".to_owned(),
        |row| row.at_ms += 1,
        |row| row.previous_hash.clear(),
        |row| {
            let moved = row.event.pop().unwrap(); // the same text in all, cut at another place
            row.subject_id.insert(0, moved);
        },
    ];
    for change in tamper {
        let mut changed = row.clone();
        change(&mut changed);
        assert_ne!(changed.expected_hash(), row.hash, "{changed:?}");
    }
}

#[tokio::test]
async fn two_ends_of_one_chain_do_not_both_grow() {
    let (house, tenant) = House::with_tenant().await;
    append(&house, tenant, 1, &["intent.created"]).await;
    let intent_id = tenant.intent(1).id;
    let stale = house.write(move |tx| Chain::load(tx, &tenant.scope, intent_id)).await;
    append(&house, tenant, 1, &["attempt.started"]).await;
    let grown = house.store.write(move |tx| {
        let entry = Entry {
            event: "attempt.failed",
            subject_id: String::new(),
            detail: "",
            at_ms: NOON_MS,
        };
        stale.clone().append(tx, &tenant.scope, &entry)
    });
    assert!(matches!(grown.await, Err(store::StoreError::Unique { .. })));
    assert_eq!(read(&house, tenant, 1).await.len(), 2);
}
