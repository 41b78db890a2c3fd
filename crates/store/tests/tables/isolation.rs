//! Another project's or environment's id is answered exactly as an unknown one, and changes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use domain::intent::{LatePolicy, LateSuccess};
use domain::routing::Policy;
use domain::scope::{Environment, Scope};
use store::{StoreError, accounts, calls, exchanges, health, idempotency, projects, rules};
use syn::{FnArg, Item, ItemFn, Type, Visibility};

use crate::belongings::Belongings;
use crate::calls::charge;
use crate::exchanges::sealed;
use crate::health::{down, observation, subject};
use crate::house::{House, NOON_MS, Tenant, id};
use crate::idempotency::{claim, new};
use crate::rules::rule;

/// What cannot be tried with another's id: it writes into the scope that it is given.
const WRITES_INTO_ITS_OWN: [&str; 6] = [
    "customers::upsert(",
    "customers::instrument(",
    "outbox::lock_stream(",
    "rates::count(",
    "rates::take(",
    "webhook_lanes::ensure(",
];

#[tokio::test]
async fn nobody_sees_or_changes_what_is_anothers() {
    let house = House::empty();
    let owner = Tenant::new(1, Environment::Live);
    let others = [
        Tenant::new(2, Environment::Sandbox),
        Tenant::new(12, Environment::Live),
        Tenant::new(13, Environment::Sandbox),
    ];
    house.settle(owner).await;
    let belongings = Belongings {
        owner,
        payment: house.pay(owner, 1).await,
        dead: house.pay(owner, 2).await,
    };
    let given = belongings.clone();
    house.write(move |tx| given.furnish(tx)).await;
    let ask = |scope: Scope| {
        let belongings = belongings.clone();
        house.write(move |tx| belongings.seen(tx, &scope))
    };
    let take = |scope: Scope| {
        let belongings = belongings.clone();
        house.write(move |tx| belongings.changed(tx, &scope))
    };
    let all = ask(owner.scope).await;
    assert!(
        all.iter().all(|(_, is_seen)| *is_seen),
        "the owner sees everything: {all:?}"
    );
    for other in others {
        house.settle(other).await;
        for (question, is_seen) in ask(other.scope).await {
            assert!(!is_seen, "{question} tells {}", other.number);
        }
        for (deed, rows) in take(other.scope).await {
            assert_eq!(rows, 0, "{deed} by {}", other.number);
        }
    }
    assert_eq!(ask(owner.scope).await, all);
    let mut idle = take(owner.scope).await;
    idle.retain(|(_, rows)| *rows == 0);
    assert_eq!(idle, [], "what its owner may do");
    let unknown = Tenant::new(99, Environment::Live);
    let found = house.write(move |tx| projects::environment(tx, &unknown.scope));
    assert!(found.await.is_none());
    let path = owner.account(1).callback_path;
    let found = house.write(move |tx| accounts::by_callback_path(tx, &path)).await;
    assert_eq!(
        found,
        Some((owner.scope, owner.account(1).id)),
        "a path leads to its own tenant"
    );
}

/// Whether anybody can call it with a scope of their own.
fn is_scoped(function: &ItemFn) -> bool {
    let takes_scope = function.sig.inputs.iter().any(|input| {
        let FnArg::Typed(input) = input else { return false };
        let Type::Reference(reference) = &*input.ty else {
            return false;
        };
        matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("Scope"))
    });
    takes_scope && matches!(function.vis, Visibility::Public(_))
}

/// The files of the store, each with the name of the module that its functions are called by.
fn files() -> Vec<(String, PathBuf)> {
    let listed = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let mut files = Vec::new();
    for path in listed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let inside = if path.is_dir() { listed(&path) } else { vec![path] };
        files.extend(inside.into_iter().map(|path| (module.clone(), path)));
    }
    files
}

