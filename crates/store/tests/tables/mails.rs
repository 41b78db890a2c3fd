//! A mail is written once and is one process's at a time, until it is sent or given up.

use domain::mail::MailState;
use domain::scope::{Environment, Scope};
use store::mails::{self, Mail};
use store::{Tx, instances};

use crate::belongings::mails::receipt;
use crate::house::{House, NOON_MS, Tenant, id};

/// Until when a claim at noon holds.
const UNTIL_MS: i64 = NOON_MS + 30_000;

async fn claimed(house: &House, epoch: i64, now_ms: i64) -> Vec<Mail> {
    let claim = move |tx: &mut Tx<'_>| mails::claim(tx, epoch, (now_ms, now_ms + 30_000), 9);
    house.write(claim).await.into_iter().map(|(_, mail)| mail).collect()
}

async fn the_one(house: &House, tenant: Tenant) -> Mail {
    let intent_id = tenant.payment(1).intent.id;
    let found = house
        .write(move |tx| mails::of_intent(tx, &tenant.scope, intent_id))
        .await;
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_mail_is_written_once_and_sent_by_one() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let scope = tenant.scope;
    let (first, second) = (receipt(1, &payment), receipt(2, &payment));
    assert_eq!(house.write(move |tx| mails::insert(tx, &scope, &first)).await, 1);
    assert_eq!(house.write(move |tx| mails::insert(tx, &scope, &second)).await, 0);
    let start = || house.write(|tx| instances::start(tx, "0.1.0", NOON_MS));
    let (one, other) = (start().await, start().await);

    assert!(claimed(&house, one, NOON_MS - 1).await.is_empty(), "it is not due");
    assert_eq!(claimed(&house, one, NOON_MS).await, [receipt(1, &payment)]);
    assert!(claimed(&house, other, UNTIL_MS).await.is_empty(), "it is another's");
    assert_eq!(house.write(move |tx| mails::next_due(tx, UNTIL_MS)).await, None);
    assert_eq!(house.write(move |tx| mails::sent(tx, &scope, id(1), other, 9)).await, 0);

    let again_ms = NOON_MS + 60_000;
    let failed = move |tx: &mut Tx<'_>| mails::failed(tx, &scope, (id(1), one), "away", Some(again_ms));
    assert_eq!(house.write(failed).await, 1);
    assert_eq!(house.write(failed).await, 0, "it was let go of");
    let mail = the_one(&house, tenant).await;
    assert_eq!((mail.tries, mail.due_at_ms), (1, Some(again_ms)));
    assert_eq!(mail.last_failure.as_deref(), Some("away"));

    assert_eq!(claimed(&house, one, again_ms).await.len(), 1);
    let fence = house.write(move |tx| {
        instances::beat(tx, other, again_ms)?;
        instances::fence_silent(tx, other, again_ms, again_ms)
    });
    assert_eq!(fence.await, 1);
    assert_eq!(claimed(&house, other, again_ms).await.len(), 1, "its process is dead");
    let sent = move |tx: &mut Tx<'_>| mails::sent(tx, &scope, id(1), other, again_ms);
    assert_eq!(house.write(sent).await, 1);
    let mail = the_one(&house, tenant).await;
    assert_eq!((mail.state, mail.sent_at_ms), (MailState::Sent, Some(again_ms)));
    assert!(claimed(&house, other, i64::MAX - 30_000).await.is_empty());
}

#[tokio::test]
async fn kept_mails_are_listed_newest_first_and_only_those_of_a_sandbox() {
    let house = House::empty();
    let (sandbox, live) = (Tenant::new(1, Environment::Sandbox), Tenant::new(2, Environment::Live));
    for tenant in [sandbox, live] {
        house.settle(tenant).await;
        for number in 1..=3 {
            let payment = house.pay(tenant, number).await;
            let keep = move |tx: &mut Tx<'_>| {
                let base = if tenant.scope.environment == Environment::Live {
                    10
                } else {
                    0
                };
                let mut mail = receipt(base + number, &payment);
                (mail.state, mail.due_at_ms) = (MailState::Kept, None);
                mails::insert(tx, &tenant.scope, &mail)
            };
            assert_eq!(house.write(keep).await, 1);
        }
    }
    let numbers = |found: Vec<(Scope, Mail)>| found.into_iter().map(|(_, mail)| mail.id).collect::<Vec<_>>();
    let first = numbers(house.write(|tx| mails::kept(tx, None, 2)).await);
    assert_eq!(first, [id(3), id(2)]);
    assert_eq!(
        numbers(house.write(|tx| mails::kept(tx, Some(id(2)), 2)).await),
        [id(1)]
    );
    assert!(house.write(|tx| mails::kept_one(tx, id(1))).await.is_some());
    assert!(house.write(|tx| mails::kept_one(tx, id(11))).await.is_none(), "live");
}
