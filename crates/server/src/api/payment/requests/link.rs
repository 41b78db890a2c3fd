//! The requests to make and to change a payment link. Read with the readers of a checkout, which every visit makes.

use engine::domain::currency::Currency;
use engine::domain::link::{LinkAmount, LinkSwitch, LinkUse, ReceiptWish};
use engine::links::{CreateLink, UpdateLink};

use super::fields::{Fields, Problems};
use super::{address, checkout, intent, metadata};
use crate::envelope::Problem;
use crate::json::Json;
use crate::query::first_ms;

/// Reads a link to be made; `now_ms` is the time, milliseconds UTC.
pub(crate) fn read(body: &Json, now_ms: i64) -> Result<CreateLink, Problem> {
    let mut problems = Problems::default();
    let command = Fields::of_body(body, &mut problems).and_then(|fields| members(&fields, now_ms, &mut problems));
    problems.conclude(command)
}

/// Reads what is to change of a link; `now_ms` is the time, milliseconds UTC.
pub(crate) fn read_changes(body: &Json, now_ms: i64) -> Result<UpdateLink, Problem> {
    let mut problems = Problems::default();
    let changes = Fields::of_body(body, &mut problems).map(|fields| {
        let expires_at_ms = match fields.removes("expires_at") {
            true => Some(None),
            false => expiry(&fields, now_ms, &mut problems).map(Some),
        };
        if fields.removes("description") {
            problems.add("description", "A link keeps a description.");
        }
        UpdateLink {
            description: intent::description(&fields, &mut problems),
            switch: fields.boolean("active", &mut problems).map(switch),
            expires_at_ms,
        }
    });
    problems.conclude(changes)
}

/// What `active` asks for.
pub(crate) fn switch(active: bool) -> LinkSwitch {
    match active {
        true => LinkSwitch::On,
        false => LinkSwitch::Off,
    }
}

/// Reads how often a link may be paid.
pub(crate) fn usage(text: &str) -> Result<LinkUse, &'static str> {
    LinkUse::parse(text).ok_or("must be reusable or single")
}

fn members(fields: &Fields<'_>, now_ms: i64, problems: &mut Problems) -> Option<CreateLink> {
    fields.require(&["currency", "description"], problems);
    let currency = fields.read("currency", Currency::parse, problems);
    let amount = amount(fields, currency, problems);
    let receipt = |text: &str| ReceiptWish::parse(text).ok_or("must be off, optional or required");
    let usage = fields.read("usage", usage, problems).unwrap_or(LinkUse::Reusable);
    let receipt = fields.read("receipt", receipt, problems);
    let description = intent::description(fields, problems);
    let return_url = fields.read("return_url", address::web, problems);
    let metadata = metadata::read(fields, problems);
    let restriction = checkout::restriction(fields, problems);
    let customization = checkout::customization(fields, problems);
    let language = checkout::language(fields, problems);
    let expires_at_ms = expiry(fields, now_ms, problems);
    Some(CreateLink {
        usage,
        receipt: receipt.unwrap_or(ReceiptWish::Optional),
        return_url,
        metadata,
        restriction,
        customization,
        language,
        expires_at_ms,
        // Last, so that every other member has been read when there is none.
        description: description?,
        amount: amount?,
    })
}

/// A fixed amount, or else the bounds of one that the payer enters.
fn amount(fields: &Fields<'_>, currency: Option<Currency>, problems: &mut Problems) -> Option<LinkAmount> {
    let fixed = intent::amount(fields, "amount", currency, problems);
    let min = intent::amount(fields, "amount_min", currency, problems);
    let max = intent::amount(fields, "amount_max", currency, problems);
    if fields.get("amount").is_some() {
        for name in ["amount_min", "amount_max"] {
            if fields.get(name).is_some() {
                problems.add(
                    fields.path(name),
                    "A link with an amount has no bounds: the payer enters nothing.",
                );
            }
        }
        return fixed.map(LinkAmount::Fixed);
    }
    let min = min.or(intent::least(currency?))?;
    if max.is_some_and(|max| max.minor() < min.minor()) {
        problems.add(fields.path("amount_max"), format!("Must be at least {min}."));
    }
    Some(LinkAmount::Entered { min, max })
}

fn expiry(fields: &Fields<'_>, now_ms: i64, problems: &mut Problems) -> Option<i64> {
    let at_ms = fields.read("expires_at", first_ms, problems)?;
    if at_ms <= now_ms {
        problems.add(fields.path("expires_at"), "Must be in the future.");
    }
    Some(at_ms)
}
