//! What is asked of a webhook endpoint. Never judges a URL: that is for those who call it.

use engine::domain::announcement::Announcement;
use engine::domain::webhook::{DeliveryOrder, EventSelection};
use utoipa::ToSchema;

use super::FAMILY;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::Problem;
use crate::json::Json;

const DESCRIPTION_CHARS_MAX: usize = 200;
const HOUR_MS: i64 = 3_600_000;
/// A week.
const OVERLAP_HOURS_MAX: i64 = 168;
const OVERLAP_HOURS: i64 = 24;

/// An endpoint to be made.
#[derive(ToSchema)]
#[schema(as = WebhookEndpointInput, example = json!({
    "url": "https://shop.example.com/hook", "events": ["payment.completed", "payment.failed"], "description": "Shop"
}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct EndpointShape {
    /// Absolute http or https URL on the public internet, without user and password.
    url: String,
    /// Names of events, or `["*"]`; all when absent.
    events: Option<Vec<String>>,
    /// For people.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// `any` (when absent), or `per_payment`: an event waits until those of its payment before it are delivered or given up.
    order: Option<String>,
}

/// What is to be other than it is.
#[derive(ToSchema)]
#[schema(as = WebhookEndpointChangeInput, example = json!({"events": ["*"]}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct ChangeShape {
    /// Absolute http or https URL on the public internet, without user and password.
    url: Option<String>,
    /// Names of events, or `["*"]`.
    events: Option<Vec<String>>,
    /// For people.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// `any` or `per_payment`.
    order: Option<String>,
}

/// How a secret is replaced.
#[derive(ToSchema)]
#[schema(as = WebhookSecretRotationInput, example = json!({"overlap_hours": 24}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct RotateShape {
    /// For how long the one before signs too, in hours; 24 when absent.
    #[schema(minimum = 0, maximum = 168)]
    overlap_hours: Option<i64>,
}

/// What a body says of an endpoint.
pub(super) struct Wishes {
    pub(super) url: Option<String>,
    pub(super) description: Option<String>,
    pub(super) events: Option<EventSelection>,
    pub(super) order: Option<DeliveryOrder>,
}

impl Wishes {
    pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Self {
        let order = |text: &str| DeliveryOrder::parse(text).ok_or("Must be any or per_payment.");
        Self {
            url: fields.string("url", problems).map(str::to_owned),
            description: fields.text("description", DESCRIPTION_CHARS_MAX, problems),
            events: fields.get("events").and_then(|value| events(value, problems)),
            order: fields.read("order", order, problems),
        }
    }
}

fn events(value: &Json, problems: &mut Problems) -> Option<EventSelection> {
    let Json::List(items) = value else {
        problems.add("events", "Must be a list of names of events, or [\"*\"].");
        return None;
    };
    let name = |item: &Json| match item {
        Json::Text(text) if text == "*" => Some(EventSelection::All),
        Json::Text(text) => event(text).ok().map(|one| EventSelection::Only([one].into())),
        _ => None,
    };
    let mut chosen = None;
    for (index, item) in items.iter().enumerate() {
        match (name(item), &mut chosen) {
            (None, _) => problems.add(format!("events.{index}"), known()),
            (Some(EventSelection::All), _) => chosen = Some(EventSelection::All),
            (Some(EventSelection::Only(more)), Some(EventSelection::Only(some))) => some.extend(more),
            (Some(only), None) => chosen = Some(only),
            (Some(EventSelection::Only(_)), Some(EventSelection::All)) => {}
        }
    }
    if items.is_empty() {
        problems.add("events", "Must name at least one event, or be [\"*\"].");
    }
    chosen
}

/// Reads the name of an event of the payment API.
pub(super) fn event(text: &str) -> Result<Announcement, String> {
    let found = Announcement::of_family(FAMILY).find(|announcement| announcement.code() == text);
    found.ok_or_else(known)
}

fn known() -> String {
    let names: Vec<&str> = Announcement::of_family(FAMILY).map(Announcement::code).collect();
    format!("Must be the name of an event: one of {}.", names.join(", "))
}

/// For how long a secret that is replaced signs too, in milliseconds.
pub(in crate::api::admin) fn overlap_ms(body: &Json) -> Result<i64, Problem> {
    let mut problems = Problems::default();
    let hours = Fields::of_body(body, &mut problems).map(|fields| {
        let hours = fields.whole("overlap_hours", (0, OVERLAP_HOURS_MAX), &mut problems);
        hours.unwrap_or(OVERLAP_HOURS)
    });
    Ok(problems.conclude(hours)? * HOUR_MS)
}
