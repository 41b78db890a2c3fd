//! API keys: found by their public part, changed by their project, and as powerful as they were written.

use domain::rights::{Right, Rights};
use domain::scope::{ApiFamily, Environment};
use store::StoreError;
use store::api_keys::{self, ApiKey, KeyFilter};
use store::page::Beyond;

use crate::house::{House, NOON_MS, Tenant};

/// A payment key of a tenant.
pub(crate) fn key(tenant: Tenant, id: &str) -> ApiKey {
    ApiKey {
        scope: tenant.scope,
        id: id.to_owned(),
        family: ApiFamily::Payment,
        hash: "00".to_owned(),
        name: "Till".to_owned(),
        rights: Rights::of_project(),
        created_at_ms: NOON_MS,
        expires_at_ms: None,
        revoked_at_ms: None,
        last_used_at_ms: None,
    }
}

async fn written(house: &House, key: ApiKey) {
    house.write(move |tx| api_keys::insert(tx, &key)).await;
}

async fn found(house: &House, id: &'static str) -> Option<ApiKey> {
    house.write(move |tx| api_keys::by_id(tx, id)).await
}

#[tokio::test]
async fn a_key_is_found_by_its_public_part_and_revoked_once() {
    let (house, tenant) = House::with_tenant().await;
    let family = ApiFamily::Admin;
    written(
        &house,
        ApiKey {
            family,
            ..key(tenant, "ABCD1234")
        },
    )
    .await;
    let revoke = |at_ms| house.write(move |tx| api_keys::revoke(tx, &tenant.scope, "ABCD1234", at_ms));
    assert_eq!((revoke(7).await, revoke(8).await), (1, 0));
    let one = found(&house, "ABCD1234").await.unwrap();
    assert_eq!(
        (one.scope, one.family, one.revoked_at_ms),
        (tenant.scope, family, Some(7))
    );
    assert!(found(&house, "abcd1234").await.is_none());
}

#[tokio::test]
async fn a_key_has_the_rights_it_was_written_with() {
    let (house, tenant) = House::with_tenant().await;
    let rights = [
        Rights::all(),
        Rights::of_project(),
        Rights::from_iter([Right::Read]),
        Rights::from_iter([]),
    ];
    for (id, rights) in ["A", "B", "C", "D"].into_iter().zip(rights) {
        let rights_given = rights.clone();
        written(
            &house,
            ApiKey {
                rights,
                ..key(tenant, id)
            },
        )
        .await;
        assert_eq!(found(&house, id).await.unwrap().rights, rights_given);
    }
    house
        .write(|tx| {
            tx.sql("UPDATE api_keys SET scopes = 'read everything' WHERE id = 'A'")
                .execute()
        })
        .await;
    let answer = house.store.read(|tx| api_keys::by_id(tx, "A")).await;
    assert!(
        matches!(answer, Err(StoreError::InvalidRow { .. })),
        "an unknown right is no right: {answer:?}"
    );
}

#[tokio::test]
async fn a_use_is_remembered_unless_a_later_one_is_known() {
    let (house, tenant) = House::with_tenant().await;
    written(&house, key(tenant, "A")).await;
    let touch = |at_ms, since_ms| house.write(move |tx| api_keys::touch(tx, "A", at_ms, since_ms));
    let used = || async { found(&house, "A").await.unwrap().last_used_at_ms };
    assert_eq!(used().await, None);
    assert_eq!((touch(1_000, 940).await, used().await), (1, Some(1_000)));
    assert_eq!(
        (touch(1_050, 999).await, used().await),
        (0, Some(1_000)),
        "so exact it is not"
    );
    assert_eq!((touch(1_060, 1_000).await, used().await), (1, Some(1_060)));
    assert_eq!(house.write(|tx| api_keys::touch(tx, "B", 1, 1)).await, 0);
}

#[tokio::test]
async fn an_expiry_is_brought_forward_but_never_put_off() {
    let (house, tenant) = House::with_tenant().await;
    written(&house, key(tenant, "A")).await;
    let expire = |at_ms| house.write(move |tx| api_keys::expire(tx, &tenant.scope, "A", at_ms));
    for (at_ms, then_ms) in [(500, 500), (900, 500), (400, 400)] {
        assert_eq!(expire(at_ms).await, 1);
        assert_eq!(found(&house, "A").await.unwrap().expires_at_ms, Some(then_ms));
    }
    house.write(move |tx| api_keys::revoke(tx, &tenant.scope, "A", 1)).await;
    assert_eq!(expire(300).await, 0, "it is revoked");
}

