//! Attempts as the API shows them.

use engine::domain::attempt::AttemptState;
use engine::domain::failure::Failure;
use engine::domain::permit::{ChargeKnowledge, PermitState};
use engine::views::{AttemptView, Permit};
use serde::Serialize;
use utoipa::ToSchema;

use super::amount::AmountBody;
use super::method::MethodBody;
use super::next_action::NextActionBody;
use super::time;

/// An attempt to have an intent paid.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(crate) struct AttemptBody {
    /// `att_…`
    id: String,
    /// The intent that it is to pay.
    intent_id: String,
    /// How the attempt stands.
    #[schema(example = "action_required")]
    status: &'static str,
    /// How the payer pays.
    method: MethodBody,
    /// What is to be paid, in the attempt's currency.
    amount: AmountBody,
    /// Units of the attempt's currency per unit of the intent's; null when they are equal.
    #[schema(value_type = Option<f64>)]
    exchange_rate: Option<serde_json::Number>,
    /// The merchant's factor on top of it; null when the currencies are equal.
    #[schema(value_type = Option<f64>)]
    correction_rate: Option<serde_json::Number>,
    /// Who takes the money.
    gateway: GatewayBody,
    /// What the payer must do, while `status` is `action_required`.
    next_action: Option<NextActionBody>,
    /// Why it failed, or why the payer's last try did.
    failure: Option<FailureBody>,
    /// Whether it runs elsewhere because the first choice failed.
    is_fallback: bool,
    /// When it took the money.
    completed_at: Option<String>,
    /// When it failed.
    failed_at: Option<String>,
    /// When it was started.
    created_at: String,
}

/// The gateway of an attempt.
#[derive(Serialize, ToSchema)]
#[schema(as = Gateway)]
pub(crate) struct GatewayBody {
    /// Its code; null when none was found.
    code: Option<String>,
    /// The transaction at it; null when none was found.
    transaction: Option<TransactionBody>,
}

/// A transaction at a gateway.
#[derive(Serialize, ToSchema)]
#[schema(as = GatewayTransaction)]
pub(crate) struct TransactionBody {
    /// `txn_…`
    id: String,
    /// The reference that we chose before calling the provider.
    reference: String,
    /// The provider's own id.
    external_id: Option<String>,
    /// How the transaction stands, in our words.
    #[schema(example = "pending")]
    status: &'static str,
}

/// Why an attempt did not bring money.
#[derive(Serialize, ToSchema)]
#[schema(as = Failure)]
pub(crate) struct FailureBody {
    /// Stable code.
    #[schema(example = "insufficient_funds")]
    code: &'static str,
    /// One sentence for developers and support.
    message: &'static str,
    /// Who or what the cause lies with.
    #[schema(example = "funds")]
    category: &'static str,
    /// The provider's own word for it, where it gave one.
    gateway_code: Option<String>,
}

impl AttemptBody {
    /// Shows an attempt.
    pub(crate) fn of(view: &AttemptView, public_url: &str) -> Self {
        let AttemptView { attempt, permit } = view;
        let (completed_at, failed_at) = match &attempt.state {
            AttemptState::Completed { at_ms } => (Some(time::iso(*at_ms)), None),
            AttemptState::Failed { at_ms, .. } => (None, Some(time::iso(*at_ms))),
            AttemptState::Processing(_) | AttemptState::ActionRequired(..) | AttemptState::Cancelled { .. } => {
                (None, None)
            }
        };
        Self {
            id: attempt.id.to_string(),
            intent_id: attempt.intent_id.to_string(),
            status: attempt.state.code(),
            method: MethodBody::of(attempt.method, public_url),
            amount: AmountBody::of(attempt.amount),
            exchange_rate: attempt.exchange_rate.as_deref().and_then(number),
            correction_rate: attempt.correction_rate.as_deref().and_then(number),
            gateway: GatewayBody {
                code: attempt.gateway_code.clone(),
                transaction: permit.as_ref().map(TransactionBody::of),
            },
            next_action: attempt.state.next_action().map(NextActionBody::of),
            failure: attempt.state.failure().map(FailureBody::of),
            is_fallback: attempt.is_fallback,
            completed_at,
            failed_at,
            created_at: time::iso(attempt.created_at_ms),
        }
    }
}

impl TransactionBody {
    fn of(permit: &Permit) -> Self {
        let status = match permit.state {
            PermitState::Paid => "succeeded",
            PermitState::Dead(_) => "failed",
            PermitState::Sent(ChargeKnowledge::Unknown) => "unknown",
            PermitState::Open | PermitState::Sent(ChargeKnowledge::InFlight | ChargeKnowledge::Accepted) => "pending",
        };
        Self {
            id: permit.id.to_string(),
            reference: permit.merchant_ref.clone(),
            external_id: permit.external_id.clone(),
            status,
        }
    }
}

impl FailureBody {
    fn of(failure: &Failure) -> Self {
        Self {
            code: failure.code.code(),
            message: failure.code.message(),
            category: failure.code.category().code(),
            gateway_code: failure.gateway_code.clone(),
        }
    }
}

/// An exact decimal text as a JSON number.
pub(super) fn number(text: &str) -> Option<serde_json::Number> {
    serde_json::from_str(text).ok()
}
