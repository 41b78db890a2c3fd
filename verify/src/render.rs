//! Answers and events as short as they can be: the payment's id and where it stands.

use domain::scope::ApiFamily;
use engine::render::{EventToRender, Render, Rendered, Reply};

/// Renders for clients that are part of the harness.
pub(crate) struct Plain;

impl Render for Plain {
    fn reply(&self, _family: ApiFamily, reply: &Reply) -> Rendered {
        let view = match reply {
            Reply::Created(view)
            | Reply::Attempted(view)
            | Reply::CodeTaken(view)
            | Reply::Cancelled(view)
            | Reply::Updated(view)
            | Reply::CheckoutCreated(view) => view,
            Reply::Reconciled(reconciliation) => &reconciliation.after,
        };
        let attempt = view
            .active_attempt
            .as_ref()
            .map_or("none", |active| active.attempt.state.code());
        let body = format!("{} {} {attempt}", view.intent.id, view.intent.state.code());
        Rendered {
            status: 201,
            body: body.into_bytes(),
        }
    }

    fn event(&self, event: &EventToRender<'_>) -> Vec<u8> {
        format!("{} {}", event.announcement.code(), event.payment.intent.id).into_bytes()
    }
}
