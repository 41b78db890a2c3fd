//! Idempotency keys of webhook endpoints: the secret in a stored answer is sealed, and not shown again once it was let go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use domain::scope::ApiFamily;
use domain::webhook::{DeliveryOrder, EndpointState, EventSelection};
use engine::Refusal;
use engine::admin::{
    Actor, AdminRefusal, EndpointChanges, EndpointCommand, EndpointOrder, EndpointOutcome, ShowEndpoint,
};
use engine::render::{Answer, Origin, Rendered};
use store::idempotency;
use support::{House, claim};

const FAMILY: ApiFamily = ApiFamily::PaymentIntents;

fn show(outcome: &EndpointOutcome) -> Rendered {
    let text = match outcome {
        EndpointOutcome::Created(_, secret) | EndpointOutcome::Rotated(_, secret) => secret.expose().to_owned(),
        EndpointOutcome::Changed(view) => view.endpoint.url.clone(),
        EndpointOutcome::Deleted(id) => id.to_string(),
    };
    Rendered {
        status: 200,
        body: text.into_bytes(),
    }
}

fn order() -> EndpointCommand {
    EndpointCommand::Create(EndpointOrder {
        family: FAMILY,
        url: "https://shop.example.com/hooks".to_owned(),
        description: String::new(),
        events: EventSelection::All,
        order: DeliveryOrder::Any,
        state: EndpointState::Enabled,
    })
}

fn to(url: &str) -> EndpointChanges {
    EndpointChanges {
        url: Some(url.to_owned()),
        ..EndpointChanges::default()
    }
}

impl House {
    async fn command(&self, key: &str, command: EndpointCommand) -> Result<Answer, AdminRefusal> {
        let by = (self.scope, Actor::System);
        let spoken = (Some(claim(key)), show as ShowEndpoint);
        self.engine.command_webhook_endpoint(by, FAMILY, command, spoken).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_kept_sealed_and_not_shown_again_when_its_answer_was_let_go() {
    let house = House::open().await;
    let made = house.command("make", order()).await.unwrap();
    let secret = String::from_utf8(made.rendered.body.clone()).unwrap();
    assert!(secret.starts_with("whsec_"));
    let (scope, key) = (house.scope, "make".to_owned());
    let stored = house.store.read(move |tx| idempotency::get(tx, &scope, &key)).await;
    let (stored, _) = stored.unwrap().unwrap();
    let body = stored.answer.unwrap().body.unwrap();
    assert!(!body.contains(&secret[6..]), "sealed");
    let again = house.command("make", order()).await.unwrap();
    assert_eq!((again.origin, &again.rendered), (Origin::Replayed, &made.rendered));

    let all = house.engine.webhook_endpoints(house.scope, FAMILY).await.unwrap();
    let id = all[0].endpoint.id;
    let change = |url| EndpointCommand::Change(id, to(url), None);
    house.command("change", change("https://a.example/")).await.unwrap();
    let later = (house.scope, Actor::System);
    let spoken = (None, show as ShowEndpoint);
    let moved = change("https://b.example/");
    let moved = house.engine.command_webhook_endpoint(later, FAMILY, moved, spoken);
    assert_eq!(moved.await.unwrap().rendered.body, b"https://b.example/");
    let rotate = EndpointCommand::Rotate { id, overlap_ms: 0 };
    house.command("rotate", rotate.clone()).await.unwrap();
    let forgotten = house.store.write(|tx| idempotency::forget_answers(tx, 0..i64::MAX));
    assert_eq!(forgotten.await.unwrap(), 3);

    let now = house.command("change", change("https://a.example/")).await.unwrap();
    assert_eq!(
        (now.origin, now.rendered.body.as_slice()),
        (Origin::Replayed, &b"https://b.example/"[..])
    );
    for (key, command) in [("make", order()), ("rotate", rotate)] {
        let refused = house.command(key, command).await.unwrap_err();
        assert!(matches!(refused, AdminRefusal::Conflict { .. }), "{refused:?}");
    }
    assert_eq!(
        house.engine.webhook_endpoints(house.scope, FAMILY).await.unwrap().len(),
        1
    );

    let by = (house.scope, Actor::System);
    let mut other = claim("make");
    other.fingerprint = "other".to_owned();
    let reused = house
        .engine
        .command_webhook_endpoint(by, FAMILY, order(), (Some(other), show as ShowEndpoint));
    assert_eq!(reused.await, Err(AdminRefusal::Unavailable(Refusal::KeyReused)));
    house.close().await;
}
