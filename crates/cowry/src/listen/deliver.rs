//! The delivery of an event to a developer's receiver: the letter that an endpoint would get, sent once.

use engine::Engine;
use engine::domain::announcement::Announcement;
use engine::domain::ids::{EventId, IntentId};
use engine::webhooks::{Destinations, Secret, SendFailure, Sender, WebhookUrl};
use engine::world::World;

use crate::failure::Failure;
use crate::feed::Event;

/// Reads where events are forwarded to: also to this machine.
pub(super) fn address(url: &str) -> Result<WebhookUrl, Failure> {
    let read = WebhookUrl::parse(url, Destinations::PrivateToo);
    read.map_err(|refusal| Failure::usage(format!("--forward-to: {refusal}")))
}

/// Where events are forwarded to, and how they are signed.
pub(super) struct Receiver {
    sender: Sender,
    url: String,
    secret: Secret,
}

/// What became of a letter.
pub(super) struct Delivered {
    /// The status of the answer, or why there is none.
    pub(super) answer: Result<u16, SendFailure>,
    pub(super) took_ms: i64,
}

impl Delivered {
    pub(super) fn is_success(&self) -> bool {
        matches!(self.answer, Ok(200..=299))
    }
}

impl Receiver {
    pub(super) fn new(url: &WebhookUrl, secret: &str) -> Result<Self, Failure> {
        let secret = Secret::parse(secret).ok_or_else(|| {
            Failure::usage(
                "--secret must be whsec_ and the base64 of 24 to 64 bytes, as `cowry webhooks create` shows it",
            )
        })?;
        Ok(Self {
            sender: Sender::sockets(World::system(), Destinations::PrivateToo).map_err(Failure::new)?,
            url: url.as_str().to_owned(),
            secret,
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// Sends the event. A receiver that is down is an outcome like any other.
    pub(super) async fn deliver(&self, event: &Event) -> Result<Delivered, Failure> {
        let known = (
            EventId::from_public(&event.id),
            Announcement::parse(&event.name),
            IntentId::from_any_public(&event.payment_id),
        );
        let (Some(id), Some(announcement), Some(intent_id)) = known else {
            return Err(Failure::new(format!(
                "the event {} {} is not known to this program: is the server newer?",
                event.name, event.id
            )));
        };
        let told = (id, announcement, intent_id);
        let body = event.body.get().as_bytes().to_vec();
        let letter = Engine::development_letter((&self.url, &self.secret), told, body, World::system().now_ms());
        Ok(match self.sender.send(letter).await {
            Ok(answer) => Delivered {
                answer: Ok(answer.status),
                took_ms: answer.took_ms,
            },
            Err((failure, took_ms)) => Delivered {
                answer: Err(failure),
                took_ms,
            },
        })
    }
}
