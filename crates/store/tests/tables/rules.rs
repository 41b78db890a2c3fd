//! Rules and policies by revision: what was in force stays readable whatever comes after it.

use domain::failure::FailureCode;
use domain::ids::RuleId;
use domain::routing::{Policy, Strategy};
use store::StoreError;
use store::rules::{self, Direction, Match, Rule, RuleAccount};

use crate::house::{House, NOON_MS, Tenant, country, id, method};

/// A rule for payments by a method, in a country or in any, with accounts in this order.
pub(crate) fn rule(tenant: Tenant, number: u32, place: Option<&str>, which: &[u32]) -> Rule {
    let accounts = which.iter().map(|which| RuleAccount {
        account_id: tenant.account(*which).id,
        weight: i64::from(*which) * 30,
    });
    Rule {
        id: id(number),
        matches: Match {
            direction: Direction::Payment,
            method: method("card"),
            country: place.map(country),
        },
        accounts: accounts.collect(),
        created_at_ms: NOON_MS + i64::from(number),
    }
}

impl House {
    /// A new revision in which the rules of these ids are retired and these are written.
    async fn revise(&self, tenant: Tenant, retired: &[RuleId], written: &[&Rule]) -> i64 {
        let (retired, written) = (retired.to_vec(), written.iter().copied().cloned().collect::<Vec<_>>());
        self.write(move |tx| {
            let revision = rules::begin_revision(tx, &tenant.scope, &Policy::default(), NOON_MS)?;
            for id in &retired {
                assert_eq!(rules::retire(tx, &tenant.scope, revision, *id)?, 1);
            }
            for rule in &written {
                rules::insert(tx, &tenant.scope, revision, rule)?;
            }
            Ok(revision)
        })
        .await
    }

    async fn in_force(&self, tenant: Tenant, revision: i64) -> Vec<Rule> {
        self.write(move |tx| rules::in_force(tx, &tenant.scope, revision)).await
    }

    async fn rule_for(&self, tenant: Tenant, revision: i64, place: &'static str) -> Option<Rule> {
        let wanted = (Direction::Payment, method("card"), country(place));
        self.write(move |tx| rules::find(tx, &tenant.scope, revision, wanted))
            .await
    }
}

#[tokio::test]
async fn a_rule_stays_readable_at_its_revisions_after_it_was_replaced_and_retired() {
    let (house, tenant) = House::with_tenant().await;
    let first = rule(tenant, 1, Some("CI"), &[1]);
    let second = rule(tenant, 1, Some("CI"), &[2, 1]);
    let beside = rule(tenant, 2, Some("SN"), &[2]);
    assert_eq!(house.revise(tenant, &[], &[&first]).await, 1);
    assert_eq!(house.revise(tenant, &[first.id], &[&second]).await, 2);
    assert_eq!(house.revise(tenant, &[], &[&beside]).await, 3);
    assert_eq!(house.revise(tenant, &[first.id], &[]).await, 4);
    let history = [
        vec![],
        vec![first],
        vec![second.clone()],
        vec![second, beside.clone()],
        vec![beside],
    ];
    for (revision, expected) in (0..).zip(history) {
        for place in ["CI", "SN"] {
            let here = expected
                .iter()
                .find(|rule| rule.matches.country == Some(country(place)));
            assert_eq!(
                house.rule_for(tenant, revision, place).await.as_ref(),
                here,
                "{place} at {revision}"
            );
        }
        assert_eq!(house.in_force(tenant, revision).await, expected, "at {revision}");
    }
    let again = house.write(move |tx| rules::retire(tx, &tenant.scope, 5, id(1)));
    assert_eq!(again.await, 0, "it is out of force");
}

#[tokio::test]
async fn a_rule_for_the_country_goes_before_one_for_any() {
    let (house, tenant) = House::with_tenant().await;
    let (any, here) = (rule(tenant, 1, None, &[1]), rule(tenant, 2, Some("CI"), &[2]));
    let mut out = rule(tenant, 3, Some("SN"), &[2]);
    out.matches.direction = Direction::Payout;
    let mut other = rule(tenant, 4, Some("SN"), &[2]);
    other.matches.method = method("momo_mtn");
    assert_eq!(house.revise(tenant, &[], &[&any, &here, &out, &other]).await, 1);
    assert_eq!(house.rule_for(tenant, 1, "CI").await, Some(here.clone()));
    assert_eq!(
        house.rule_for(tenant, 1, "SN").await,
        Some(any.clone()),
        "neither a payout's nor another method's"
    );
    assert_eq!(house.in_force(tenant, 1).await, [any.clone(), here.clone(), other, out]);
    assert_eq!(house.revise(tenant, &[any.id], &[]).await, 2);
    assert_eq!(house.rule_for(tenant, 2, "SN").await, None);
    assert_eq!(house.rule_for(tenant, 2, "CI").await, Some(here));
}

#[tokio::test]
async fn a_rule_keeps_its_accounts_in_order_with_their_weights() {
    let (house, tenant) = House::with_tenant().await;
    for (number, order) in [(1, [1, 2]), (2, [2, 1])] {
        let place = if number == 1 { "CI" } else { "SN" };
        let rule = rule(tenant, number, Some(place), &order);
        let revision = house.revise(tenant, &[], &[&rule]).await;
        let found = house.rule_for(tenant, revision, place).await.unwrap();
        let weights: Vec<_> = found.accounts.iter().map(|account| account.weight).collect();
        assert_eq!(
            (weights, found),
            (order.map(|which| i64::from(which) * 30).to_vec(), rule)
        );
    }
}

#[tokio::test]
async fn one_match_has_one_rule_in_force() {
    let (house, tenant) = House::with_tenant().await;
    house.revise(tenant, &[], &[&rule(tenant, 1, None, &[1])]).await;
    let second = rule(tenant, 2, None, &[2]);
    let refused = house.store.write(move |tx| {
        let revision = rules::begin_revision(tx, &tenant.scope, &Policy::default(), NOON_MS)?;
        rules::insert(tx, &tenant.scope, revision, &second)
    });
    let refused: Result<(), StoreError> = refused.await;
    assert!(matches!(refused, Err(StoreError::Unique { .. })), "{refused:?}");
    let (revision, _) = house.write(move |tx| rules::lock(tx, &tenant.scope)).await;
    assert_eq!(revision, 1, "the revision went with it");
}

#[tokio::test]
async fn every_policy_comes_back_as_it_was_written() {
    let (house, tenant) = House::with_tenant().await;
    let newest = || house.write(move |tx| rules::lock(tx, &tenant.scope));
    assert_eq!(newest().await, (0, Policy::default()), "before the first");
    let mut written = Vec::new();
    for (strategy, exploration_percent) in Strategy::ALL.iter().copied().zip([0, 5, 50]) {
        let mut no_fallback_after = vec![FailureCode::WrongPin, FailureCode::Superseded];
        no_fallback_after.truncate(written.len());
        let policy = Policy {
            strategy,
            exploration_percent,
            no_fallback_after,
        };
        written.push(policy.clone());
        let revision = house
            .write(move |tx| rules::begin_revision(tx, &tenant.scope, &policy, NOON_MS))
            .await;
        assert_eq!(newest().await, (revision, written.last().unwrap().clone()));
    }
    for (revision, policy) in (1..).zip(written) {
        let kept = house.write(move |tx| rules::policy(tx, &tenant.scope, revision));
        assert_eq!(kept.await, Some(policy));
    }
    assert_eq!(house.write(move |tx| rules::policy(tx, &tenant.scope, 4)).await, None);
}
