//! The audit log is read back as it was written, from both ends, by who did what and when.

use domain::ids::AuditId;
use store::audit::{self, AuditFilter, AuditRow, Members};
use store::page::Beyond;

use crate::house::{House, NOON_MS, Tenant, id};

/// A change of that number, made so many milliseconds after noon.
pub(crate) fn change(number: u32, after_ms: i64) -> AuditRow {
    AuditRow {
        id: id(number),
        actor: "system".to_owned(),
        action: "gateway_account.update".to_owned(),
        subject_id: "acc_1".to_owned(),
        before: None,
        after: None,
        at_ms: NOON_MS + after_ms,
    }
}

impl House {
    async fn change(&self, tenant: Tenant, change: AuditRow) {
        self.write(move |tx| audit::insert(tx, &tenant.scope, &change)).await;
    }

    async fn changes(&self, tenant: Tenant, filter: AuditFilter, page: Beyond<AuditId>) -> Vec<AuditRow> {
        self.write(move |tx| audit::list(tx, &tenant.scope, &filter, page.clone(), 3))
            .await
    }
}

fn ids(changes: &[AuditRow]) -> Vec<AuditId> {
    changes.iter().map(|change| change.id).collect()
}

#[tokio::test]
async fn a_change_comes_back_as_it_was_written() {
    let (house, tenant) = House::with_tenant().await;
    let members = |pairs: &[(&str, &str)]| -> Option<Members> {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Some(owned.collect())
    };
    let (old, new) = (
        members(&[("name", "Caisse \"été\"")]),
        members(&[("name", "b"), ("state", "closed")]),
    );
    let made = [
        (None, new.clone()),
        (old.clone(), new),
        (old, None),
        (None, members(&[])),
    ];
    for (number, (before, after)) in (1_u32..).zip(made) {
        let written = AuditRow {
            before,
            after,
            ..change(number, number.into())
        };
        house.change(tenant, written.clone()).await;
        let newest = house.changes(tenant, AuditFilter::default(), Beyond::First).await;
        assert_eq!(newest.first(), Some(&written));
    }
}

#[tokio::test]
async fn changes_are_listed_from_both_ends() {
    let (house, tenant) = House::with_tenant().await;
    for (number, after_ms) in [(5, 3), (1, 1), (3, 2), (2, 2), (4, 2)] {
        house.change(tenant, change(number, after_ms)).await;
    }
    let page = |page| house.changes(tenant, AuditFilter::default(), page);
    assert_eq!(ids(&page(Beyond::First).await), [id(5), id(4), id(3)], "newest first");
    assert_eq!(ids(&page(Beyond::Older(NOON_MS + 2, id(3))).await), [id(2), id(1)]);
    assert_eq!(
        ids(&page(Beyond::Newer(NOON_MS + 2, id(2))).await),
        [id(3), id(4), id(5)],
        "oldest first"
    );
    assert_eq!(ids(&page(Beyond::Older(NOON_MS + 1, id(1))).await), []);
    assert_eq!(ids(&page(Beyond::Newer(NOON_MS + 3, id(5))).await), []);
}

#[tokio::test]
async fn each_filter_leaves_out_what_does_not_fit() {
    let (house, tenant) = House::with_tenant().await;
    let text = str::to_owned;
    let mut made = [change(1, 1), change(2, 2), change(3, 3)];
    made[0].action = text("routing_rule.create");
    made[1].actor = text("key ABCD1234");
    made[2].subject_id = text("acc_2");
    for change in made {
        house.change(tenant, change).await;
    }
    let all = AuditFilter::default();
    let prefix = |prefix: &str| AuditFilter {
        action_prefix: Some(text(prefix)),
        ..AuditFilter::default()
    };
    let cases = [
        (all.clone(), vec![3, 2, 1]),
        (prefix("gateway_account."), vec![3, 2]),
        (prefix("routing_rule.create"), vec![1]),
        (prefix("gateway%"), vec![]),
        (prefix("gatewayXaccount"), vec![]),
        (
            AuditFilter {
                subject_id: Some(text("acc_2")),
                ..all.clone()
            },
            vec![3],
        ),
        (
            AuditFilter {
                actor: Some(text("key ABCD1234")),
                ..all.clone()
            },
            vec![2],
        ),
        (
            AuditFilter {
                from_ms: Some(NOON_MS + 2),
                ..all.clone()
            },
            vec![3, 2],
        ),
        (
            AuditFilter {
                to_ms: Some(NOON_MS + 2),
                ..all
            },
            vec![2, 1],
        ),
    ];
    for (filter, expected) in cases {
        let mut expected: Vec<AuditId> = expected.into_iter().map(id).collect();
        let found = house.changes(tenant, filter.clone(), Beyond::First).await;
        assert_eq!(ids(&found), expected, "{filter:?}");
        expected.reverse();
        let back = house.changes(tenant, filter.clone(), Beyond::Newer(0, id(0))).await;
        assert_eq!(ids(&back), expected, "{filter:?}, back");
    }
}
