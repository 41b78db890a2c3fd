//! Lists of this API: pages that begin after or end before an object.

use engine::domain::ids::{CustomerId, IntentId};
use engine::domain::payment_status::PaymentStatus;
use serde::Serialize;
use utoipa::ToSchema;

use super::render::IntentObject;
use crate::api::payment::requests::fields::Problems;
use crate::envelope::Problem;
use crate::query::Query;

/// Rows of a page when nobody says how many.
const LIMIT_DEFAULT: i64 = 10;
const LIMIT_MAX: i64 = 100;

/// The word for a status that is published and never produced.
const NEVER_PRODUCED: &str = "requires_confirmation";

/// A page.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentList)]
pub(super) struct IntentList {
    /// `list`
    object: &'static str,
    /// Newest first.
    data: Vec<IntentObject>,
    /// Whether there is more beyond the page, the way that was asked for.
    has_more: bool,
    /// Where the next page begins: `starting_after` of the next request, or `ending_before` where that was given.
    next_cursor: Option<String>,
    /// Where this list is.
    url: &'static str,
}

impl IntentList {
    pub(super) fn of(data: Vec<IntentObject>, more_beyond: Option<IntentId>) -> Self {
        Self {
            object: "list",
            has_more: more_beyond.is_some(),
            next_cursor: more_beyond.map(|id| id.payment_intents_spelling()),
            data,
            url: "/api/v1/payment-intents",
        }
    }
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) limit: usize,
    pub(super) beyond: Beyond,
    pub(super) status: Wanted,
    pub(super) customer: Option<CustomerId>,
}

/// Where the page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    Newest,
    After(IntentId),
    Before(IntentId),
}

/// Which statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Any,
    Only(PaymentStatus),
    /// One that no payment ever has.
    None,
}

pub(super) fn read(query: &str) -> Result<Asked, Problem> {
    let mut problems = Problems::default();
    let names = ["limit", "starting_after", "ending_before", "status", "customer"];
    let query = Query::read(query, &names, &mut problems);
    let limit = query.value("limit", limit, &mut problems).unwrap_or(LIMIT_DEFAULT);
    let after = query.value("starting_after", intent, &mut problems);
    let before = query.value("ending_before", intent, &mut problems);
    let beyond = match (after, before) {
        (Some(_), Some(_)) => {
            problems.add("ending_before", "Give starting_after or ending_before, not both.");
            Beyond::Newest
        }
        (Some(id), None) => Beyond::After(id),
        (None, Some(id)) => Beyond::Before(id),
        (None, None) => Beyond::Newest,
    };
    let status = query.value("status", wanted, &mut problems).unwrap_or(Wanted::Any);
    let customer = query.value("customer", customer, &mut problems);
    problems.conclude(Some(Asked {
        limit: usize::try_from(limit).unwrap_or(0),
        beyond,
        status,
        customer,
    }))
}

fn limit(text: &str) -> Result<i64, String> {
    let number = text.parse().ok().filter(|number| (1..=LIMIT_MAX).contains(number));
    number.ok_or_else(|| format!("must be a number from 1 to {LIMIT_MAX}"))
}

fn intent(text: &str) -> Result<IntentId, &'static str> {
    IntentId::from_any_public(text).ok_or("must be the id of a payment intent, pi_…")
}

fn customer(text: &str) -> Result<CustomerId, &'static str> {
    CustomerId::from_public(text).ok_or("must be the id of a customer, cus_…")
}

fn wanted(text: &str) -> Result<Wanted, String> {
    if text == NEVER_PRODUCED {
        return Ok(Wanted::None);
    }
    PaymentStatus::parse(text).map(Wanted::Only).ok_or_else(|| {
        let known: Vec<&str> = PaymentStatus::ALL.iter().map(|status| status.code()).collect();
        format!("must be one of {}, {NEVER_PRODUCED}", known.join(", "))
    })
}
