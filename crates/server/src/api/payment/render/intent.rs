//! Payment intents and their customers as the API shows them.

use engine::domain::intent::IntentState;
use engine::views::{Customer, PaymentView};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::amount::AmountBody;
use super::attempt::AttemptBody;
use super::time;

/// A payment intent.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentIntent)]
pub(crate) struct IntentBody {
    /// `TRX…`
    id: String,
    /// How the payment stands.
    #[schema(example = "pending")]
    status: &'static str,
    /// What is to be paid.
    amount: AmountBody,
    /// The payer.
    customer: Option<CustomerBody>,
    /// What for.
    description: Option<String>,
    /// Where the payer goes afterwards.
    return_url: Option<String>,
    /// The payment's own webhook.
    webhook_url: Option<String>,
    /// What stands on the payer's statement.
    statement_descriptor: Option<String>,
    /// Where the receipt goes.
    receipt_email: Option<String>,
    /// The merchant's own pairs, as they were given.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    metadata: Box<RawValue>,
    /// The latest attempt, also after it ended.
    active_attempt: Option<AttemptBody>,
    /// When it was paid.
    completed_at: Option<String>,
    /// When it was cancelled.
    cancelled_at: Option<String>,
    /// After this no attempt starts.
    expires_at: String,
    /// When it was made.
    created_at: String,
}

/// A customer.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub(crate) struct CustomerBody {
    /// `cus_…`
    id: String,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// A picture; always null so far.
    avatar_url: Option<String>,
}

impl IntentBody {
    /// Shows an intent.
    pub(crate) fn of(view: &PaymentView, public_url: &str) -> Self {
        let intent = &view.intent;
        let at = |at_ms: Option<i64>| at_ms.map(time::iso);
        Self {
            id: intent.id.to_string(),
            status: status(intent.state),
            amount: AmountBody::of(intent.amount),
            customer: view.customer.as_ref().map(CustomerBody::of),
            description: intent.description.clone(),
            return_url: intent.return_url.clone(),
            webhook_url: intent.webhook_url.clone(),
            statement_descriptor: intent.statement_descriptor.clone(),
            receipt_email: intent.receipt_email.clone(),
            metadata: metadata(&intent.metadata),
            active_attempt: view
                .active_attempt
                .as_ref()
                .map(|attempt| AttemptBody::of(attempt, public_url)),
            completed_at: at(match intent.state {
                IntentState::Completed { at_ms } => Some(at_ms),
                _ => None,
            }),
            cancelled_at: at(match intent.state {
                IntentState::Cancelled { at_ms } => Some(at_ms),
                _ => None,
            }),
            expires_at: time::iso(intent.expires_at_ms),
            created_at: time::iso(intent.created_at_ms),
        }
    }
}

impl CustomerBody {
    fn of(customer: &Customer) -> Self {
        let person = &customer.person;
        Self {
            id: customer.id.to_string(),
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            email: person.email.clone(),
            avatar_url: None,
        }
    }
}

/// The published status of an intent.
pub(crate) fn status(state: IntentState) -> &'static str {
    match state {
        IntentState::Open | IntentState::Mismatched => "pending",
        IntentState::Completed { .. } => "completed",
        IntentState::Failed { .. } => "failed",
        IntentState::Expired { .. } | IntentState::Cancelled { .. } => "expired",
    }
}

/// The stored text of an object as JSON; an empty object should it ever not be JSON.
pub(crate) fn metadata(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
