//! What is put into a delivery: headers, signatures, body. Never sends it.

use domain::announcement::Announcement;
use domain::ids::{EventId, IntentId};
use domain::scope::ApiFamily;
use webhooks::{Letter, Secret, sign};

use crate::Engine;
use crate::admin::DeliveryStory;

/// To whom.
pub(crate) struct Addressee {
    pub(crate) url: String,
    pub(crate) kind: AddresseeKind,
    /// What signs, the present one first.
    pub(crate) secrets: Vec<Secret>,
}

/// Which headers an addressee is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddresseeKind {
    /// A URL that the payment names itself.
    PaymentUrl,
    /// A project's endpoint.
    Endpoint,
    /// A project's endpoint of the payment-intents API.
    IntentsEndpoint,
}

impl AddresseeKind {
    /// Of an endpoint of that API.
    pub(crate) fn of(family: ApiFamily) -> Self {
        match family {
            ApiFamily::PaymentIntents => Self::IntentsEndpoint,
            ApiFamily::Payment | ApiFamily::Admin => Self::Endpoint,
        }
    }
}

/// What is told.
pub(crate) struct Told {
    pub(crate) event_id: EventId,
    pub(crate) announcement: Announcement,
    pub(crate) intent_id: IntentId,
    pub(crate) body: Vec<u8>,
}

/// A letter as it goes out at `now_ms`: the id and the body are the same at every try, time and signature are fresh.
pub(crate) fn letter(to: &Addressee, told: Told, now_ms: i64) -> Letter {
    let timestamp_s = now_ms.div_euclid(1_000);
    let id = told.event_id.to_string();
    let secrets: Vec<&Secret> = to.secrets.iter().collect();
    let mut headers = vec![
        ("x-payment-event", told.announcement.code().to_owned()),
        ("x-payment-id", payment_id(to.kind, told.intent_id)),
        ("webhook-id", id.clone()),
        ("webhook-timestamp", timestamp_s.to_string()),
        (
            "webhook-signature",
            sign::standard(&secrets, &id, timestamp_s, &told.body),
        ),
    ];
    let own = match (to.kind, to.secrets.first()) {
        (AddresseeKind::Endpoint, Some(secret)) => Some(("x-orqex-signature", sign::body_hex(secret, &told.body))),
        (AddresseeKind::IntentsEndpoint, Some(secret)) => {
            Some(("ikawaari-signature", sign::timed(secret, timestamp_s, &told.body)))
        }
        (AddresseeKind::PaymentUrl, _) | (_, None) => None,
    };
    headers.extend(own);
    Letter {
        url: to.url.clone(),
        headers,
        body: told.body,
    }
}

/// Each API speaks its own ids.
fn payment_id(kind: AddresseeKind, id: IntentId) -> String {
    match kind {
        AddresseeKind::IntentsEndpoint => id.payment_intents_spelling(),
        AddresseeKind::PaymentUrl | AddresseeKind::Endpoint => id.to_string(),
    }
}

impl Engine {
    /// A letter as an endpoint of this secret would get it now, for a receiver on a developer's own machine. `told` is the
    /// event, what it tells, and of which payment; `now_ms` is milliseconds UTC.
    pub fn development_letter(
        (url, secret): (&str, &Secret),
        told: (EventId, Announcement, IntentId),
        body: Vec<u8>,
        now_ms: i64,
    ) -> Letter {
        let (event_id, announcement, intent_id) = told;
        let to = Addressee {
            url: url.to_owned(),
            kind: AddresseeKind::Endpoint,
            secrets: vec![secret.clone()],
        };
        let told = Told {
            event_id,
            announcement,
            intent_id,
            body,
        };
        letter(&to, told, now_ms)
    }

    /// The headers that a delivery is sent with at `at_ms`, milliseconds UTC. What signs is shown as `…`.
    pub fn shown_headers(story: &DeliveryStory, at_ms: i64) -> Vec<(&'static str, String)> {
        let (view, delivery) = (&story.view, &story.view.delivery);
        let to = Addressee {
            url: view.url.clone(),
            kind: match view.endpoint_id {
                Some(_) => AddresseeKind::of(delivery.announcement.family()),
                None => AddresseeKind::PaymentUrl,
            },
            // Any: it is not shown what it makes.
            secrets: vec![Secret::of([0; 32])],
        };
        let told = Told {
            event_id: delivery.event_id,
            announcement: delivery.announcement,
            intent_id: delivery.intent_id,
            body: story.body.clone(),
        };
        let headers = letter(&to, told, at_ms).headers.into_iter();
        let shown = headers.map(|(name, value)| match name.ends_with("signature") {
            true => (name, "…".to_owned()),
            false => (name, value),
        });
        shown.collect()
    }
}
