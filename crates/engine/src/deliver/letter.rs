//! What is put into a delivery: headers, signatures, body. Never sends it.

use domain::announcement::Announcement;
use domain::ids::{EventId, IntentId};
use webhooks::{Letter, Secret, sign};

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
        ("x-payment-id", told.intent_id.to_string()),
        ("webhook-id", id.clone()),
        ("webhook-timestamp", timestamp_s.to_string()),
        (
            "webhook-signature",
            sign::standard(&secrets, &id, timestamp_s, &told.body),
        ),
    ];
    if let (AddresseeKind::Endpoint, Some(secret)) = (to.kind, to.secrets.first()) {
        headers.push(("x-orqex-signature", sign::body_hex(secret, &told.body)));
    }
    Letter {
        url: to.url.clone(),
        headers,
        body: told.body,
    }
}
