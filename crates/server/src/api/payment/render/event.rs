//! Event bodies: what webhooks carry. Rendered once, in the transaction of the event.

use engine::domain::announcement::Announcement;
use engine::domain::currency::Currency;
use engine::domain::ids::{AttemptId, CustomerId, IntentId};
use engine::domain::money::Money;
use engine::render::EventToRender;
use engine::views::{AttemptView, Customer, Intent};
use serde::Serialize;
use serde_json::value::RawValue;

use super::amount::AmountBody;
use super::attempt::number;
use super::{intent, time};
use crate::versions;

/// An event.
#[derive(Serialize)]
pub(crate) struct EventBody {
    event: &'static str,
    payment: EventPayment,
    attempt: Option<EventAttempt>,
    customer: Option<EventCustomer>,
    timestamp: String,
    sequence: i64,
    api_version: &'static str,
}

#[derive(Serialize)]
struct EventPayment {
    id: String,
    amount: AmountBody,
    status: &'static str,
    metadata: Box<RawValue>,
}

#[derive(Serialize)]
struct EventAttempt {
    id: String,
    status: &'static str,
    method_code: &'static str,
    is_fallback: bool,
    /// In the attempt's currency; ours, as are the rates.
    amount: AmountBody,
    exchange_rate: Option<serde_json::Number>,
    correction_rate: Option<serde_json::Number>,
}

#[derive(Serialize)]
struct EventCustomer {
    id: String,
    email: Option<String>,
}

impl EventBody {
    /// Tells an event.
    pub(crate) fn of(event: &EventToRender<'_>) -> Self {
        Self {
            event: event.announcement.code(),
            payment: payment(&event.payment.intent),
            attempt: event.payment.active_attempt.as_ref().map(attempt),
            customer: event.payment.customer.as_ref().map(customer),
            timestamp: time::iso(event.at_ms),
            sequence: event.sequence,
            api_version: versions::CURRENT,
        }
    }

    /// What an event tells of a payment that does not exist, made when its id was.
    pub(crate) fn sample(announcement: Announcement, intent_id: IntentId) -> Option<Self> {
        let amount = Money::from_minor(50, Currency::parse("XOF").ok()?).ok()?;
        let (at_ms, (payment, attempt)) = (intent_id.at_ms(), sample_statuses(announcement));
        Some(Self {
            event: announcement.code(),
            payment: EventPayment {
                id: intent_id.to_string(),
                amount: AmountBody::of(amount),
                status: payment,
                metadata: intent::metadata("{}"),
            },
            attempt: attempt.map(|status| EventAttempt {
                id: AttemptId::new(at_ms, 1).to_string(),
                status,
                method_code: "momo_mtn",
                is_fallback: false,
                amount: AmountBody::of(amount),
                exchange_rate: None,
                correction_rate: None,
            }),
            customer: Some(EventCustomer {
                id: CustomerId::new(at_ms, 1).to_string(),
                email: Some("payer@example.com".to_owned()),
            }),
            timestamp: time::iso(at_ms),
            sequence: 1,
            api_version: versions::CURRENT,
        })
    }
}

/// How a payment and its latest attempt stand when an event is told.
fn sample_statuses(announcement: Announcement) -> (&'static str, Option<&'static str>) {
    use Announcement as A;
    match announcement {
        A::PaymentFailed => ("failed", Some("failed")),
        A::PaymentExpired => ("expired", None),
        A::AttemptFailed => ("pending", Some("failed")),
        A::AttemptActionRequired => ("pending", Some("action_required")),
        A::AmountMismatch => ("pending", Some("processing")),
        _ => ("completed", Some("completed")),
    }
}

fn payment(intent: &Intent) -> EventPayment {
    EventPayment {
        id: intent.id.to_string(),
        amount: AmountBody::of(intent.amount),
        status: intent::status(intent.state),
        metadata: intent::metadata(&intent.metadata),
    }
}

fn attempt(view: &AttemptView) -> EventAttempt {
    let attempt = &view.attempt;
    EventAttempt {
        id: attempt.id.to_string(),
        status: attempt.state.code(),
        method_code: attempt.method.code(),
        is_fallback: attempt.is_fallback,
        amount: AmountBody::of(attempt.amount),
        exchange_rate: attempt.exchange_rate.as_deref().and_then(number),
        correction_rate: attempt.correction_rate.as_deref().and_then(number),
    }
}

fn customer(customer: &Customer) -> EventCustomer {
    EventCustomer {
        id: customer.id.to_string(),
        email: customer.person.email.clone(),
    }
}