#[tokio::test]
async fn a_key_is_seen_and_changed_by_its_own_project_only() {
    let (house, tenant) = House::with_tenant().await;
    let (beside, stranger) = (
        Tenant::new(2, Environment::Live),
        Tenant::new(11, tenant.scope.environment),
    );
    for other in [beside, stranger] {
        house.settle(other).await;
    }
    written(&house, key(tenant, "A")).await;
    let seen = |by: Tenant| {
        house.write(move |tx| {
            let listed = api_keys::list(tx, &by.scope, &KeyFilter::default(), Beyond::First, 9)?;
            let back = api_keys::list(tx, &by.scope, &KeyFilter::default(), Beyond::Newer(0, String::new()), 9)?;
            let one = api_keys::get(tx, &by.scope, "A")?;
            Ok((one.is_some(), listed.len(), back.len()))
        })
    };
    let changed = |by: Tenant| {
        house.write(move |tx| {
            let expired = api_keys::expire(tx, &by.scope, "A", 5)?;
            Ok((expired, api_keys::revoke(tx, &by.scope, "A", 5)?))
        })
    };
    assert_eq!((seen(stranger).await, changed(stranger).await), ((false, 0, 0), (0, 0)));
    let one = found(&house, "A").await.unwrap();
    assert_eq!((one.expires_at_ms, one.revoked_at_ms), (None, None));
    assert_eq!((seen(beside).await, changed(beside).await), ((true, 1, 1), (1, 1)));
}

#[tokio::test]
async fn a_list_of_keys_is_the_projects_and_goes_both_ways() {
    let (house, tenant) = House::with_tenant().await;
    let (live, stranger) = (Tenant::new(2, Environment::Live), Tenant::new(11, Environment::Sandbox));
    for other in [live, stranger] {
        house.settle(other).await;
    }
    let has_live = || house.write(api_keys::has_live);
    let had_live = || house.write(api_keys::had_live);
    for (owner, id, age) in [(tenant, "C", 0), (tenant, "A", 1), (tenant, "B", 1), (stranger, "X", 1)] {
        let created_at_ms = NOON_MS + age;
        written(
            &house,
            ApiKey {
                created_at_ms,
                ..key(owner, id)
            },
        )
        .await;
    }
    assert!(!has_live().await && !had_live().await);
    let (family, created_at_ms) = (ApiFamily::Admin, NOON_MS + 2);
    written(
        &house,
        ApiKey {
            family,
            created_at_ms,
            ..key(live, "L")
        },
    )
    .await;
    assert!(has_live().await && had_live().await);
    let list = |filter: KeyFilter, page: Beyond<String>, limit| {
        house.write(move |tx| {
            let keys = api_keys::list(tx, &tenant.scope, &filter, page.clone(), limit)?;
            Ok(keys.into_iter().map(|key| key.id).collect::<Vec<_>>())
        })
    };
    let all = KeyFilter::default();
    let admin = KeyFilter {
        family: Some(family),
        ..all
    };
    let sandbox = KeyFilter {
        environment: Some(Environment::Sandbox),
        ..all
    };
    let at = |id: &str| (NOON_MS + 1, id.to_owned());
    let (older, newer) = (at("B"), at("A"));
    assert_eq!(list(all, Beyond::First, 9).await, ["L", "B", "A", "C"], "newest first");
    assert_eq!(list(all, Beyond::Older(older.0, older.1), 1).await, ["A"]);
    assert_eq!(
        list(all, Beyond::Newer(newer.0, newer.1), 9).await,
        ["B", "L"],
        "oldest first"
    );
    assert_eq!(list(admin, Beyond::First, 9).await, ["L"]);
    assert_eq!(list(sandbox, Beyond::First, 9).await, ["B", "A", "C"]);
    house.write(move |tx| api_keys::revoke(tx, &live.scope, "L", 1)).await;
    assert!(!has_live().await && had_live().await);
}
