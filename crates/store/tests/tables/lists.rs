//! Lists of intents: newest first, page by page, without skip or repeat while rows are added.

use domain::attempt::AttemptState;
use domain::failure::{Failure, FailureCode};
use domain::ids::IntentId;
use domain::intent::IntentState;
use domain::next_action::NextAction;
use store::attempts;
use store::customers::{self, Customer, Person};
use store::intents::{self, Intent, IntentFilter, Page};

use crate::house::{House, NOON_MS, Tenant, id};

/// Three intents in each millisecond; every second one is of another customer, every fourth has failed.
fn intent(tenant: Tenant, number: u32) -> Intent {
    let created_at_ms = NOON_MS + i64::from(number / 3);
    let mut intent = Intent {
        created_at_ms,
        ..tenant.intent(number)
    };
    if number.is_multiple_of(2) {
        intent.customer_id = Some(id(999));
    }
    if number.is_multiple_of(4) {
        intent.state = IntentState::Failed { at_ms: created_at_ms };
    }
    if number.is_multiple_of(5) {
        intent.state = IntentState::Completed { at_ms: created_at_ms };
    }
    intent
}

async fn add(house: &House, tenant: Tenant, numbers: std::ops::Range<u32>) {
    house
        .write(move |tx| {
            let customer = Customer {
                id: id(999),
                person: Person::default(),
                created_at_ms: NOON_MS,
            };
            customers::upsert(tx, &tenant.scope, "somebody else", &customer)?;
            for number in numbers.clone() {
                intents::insert(tx, &tenant.scope, &intent(tenant, number))?;
            }
            Ok(())
        })
        .await;
}

async fn list(house: &House, tenant: Tenant, filter: &IntentFilter, page: Page, limit: i64) -> Vec<Intent> {
    let filter = filter.clone();
    house
        .write(move |tx| intents::list(tx, &tenant.scope, &filter, page, limit))
        .await
}

fn ids(intents: &[Intent]) -> Vec<IntentId> {
    intents.iter().map(|intent| intent.id).collect()
}

fn numbers(range: impl Iterator<Item = u32>) -> Vec<IntentId> {
    range.map(id).collect()
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_rows_are_added() {
    let (house, tenant) = House::with_tenant().await;
    let all = IntentFilter::default();
    add(&house, tenant, 0..25).await;
    let (mut seen, mut page, mut next) = (Vec::new(), Page::First, 25);
    loop {
        let found = list(&house, tenant, &all, page, 4).await;
        let Some(last) = found.last() else { break };
        page = Page::OlderThan(last.created_at_ms, last.id);
        seen.extend(ids(&found));
        add(&house, tenant, next..next + 2).await;
        next += 2;
    }
    assert_eq!(seen, numbers((0..25).rev()));

    let (mut seen, mut page) = (Vec::new(), Page::NewerThan(NOON_MS + 1, id(4)));
    loop {
        let found = list(&house, tenant, &all, page, 4).await;
        let Some(last) = found.last() else { break };
        page = Page::NewerThan(last.created_at_ms, last.id);
        seen.extend(ids(&found));
    }
    assert_eq!(seen, numbers(5..next), "back, with those that were added");
}

#[tokio::test]
async fn filters_narrow_the_list_alone_and_together() {
    let (house, tenant) = House::with_tenant().await;
    add(&house, tenant, 0..30).await;
    let rows: Vec<Intent> = (0..30).rev().map(|number| intent(tenant, number)).collect();
    let state_sets: [&[&'static str]; 4] = [
        &[],
        &["open"],
        &["failed", "completed"],
        &["open", "failed", "completed"],
    ];
    for states in state_sets {
        for customer_id in [None, Some(id(999)), Some(id(12_345))] {
            for (created_from_ms, created_to_ms) in [
                (None, None),
                (Some(NOON_MS + 2), None),
                (None, Some(NOON_MS + 7)),
                (Some(NOON_MS + 2), Some(NOON_MS + 7)),
                (Some(NOON_MS + 7), Some(NOON_MS + 2)),
            ] {
                let filter = IntentFilter {
                    states: states.to_vec(),
                    customer_id,
                    created_from_ms,
                    created_to_ms,
                    ..IntentFilter::default()
                };
                let fits = |intent: &&Intent| {
                    (states.is_empty() || states.contains(&intent.state.code()))
                        && customer_id.is_none_or(|wanted| intent.customer_id == Some(wanted))
                        && created_from_ms.is_none_or(|from| intent.created_at_ms >= from)
                        && created_to_ms.is_none_or(|to| intent.created_at_ms <= to)
                };
                let expected: Vec<Intent> = rows.iter().filter(fits).cloned().collect();
                assert_eq!(
                    list(&house, tenant, &filter, Page::First, 100).await,
                    expected,
                    "{filter:?}"
                );
                let newer = list(&house, tenant, &filter, Page::NewerThan(NOON_MS + 3, id(10)), 100).await;
                let mut rest: Vec<Intent> = expected.into_iter().filter(|intent| intent.id > id(10)).collect();
                rest.reverse();
                assert_eq!(newer, rest, "{filter:?}");
            }
        }
    }
}

#[tokio::test]
async fn open_intents_are_told_apart_by_their_latest_attempt() {
    let (house, tenant) = House::with_tenant().await;
    let page = NextAction::Redirect {
        url: "https://pay.example/1".to_owned(),
        expires_at_ms: None,
    };
    let code = NextAction::QrCode {
        payload: "00020101".to_owned(),
        deep_links: Vec::new(),
        expires_at_ms: None,
    };
    let failure = Failure::new(FailureCode::WrongPin);
    let at_ms = NOON_MS;
    let cases = vec![
        ("none", None),
        ("processing", Some(AttemptState::Processing(None))),
        ("redirect", Some(AttemptState::ActionRequired(page, None))),
        ("qr_code", Some(AttemptState::ActionRequired(code, None))),
        ("failed", Some(AttemptState::Failed { at_ms, failure })),
    ];
    let rows = cases.clone();
    house
        .write(move |tx| {
            for (number, (_, state)) in (1_u32..).zip(rows.clone()) {
                let mut payment = tenant.payment(number);
                match state {
                    Some(state) => payment.attempt.state = state,
                    None => payment.intent.active_attempt_id = None,
                }
                intents::insert(tx, &tenant.scope, &payment.intent)?;
                attempts::insert(tx, &tenant.scope, &payment.attempt)?;
            }
            let mut ended = tenant.intent(9);
            ended.state = IntentState::Completed { at_ms };
            intents::insert(tx, &tenant.scope, &ended)
        })
        .await;
    for (number, (word, _)) in (1_u32..).zip(&cases) {
        for (states, expected) in [
            (vec!["open"], vec![id(number)]),
            (vec!["open", "completed"], vec![id(9), id(number)]),
        ] {
            let filter = IntentFilter {
                states,
                latest_attempts: vec![word],
                ..IntentFilter::default()
            };
            let found = list(&house, tenant, &filter, Page::First, 10).await;
            assert_eq!(ids(&found), expected, "{word}");
            let found = list(&house, tenant, &filter, Page::NewerThan(0, id(0)), 10).await;
            assert_eq!(found.len(), expected.len(), "{word}, the other way");
        }
    }
    let several = IntentFilter {
        states: vec!["open"],
        latest_attempts: vec!["redirect", "qr_code"],
        ..IntentFilter::default()
    };
    let found = list(&house, tenant, &several, Page::First, 10).await;
    assert_eq!(ids(&found), [id(4), id(3)]);
}
