//! Payments and events as this API shows them: exactly eleven members, always.

use engine::domain::next_action::NextAction;
use engine::domain::payment_status::PaymentStatus;
use engine::domain::permit::{DeathProof, PermitState};
use engine::domain::scope::Environment;
use engine::door;
use engine::render::{EventToRender, Rendered, Reply};
use engine::views::PaymentView;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{errors, metadata};
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

/// A payment intent.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentObject)]
pub(crate) struct IntentObject {
    /// `pi_…`
    id: String,
    /// `payment_intent`
    object: &'static str,
    /// When it was made, in Unix seconds.
    created: i64,
    /// Whether it moves real money.
    livemode: bool,
    /// In the smallest unit of the currency.
    amount: i64,
    /// ISO 4217.
    currency: &'static str,
    /// How the payment stands.
    #[schema(example = "requires_payment_method")]
    status: &'static str,
    /// What for.
    description: Option<String>,
    /// The merchant's own pairs of strings.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    metadata: Map<String, Value>,
    /// What the payer must do.
    next_action: Option<NextActionObject>,
    /// `cus_…`
    customer: Option<String>,
}

/// What the payer must do.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = IntentNextAction)]
pub(crate) enum NextActionObject {
    /// Confirm the prompt on the phone.
    MobileMoneyUssd {
        /// What to tell the payer.
        mobile_money_ussd: Ussd,
    },
    /// Go to a page.
    RedirectToUrl {
        /// Which.
        redirect_to_url: RedirectTo,
    },
}

/// A prompt on the phone.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentUssd)]
pub(crate) struct Ussd {
    /// What to tell the payer.
    message: String,
}

/// A page.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentRedirect)]
pub(crate) struct RedirectTo {
    /// Where the payer goes.
    url: String,
    /// Where the payer comes back to.
    return_url: Option<String>,
}

impl IntentObject {
    /// Shows a payment.
    pub(crate) fn of(view: &PaymentView, public_url: &str) -> Self {
        let intent = &view.intent;
        Self {
            id: intent.id.payment_intents_spelling(),
            object: "payment_intent",
            created: intent.created_at_ms.div_euclid(1_000),
            livemode: view.scope.environment == Environment::Live,
            amount: intent.amount.minor(),
            currency: intent.amount.currency().code(),
            status: status(view).code(),
            description: intent.description.clone(),
            metadata: metadata::shown(&intent.metadata),
            next_action: next_action(view, public_url),
            customer: intent.customer_id.map(|id| id.to_string()),
        }
    }
}

/// How a payment is named.
pub(crate) fn status(view: &PaymentView) -> PaymentStatus {
    let attempt = view.active_attempt.as_ref().map(|active| &active.attempt.state);
    PaymentStatus::of(view.intent.state, attempt)
}

fn next_action(view: &PaymentView, public_url: &str) -> Option<NextActionObject> {
    if view.intent.state.is_final() {
        return None;
    }
    let action = view.active_attempt.as_ref()?.attempt.state.next_action()?;
    let redirect = |url: String| NextActionObject::RedirectToUrl {
        redirect_to_url: RedirectTo {
            url,
            return_url: view.intent.return_url.clone(),
        },
    };
    Some(match action {
        NextAction::Approval { message, .. } => NextActionObject::MobileMoneyUssd {
            mobile_money_ussd: Ussd {
                message: message.en.clone(),
            },
        },
        NextAction::Redirect { url, .. } => redirect(url.clone()),
        // Codes are asked for and shown on our own page.
        NextAction::Otp { .. } | NextAction::QrCode { .. } => {
            redirect(format!("{public_url}{}", door::payment_path(view)))
        }
    })
}

/// The answer to a write.
pub(crate) fn reply(reply: &Reply, public_url: &str) -> Rendered {
    let (status, view) = match reply {
        Reply::Created(view) | Reply::CheckoutCreated(view) => (201, view),
        Reply::Attempted(view) if was_never_asked(view) => return refused(ErrorCode::PayerNotReached),
        Reply::Attempted(view) | Reply::CodeTaken(view) | Reply::Cancelled(view) | Reply::Updated(view) => (200, view),
        Reply::Reconciled(found) => (200, &found.after),
    };
    Rendered {
        status,
        body: serde_json::to_vec(&IntentObject::of(view, public_url)).unwrap_or_default(),
    }
}

/// Whether a confirmation ended without anybody having been asked: it may be tried again.
fn was_never_asked(view: &PaymentView) -> bool {
    let Some(active) = &view.active_attempt else {
        return false;
    };
    let unasked = active.permit.as_ref().is_none_or(|permit| {
        matches!(
            permit.state,
            PermitState::Dead(DeathProof::NeverSent | DeathProof::NotProcessed)
        )
    });
    unasked && active.attempt.state.is_final() && status(view) == PaymentStatus::RequiresPaymentMethod
}

fn refused(code: ErrorCode) -> Rendered {
    let (status, body) = errors::told(&Problem::new(code));
    Rendered {
        status: status.as_u16(),
        body,
    }
}

/// The body of an event.
pub(crate) fn event(event: &EventToRender<'_>, public_url: &str) -> Vec<u8> {
    let body = json!({
        "id": event.id.to_string(),
        "object": "event",
        "type": event.announcement.code(),
        "created": event.at_ms.div_euclid(1_000),
        "livemode": event.payment.scope.environment == Environment::Live,
        "data": IntentObject::of(event.payment, public_url),
    });
    body.to_string().into_bytes()
}
