//! Views of the engine as the payment API shows them: every published member, always, `null` when there is nothing. Pure:
//! the same view gives the same bytes. Never reads anything.

use std::sync::Arc;

use engine::domain::scope::ApiFamily;
use engine::render::{EventToRender, Render, Rendered, Reply};
use engine::views::PaymentView;
use serde::Serialize;

use crate::api::payment_intents;
use crate::envelope::Written;

pub(crate) mod amount;
pub(crate) mod attempt;
pub(crate) mod checkout;
pub(crate) mod customer;
pub(crate) mod discovery;
pub(crate) mod event;
pub(crate) mod intent;
pub(crate) mod link;
pub(crate) mod method;
pub(crate) mod next_action;
pub(crate) mod reconciliation;
pub(crate) mod time;

use checkout::CheckoutBody;
use event::EventBody;
use intent::IntentBody;
use reconciliation::ReconciliationBody;

/// Renders saved answers and event bodies: here in the payment API's shape, those of the payment-intents API in its own.
#[derive(Clone, Debug)]
pub struct PaymentRender {
    public_url: Arc<str>,
}

impl PaymentRender {
    /// `public_url` is how merchants reach the server: icons are addressed on it.
    pub fn new(public_url: &str) -> Self {
        Self {
            public_url: Arc::from(public_url.trim_end_matches('/')),
        }
    }

    fn intent(&self, status: u16, message: &str, view: &PaymentView) -> Rendered {
        rendered(
            status,
            &Written {
                message: message.to_owned(),
                data: IntentBody::of(view, &self.public_url),
            },
        )
    }
}

impl Render for PaymentRender {
    fn reply(&self, family: ApiFamily, reply: &Reply) -> Rendered {
        if family == ApiFamily::PaymentIntents {
            return payment_intents::render::reply(reply, &self.public_url);
        }
        match reply {
            Reply::Created(view) => self.intent(201, "Payment intent created.", view),
            Reply::Attempted(view) => self.intent(201, "Attempt started.", view),
            Reply::CodeTaken(view) => self.intent(200, "Code handed over.", view),
            Reply::Cancelled(view) => self.intent(200, "Payment intent cancelled.", view),
            Reply::Updated(view) => self.intent(200, "Payment intent changed.", view),
            Reply::CheckoutCreated(view) => rendered(
                201,
                &Written {
                    message: "Checkout created.".to_owned(),
                    data: CheckoutBody::of(view, &self.public_url),
                },
            ),
            Reply::Reconciled(found) => rendered(
                200,
                &Written {
                    message: "Payment intent reconciled.".to_owned(),
                    data: ReconciliationBody::of(found),
                },
            ),
        }
    }

    fn event(&self, event: &EventToRender<'_>) -> Vec<u8> {
        match event.announcement.family() {
            ApiFamily::PaymentIntents => payment_intents::render::event(event, &self.public_url),
            ApiFamily::Payment | ApiFamily::Admin => serde_json::to_vec(&EventBody::of(event)).unwrap_or_default(),
        }
    }
}

fn rendered(status: u16, value: &impl Serialize) -> Rendered {
    Rendered {
        status,
        body: serde_json::to_vec(value).unwrap_or_default(),
    }
}
