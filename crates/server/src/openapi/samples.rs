//! Example answers of the document: one payment in several states, drawn by the same code that draws real ones.

mod checkouts;

use engine::catalogue::Catalogue;
use engine::domain::attempt::AttemptState;
use engine::domain::country::Country;
use engine::domain::currency::Currency;
use engine::domain::ids::{AccountId, AttemptId, CustomerId, IntentId, PermitId, ProjectId, ReconciliationId};
use engine::domain::intent::IntentState;
use engine::domain::method::MethodCode;
use engine::domain::money::Money;
use engine::domain::next_action::{NextAction, Text};
use engine::domain::permit::{ChargeKnowledge, PermitState};
use engine::domain::scope::{ApiFamily, Environment, Scope};
use engine::render::{Render, Reply};
use engine::views::{Answered, Attempt, AttemptView, Customer, Intent, PaymentView, Permit, Person, Reconciliation};
use engine::{AnyCountry, Availability, PayableCountries, PayableMethod};
use serde_json::{Value, json};

use crate::api::payment::render::PaymentRender;
use checkouts::checkout;

use crate::api::payment::render::attempt::AttemptBody;
use crate::api::payment::render::customer::{CustomerDetailsBody, changed};
use crate::api::payment::render::discovery::{CountriesBody, PayableMethodsBody};
use crate::api::payment::render::intent::IntentBody;
use crate::envelope::Single;
use engine::domain::language::Language;

/// 2026-06-08T12:00:00Z.
const AT_MS: i64 = 1_780_920_000_000;
const DAY_MS: i64 = 86_400_000;
const PROMPT_MS: i64 = 120_000;
/// The same random bits for every id: examples must not change from build to build.
const BITS: u128 = 0x0123_4567_89ab_cdef_0123;

/// Operation, status and body of every example.
pub(super) fn answers(public_url: &str) -> Vec<(&'static str, u16, Value)> {
    let render = PaymentRender::new(public_url);
    let Some(views) = views() else { return Vec::new() };
    let written = |reply: &Reply| parsed(&render.reply(ApiFamily::Payment, reply).body);
    let single = |value: Value| json!({"data": value});
    let page = |value: Value, path: &str| {
        json!({"data": [value], "pagination": {
            "count": 1, "path": format!("{public_url}{path}"), "per_page": 10, "next_cursor": null, "next_page_url": null,
            "prev_cursor": null, "prev_page_url": null, "has_more_pages": false, "has_pages": false,
        }})
    };
    let intent = shown(&Single {
        data: IntentBody::of(&views.prompted, public_url),
    });
    let attempt = views
        .prompted
        .active_attempt
        .as_ref()
        .map(|view| AttemptBody::of(view, public_url));
    let attempt = shown(&attempt);
    let data = intent.get("data").cloned().unwrap_or_default();
    let known = shown(&CustomerDetailsBody::of(&customer()));
    let created = written(&Reply::CheckoutCreated(checkout(views.prompted.clone())));
    let mut answers = checkouts::answers(created, &views.prompted, public_url, page);
    answers.extend([
        (
            "create_payment_intent",
            201,
            written(&Reply::Created(views.prompted.clone())),
        ),
        ("get_payment_intent", 200, intent),
        ("list_payment_intents", 200, page(data, "/v1/payment/intents")),
        ("list_payable_countries", 200, shown(&payable_countries())),
        ("list_payable_methods", 200, shown(&payable_methods(public_url))),
        ("start_attempt", 201, written(&Reply::Attempted(views.prompted.clone()))),
        ("get_attempt", 200, single(attempt.clone())),
        (
            "list_attempts",
            200,
            page(
                attempt,
                &format!("/v1/payment/intents/{}/attempts", views.prompted.intent.id),
            ),
        ),
        ("list_customers", 200, page(known.clone(), "/v1/customers")),
        ("get_customer", 200, single(known)),
        ("update_customer", 200, parsed(&changed(&customer()).body)),
        ("submit_otp", 200, written(&Reply::CodeTaken(views.paid.clone()))),
        (
            "cancel_payment_intent",
            200,
            written(&Reply::Cancelled(views.cancelled)),
        ),
        (
            "reconcile_payment_intent",
            200,
            written(&Reply::Reconciled(Box::new(reconciliation(views.prompted, views.paid)))),
        ),
    ]);
    answers
}

/// Countries as a payer in the sandbox is shown them.
fn payable_countries() -> CountriesBody {
    let here = Catalogue::builtin()
        .ok()
        .and_then(|catalogue| catalogue.country(Country::parse("CI").ok()?));
    let found = PayableCountries {
        countries: here.into_iter().collect(),
        known: None,
        any_country: AnyCountry::Supported,
    };
    CountriesBody::of(&found, Language::English)
}

