//! Who may do what, and that nobody learns of another's things.

use engine::domain::ids::{IntentId, ProjectId};
use engine::domain::scope::{ApiFamily, Environment, Scope};
use engine::store::projects::Project;
use engine::store::{StoreError, Tx, intents, projects};
use serde_json::json;

use crate::app::{App, admin, order};

#[tokio::test]
async fn every_bad_key_is_answered_alike() {
    let app = App::start().await;
    let good = app.keys.payment.text.clone();
    let revoked = app.new_key(ApiFamily::Payment, None).await;
    app.engine
        .revoke_api_key(&admin(), app.scope, &revoked.id)
        .await
        .unwrap();
    let truncated = &good[..good.len() - 1];
    let mut bodies = std::collections::HashSet::new();
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic abc",
        "Bearer sk_test_aaaaaaaa_b",
        good.as_str(),
        &format!("Bearer {truncated}"),
        &format!("Bearer {}", revoked.text),
        "Bearer \u{1f41a}",
        "Bearer sk_live_x",
    ] {
        let reply = app
            .send_bare("GET", "/v1/payment/intents", &[("Authorization", value)], b"")
            .await;
        assert_eq!(reply.refused(401), "unauthenticated", "{value}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        let mut body = reply.json();
        body["request_id"].take();
        bodies.insert(body.to_string());
    }
    let none = app.send_bare("GET", "/v1/payment/intents", &[], b"").await;
    assert_eq!(none.refused(401), "unauthenticated");
    assert_eq!(bodies.len(), 1);
    let twice = [
        ("Authorization", format!("Bearer {good}")),
        ("Authorization", "Bearer x".to_owned()),
    ];
    let twice: Vec<(&str, &str)> = twice.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(
        app.send_bare("GET", "/v1/payment/intents", &twice, b"").await.status,
        401
    );
    let lower = format!("bearer {good}");
    assert_eq!(
        app.send_bare("GET", "/v1/payment/intents", &[("authorization", &lower)], b"")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn keys_of_other_families_are_forbidden() {
    let app = App::start().await;
    for key in [&app.keys.payment_intents.text, &app.keys.admin.text] {
        let value = format!("Bearer {key}");
        let reply = app
            .send_bare(
                "POST",
                "/v1/payment/intents",
                &[("Authorization", &value)],
                order().to_string().as_bytes(),
            )
            .await;
        assert_eq!(reply.refused(403), "forbidden");
    }
    assert_eq!(app.get("/admin/v1/project").await.refused(403), "forbidden");
    let admin = format!("Bearer {}", app.key(ApiFamily::Admin).await);
    let project = app
        .send_bare("GET", "/admin/v1/project", &[("Authorization", &admin)], b"")
        .await;
    assert_eq!(
        (project.status, &project.json()["data"]["environment"]),
        (200, &json!("sandbox"))
    );
    assert_eq!(project.json()["data"]["id"], app.scope.project_id.to_string());
}

#[tokio::test]
async fn ids_that_cannot_be_and_ids_that_are_not_look_alike() {
    let app = App::start().await;
    let mut bodies = std::collections::HashSet::new();
    for id in [
        "TRX01KTKHN7G004HMASW9NF6YY093",
        "pi_01ktkhn7g004hmasw9nf6yy093",
        "TRX1A2B3C4D",
        "x",
        "%FF",
        "..%2F..",
        "%00",
    ] {
        let reply = app.get(&format!("/v1/payment/intents/{id}")).await;
        assert_eq!(reply.refused(404), "not_found", "{id}");
        let mut body = reply.json();
        body["request_id"].take();
        bodies.insert(body.to_string());
        let write = app.post(&format!("/v1/payment/intents/{id}/cancel"), &json!({})).await;
        assert_eq!(write.refused(404), "not_found", "{id}");
    }
    assert_eq!(bodies.len(), 1);
    let id = app.intent().await;
    let other = app.intent().await;
    assert_eq!(
        app.get(&format!("/v1/payment/intents/{id}/attempts/att_x"))
            .await
            .refused(404),
        "not_found"
    );
    let spelled = id.replace("TRX", "pi_").to_lowercase();
    assert_eq!(
        app.get(&format!("/v1/payment/intents/{spelled}")).await.json()["data"]["id"],
        id
    );
    assert_ne!(id, other);
}

/// A payment that stands in another project and environment, written past the engine.
async fn foreign_intent(app: &App, environment: Environment, project_id: ProjectId) -> IntentId {
    let theirs = Scope {
        project_id,
        environment,
    };
    let id = IntentId::from_public(&app.intent().await).unwrap();
    let ours = app.scope;
    let foreign = IntentId::new(id.at_ms(), 7);
    let write = move |tx: &mut Tx<'_>| {
        if projects::get(tx, &theirs)?.is_none() {
            let name = "Theirs".to_owned();
            projects::insert(
                tx,
                &Project {
                    id: project_id,
                    name,
                    created_at_ms: 1,
                },
            )?;
        }
        let mut row = projects::environment(tx, &ours)?.unwrap();
        row.scope = theirs;
        projects::insert_environment(tx, &row)?;
        let mut intent = intents::get(tx, &ours, id)?.unwrap();
        intent.id = foreign;
        intent.customer_id = None;
        intents::insert(tx, &theirs, &intent)?;
        Ok::<_, StoreError>(())
    };
    app.engine.store().write(write).await.unwrap();
    foreign
}

#[tokio::test]
async fn what_belongs_to_others_looks_like_what_does_not_exist() {
    let app = App::start().await;
    let other_project = foreign_intent(&app, Environment::Sandbox, ProjectId::new(1, 1)).await;
    let other_environment = foreign_intent(&app, Environment::Live, app.scope.project_id).await;
    let start = json!({"method_code": "momo_mtn", "country": "CI", "phone": {"number": "0500000100", "country": "CI"}});
    let unknown = IntentId::new(5, 5);
    let mut bodies = std::collections::HashSet::new();
    for id in [unknown, other_project, other_environment] {
        let path = format!("/v1/payment/intents/{id}");
        let replies = [
            app.get(&path).await,
            app.get(&format!("{path}/attempts")).await,
            app.get(&format!("{path}/attempts/att_01ktkhn7g004hmasw9nf6yy093"))
                .await,
            app.post(&format!("{path}/attempt"), &start).await,
            app.post(&format!("{path}/cancel"), &json!({})).await,
            app.post(&format!("{path}/reconcile"), &json!({})).await,
        ];
        let mut seen = String::new();
        for reply in replies {
            assert_eq!(reply.refused(404), "not_found");
            let mut body = reply.json();
            body["request_id"].take();
            seen.push_str(&body.to_string());
        }
        bodies.insert(seen);
    }
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
    let listed = app.get("/v1/payment/intents?per_page=100").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2, "only our own are listed");
}
