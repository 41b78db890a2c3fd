//! How often one number is prompted with live keys, as its payer is told. Prompts are written down as if a provider had been
//! asked: simulated ones are never live.

use engine::KekOrigin;
use engine::domain::country::Country;
use engine::domain::ids::{AccountId, IntentId, PermitId, RuleId};
use engine::domain::method::MethodCode;
use engine::domain::permit::PermitState;
use engine::domain::routing::Policy;
use engine::domain::scope::{Environment, Scope};
use engine::store::permits::Permit;
use engine::store::rules::{Direction, Match, Rule, RuleAccount};
use engine::store::{StoreError, Tx, accounts, permits, rules};
use serde_json::{Value, json};

use super::{Session, leads_to};
use crate::app::{App, attempt, order};

const MINUTE_MS: i64 = 60_000;

fn account_id() -> AccountId {
    AccountId::new(1, 1)
}

/// The live environment of a project.
struct Live<'a> {
    app: &'a App,
    scope: Scope,
    key: String,
}

impl<'a> Live<'a> {
    /// Opens it, with an account.
    async fn of(app: &'a App) -> Self {
        assert_eq!(app.admin("POST", "/project/live", &json!({})).await.status, 200);
        let (admin, live) = (&app.keys.admin.text, [("Cowry-Environment", "live")]);
        let body = json!({"family": "payment", "name": "till"});
        let made = app.admin_as(admin, &live, ("POST", "/api-keys"), &body).await.json();
        let sandbox = app.scope;
        let scope = Scope {
            environment: Environment::Live,
            ..sandbox
        };
        let write = move |tx: &mut Tx<'_>| {
            let mut account = accounts::all(tx, &sandbox)?.remove(0);
            account.id = account_id();
            account.callback_path = "live".to_owned();
            accounts::insert(tx, &scope, &account)
        };
        app.engine.store().write(write).await.unwrap();
        Self {
            app,
            scope,
            key: format!("Bearer {}", made["data"]["key"].as_str().unwrap()),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let headers = [
            ("Authorization", self.key.as_str()),
            ("Content-Type", "application/json"),
        ];
        let body = body.to_string();
        let reply = self.app.send_bare("POST", path, &headers, body.as_bytes()).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["data"].take()
    }

    /// From now on its account takes payments by MTN in Côte d'Ivoire.
    async fn route(&self) {
        let scope = self.scope;
        let rule = Rule {
            id: RuleId::new(1, 1),
            matches: Match {
                direction: Direction::Payment,
                method: MethodCode::parse("momo_mtn").unwrap(),
                country: Some(Country::parse("CI").unwrap()),
            },
            accounts: vec![RuleAccount {
                account_id: account_id(),
                weight: 1,
            }],
            created_at_ms: 1,
        };
        let write = move |tx: &mut Tx<'_>| {
            let revision = rules::begin_revision(tx, &scope, &Policy::default(), 1)?;
            rules::insert(tx, &scope, revision, &rule)
        };
        self.app.engine.store().write(write).await.unwrap();
    }

    /// A payment whose prompt left at a time, milliseconds UTC.
    async fn prompted(&self, number: &str, at_ms: i64) {
        let mut body = order();
        body["attempt"] = attempt("100");
        body["attempt"]["phone"]["number"] = json!(number);
        let made = self.post("/v1/payment/intents", &body).await;
        let (scope, id) = (self.scope, IntentId::from_public(made["id"].as_str().unwrap()).unwrap());
        let tried = self.app.engine.attempts(scope, id, i64::MAX, 1).await.unwrap();
        let tried = &tried[0].attempt;
        let permit = Permit {
            id: PermitId::new(at_ms, 1),
            intent_id: id,
            attempt_id: tried.id,
            number: 1,
            account_id: account_id(),
            merchant_ref: id.stored(),
            amount: tried.amount,
            state: PermitState::Open,
            acknowledged: false,
            external_id: None,
            captured_minor: 0,
            refund_reserved_minor: 0,
            sent_at_ms: None,
            ended_at_ms: None,
            asked_after_death: 0,
            created_at_ms: at_ms,
        };
        let write = move |tx: &mut Tx<'_>| {
            permits::insert(tx, &scope, &permit)?;
            permits::send(tx, &scope, permit.id, at_ms)
        };
        let sent = self.app.engine.store().write::<_, StoreError, _>(write).await;
        assert_eq!(sent.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_number_that_was_prompted_too_often_is_told_how_long_to_wait() {
    let app = App::start_idle(KekOrigin::Given, None).await;
    let (live, now_ms) = (Live::of(&app).await, app.engine.now_ms());
    for minutes_ago in 0..5 {
        live.prompted("0500000100", now_ms - minutes_ago * MINUTE_MS).await;
    }
    live.route().await;
    let made = live.post("/v1/payment/checkouts", &order()).await;
    let session = Session {
        path: made["checkout"]["url"].as_str().unwrap().replace(&app.url, ""),
        intent: made["payment"]["id"].as_str().unwrap().to_owned(),
    };
    let refused = app.pay_by(&session, "100", "0").await;
    let text = refused.text();
    assert_eq!(refused.status, 422, "{text}");
    assert!(
        text.contains("id=\"phone-problem\"") && text.contains("Please try again in 6 minutes"),
        "{text}"
    );
    assert!(text.contains("value=\"0500000100\""), "{text}");
    leads_to(&app.pay_by(&session, "101", "0").await, &session.path);
}
