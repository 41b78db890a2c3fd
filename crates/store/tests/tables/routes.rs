//! Why an account was taken or passed over is kept with the attempt, and only what is known is read.

use domain::ids::AttemptId;
use domain::routing::decision::{Skipped, Taken, Verdict};
use store::StoreError;
use store::attempts::{self, Attempt};

use crate::house::{House, Tenant, id};

impl House {
    /// The attempt, read with this text for its route.
    async fn read_with_route(
        &self,
        tenant: Tenant,
        id: AttemptId,
        route: String,
    ) -> Result<Option<Attempt>, StoreError> {
        self.write(move |tx| {
            tx.sql("UPDATE attempts SET route = ?1 WHERE id = ?2")
                .bind(&route)
                .bind(id)
                .execute()
        })
        .await;
        self.store.read(move |tx| attempts::get(tx, &tenant.scope, id)).await
    }
}

#[tokio::test]
async fn every_verdict_comes_back_as_it_was_written() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let verdicts =
        (Skipped::ALL.iter().copied().map(Verdict::Skipped)).chain(Taken::ALL.iter().copied().map(Verdict::Taken));
    let mut steps: Vec<_> = verdicts.map(|verdict| tenant.step(2, verdict)).collect();
    steps[0].gateway_code = "a \"gateway\" 'é'".to_owned();
    let routes = [Vec::new(), steps[..1].to_vec(), steps];
    for (number, route) in (2_u32..).zip(routes) {
        let written = Attempt {
            id: id(number),
            number: number.into(),
            route,
            fallbacks_before: i64::from(number) - 2,
            is_fallback: number > 2,
            account_id: Some(tenant.account(2).id),
            ..payment.attempt.clone()
        };
        let attempt = written.clone();
        let back = house.write(move |tx| {
            attempts::insert(tx, &tenant.scope, &attempt)?;
            attempts::get(tx, &tenant.scope, attempt.id)
        });
        assert_eq!(back.await, Some(written));
    }
}

#[tokio::test]
async fn an_attempt_without_account_says_so() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let written = Attempt {
        id: id(2),
        number: 2,
        gateway_code: None,
        account_id: None,
        route: vec![tenant.step(1, Verdict::Skipped(Skipped::Down))],
        ..payment.attempt
    };
    let attempt = written.clone();
    let back = house.write(move |tx| {
        attempts::insert(tx, &tenant.scope, &attempt)?;
        attempts::get(tx, &tenant.scope, attempt.id)
    });
    assert_eq!(back.await, Some(written));
}

#[tokio::test]
async fn a_route_that_nobody_can_have_written_is_refused() {
    let (house, tenant) = House::with_tenant().await;
    let id = house.pay(tenant, 1).await.attempt.id;
    let account = tenant.account(1).id.stored();
    let step = |account: &str, verdict: &str, reason: &str| {
        format!(
            r#"[{{"account":"{account}","gateway":"sim","verdict":"{verdict}","reason":"{reason}","success":750}}]"#
        )
    };
    let known = house.read_with_route(tenant, id, step(&account, "taken", "primary"));
    let expected = [tenant.step(1, Verdict::Taken(Taken::Primary))];
    assert_eq!(known.await.unwrap().unwrap().route, expected, "the stored spelling");
    for text in [
        step(&account, "preferred", "primary"),
        step(&account, "taken", "because"),
        step(&account, "taken", "down"),
        step("acc_1", "taken", "primary"),
        r#"[{"account":1}]"#.to_owned(),
        "{}".to_owned(),
        String::new(),
    ] {
        let answer = house.read_with_route(tenant, id, text.clone()).await;
        assert!(
            matches!(answer, Err(StoreError::InvalidRow { .. })),
            "{text}: {answer:?}"
        );
    }
}