#[test]
fn every_function_with_a_scope_is_tried_with_anothers() {
    let tried = [
        include_str!("belongings.rs"),
        include_str!("belongings/attention.rs"),
        include_str!("belongings/checkouts.rs"),
        include_str!("belongings/death.rs"),
        include_str!("belongings/links.rs"),
        include_str!("belongings/mails.rs"),
        include_str!("belongings/people.rs"),
        include_str!("belongings/webhooks.rs"),
        include_str!("inbox.rs"),
        include_str!("isolation.rs"),
        include_str!("keys.rs"),
    ]
    .concat();
    let mut left_out = Vec::new();
    let mut count = 0;
    for (module, path) in files() {
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        for item in file.items {
            let Item::Fn(function) = item else { continue };
            let call = format!("{module}::{}(", function.sig.ident);
            count += u32::from(is_scoped(&function));
            let writes = call.contains("::insert") || WRITES_INTO_ITS_OWN.contains(&call.as_str());
            if is_scoped(&function) && !writes && !tried.contains(&call) {
                left_out.push(call);
            }
        }
    }
    assert!(count > 70, "{count} functions found");
    assert!(left_out.is_empty(), "put these into belongings.rs: {left_out:?}");
}

#[tokio::test]
async fn nothing_is_written_about_what_is_somebody_elses() {
    let (house, owner) = House::with_tenant().await;
    let call = charge(&house.pay(owner, 1).await, 1, 1);
    house.write(move |tx| calls::insert(tx, &owner.scope, &call)).await;
    for other in [Tenant::new(2, Environment::Live), Tenant::new(12, Environment::Sandbox)] {
        house.settle(other).await;
        let theirs = other.scope;
        let answers: [Result<(), StoreError>; 4] = [
            house
                .store
                .write(move |tx| {
                    let revision = rules::begin_revision(tx, &theirs, &Policy::default(), NOON_MS)?;
                    rules::insert(tx, &theirs, revision, &rule(owner, 1, None, &[1]))
                })
                .await,
            (house.store)
                .write(move |tx| health::save(tx, &theirs, &down(subject(owner))))
                .await,
            (house.store)
                .write(move |tx| health::observe(tx, &theirs, &observation(owner, 1, 1)))
                .await,
            (house.store)
                .write(move |tx| exchanges::insert(tx, &theirs, id(1), 1, &sealed(1, 0)).map(drop))
                .await,
        ];
        for answer in answers {
            assert!(matches!(answer, Err(StoreError::Foreign)), "{answer:?}");
        }
        let (revision, _) = house.write(move |tx| rules::lock(tx, &theirs)).await;
        assert_eq!(revision, 0);
    }
    assert!(!house.write(health::is_waiting).await);
}

#[tokio::test]
async fn what_a_tenant_is_changes_for_itself_alone() {
    let (house, owner) = House::with_tenant().await;
    let (beside, stranger) = (Tenant::new(2, Environment::Live), Tenant::new(12, Environment::Sandbox));
    for other in [beside, stranger] {
        house.settle(other).await;
    }
    let late = LateSuccess {
        after_end: LatePolicy::Refund,
        after_cancel: LatePolicy::Refund,
    };
    let rows = house.write(move |tx| {
        rules::begin_revision(tx, &owner.scope, &Policy::default(), NOON_MS)?;
        Ok([
            projects::rename(tx, &owner.scope, "Renamed")?,
            projects::set_policies(tx, &owner.scope, true, late)?,
            projects::rewrap(tx, &owner.scope, "anew")?,
        ])
    });
    assert_eq!(rows.await, [1, 1, 1]);
    let is = |tenant: Tenant| {
        house.write(move |tx| {
            let row = projects::environment(tx, &tenant.scope)?.ok_or(StoreError::Missing)?;
            let name = projects::get(tx, &tenant.scope)?.map(|project| project.name);
            let changed = (row.data_key == "anew", row.fail_with_attempt, row.late_success == late);
            Ok((name, changed, row.routing_revision))
        })
    };
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(is(owner).await, (name("Renamed"), (true, true, true), 1));
    assert_eq!(is(beside).await, (name("Renamed"), (false, false, false), 0));
    assert_eq!(is(stranger).await, (name("Shop"), (false, false, false), 0));
}

#[tokio::test]
async fn tenants_may_use_the_same_key_without_meeting() {
    let (house, tenant) = House::with_tenant().await;
    let other = Tenant::new(11, Environment::Sandbox);
    house.settle(other).await;
    for owner in [tenant, other] {
        let taken = house.write(move |tx| idempotency::claim(tx, &owner.scope, new(&claim("one"), 1)));
        assert_eq!(taken.await, 1);
    }
}