fn payable_methods(public_url: &str) -> PayableMethodsBody {
    let offer = Catalogue::builtin().ok().and_then(|catalogue| {
        let method = MethodCode::parse("momo_mtn").ok()?;
        catalogue.offer(method, Country::parse("CI").ok()?)
    });
    let found: Vec<PayableMethod> = offer
        .into_iter()
        .map(|offer| PayableMethod {
            offer,
            currencies: offer.currencies().collect(),
            price: None,
            availability: Availability::Available,
        })
        .collect();
    PayableMethodsBody::of(&found, public_url, Language::English)
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn shown(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

struct Views {
    prompted: PaymentView,
    paid: PaymentView,
    cancelled: PaymentView,
}

fn views() -> Option<Views> {
    let amount = Money::from_minor(50, Currency::parse("XOF").ok()?).ok()?;
    let intent = intent(amount);
    let scope = Scope {
        project_id: ProjectId::new(0, 0),
        environment: Environment::Live,
    };
    let prompted = PaymentView {
        scope,
        active_attempt: Some(attempt(&intent)?),
        customer: Some(customer()),
        checkout: None,
        intent,
    };
    let mut paid = prompted.clone();
    paid.intent.state = IntentState::Completed { at_ms: AT_MS + 9000 };
    if let Some(view) = &mut paid.active_attempt {
        view.attempt.state = AttemptState::Completed { at_ms: AT_MS + 9000 };
        view.permit = view.permit.take().map(|permit| Permit {
            state: PermitState::Paid,
            ..permit
        });
    }
    let mut cancelled = prompted.clone();
    cancelled.intent.state = IntentState::Cancelled { at_ms: AT_MS + 9000 };
    cancelled.active_attempt = None;
    Some(Views {
        prompted,
        paid,
        cancelled,
    })
}

fn intent(amount: Money) -> Intent {
    Intent {
        id: IntentId::new(AT_MS, BITS),
        version: 1,
        state: IntentState::Open,
        amount,
        customer_id: Some(CustomerId::new(AT_MS, BITS)),
        description: Some("Order 1024".to_owned()),
        return_url: Some("https://shop.example.com/thanks".to_owned()),
        webhook_url: None,
        statement_descriptor: None,
        receipt_email: None,
        metadata: r#"{"order_id":"1024"}"#.to_owned(),
        family: ApiFamily::Payment,
        checkout_id: None,
        payer_language: None,
        fail_with_attempt: false,
        ref_seed: String::new(),
        attempts_made: 1,
        permits_made: 1,
        events_made: 1,
        intents_events_made: 0,
        countries: engine::commands::Countries::default(),
        active_attempt_id: Some(AttemptId::new(AT_MS, BITS)),
        routing_revision: Some(1),
        created_at_ms: AT_MS,
        expires_at_ms: AT_MS + DAY_MS,
    }
}

fn customer() -> Customer {
    let person = Person {
        email: Some("payer@example.com".to_owned()),
        first_name: Some("Awa".to_owned()),
        last_name: Some("Diop".to_owned()),
        ..Person::default()
    };
    Customer {
        id: CustomerId::new(AT_MS, BITS),
        person,
        created_at_ms: AT_MS,
    }
}

fn attempt(intent: &Intent) -> Option<AttemptView> {
    let message = Text {
        en: "Approve the payment of 50 XOF on your phone.".to_owned(),
        fr: "Validez le paiement de 50 XOF sur votre téléphone.".to_owned(),
    };
    let action = NextAction::Approval {
        message,
        ussd_code: None,
        expires_at_ms: Some(AT_MS + PROMPT_MS),
    };
    let attempt = Attempt {
        id: AttemptId::new(AT_MS, BITS),
        intent_id: intent.id,
        number: 1,
        version: 1,
        state: AttemptState::ActionRequired(action, None),
        method: MethodCode::parse("momo_mtn").ok()?,
        country: Country::parse("CI").ok()?,
        instrument_id: None,
        amount: intent.amount,
        exchange_rate: None,
        correction_rate: None,
        gateway_code: Some("gateway_a".to_owned()),
        account_id: Some(AccountId::new(AT_MS, BITS)),
        fallbacks_before: 0,
        route: Vec::new(),
        is_fallback: false,
        scenario: None,
        codes_refused: 0,
        created_at_ms: AT_MS,
    };
    let permit = Permit {
        id: PermitId::new(AT_MS, BITS),
        intent_id: intent.id,
        attempt_id: attempt.id,
        number: 1,
        account_id: AccountId::new(AT_MS, BITS),
        merchant_ref: "7Q2M4N8P6R5S3T1V9W0X".to_owned(),
        amount: intent.amount,
        state: PermitState::Sent(ChargeKnowledge::Accepted),
        acknowledged: true,
        external_id: Some("op-5f1c9e".to_owned()),
        captured_minor: 0,
        refund_reserved_minor: 0,
        sent_at_ms: Some(AT_MS),
        ended_at_ms: None,
        asked_after_death: 0,
        created_at_ms: AT_MS,
    };
    Some(AttemptView {
        attempt,
        permit: Some(permit),
    })
}

fn reconciliation(before: PaymentView, after: PaymentView) -> Reconciliation {
    Reconciliation {
        id: ReconciliationId::new(AT_MS, BITS),
        requeried: vec![AttemptId::new(AT_MS, BITS)],
        before,
        after,
        answered: Answered::Yes,
        created_at_ms: AT_MS + 9000,
        completed_at_ms: Some(AT_MS + 9000),
    }
}
