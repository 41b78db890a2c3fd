//! The request to create a checkout: an intent without an attempt, what the payer cannot choose, and how the page looks.

use engine::commands::{CreateCheckout, Customization, Restriction};
use engine::domain::country::Country;
use engine::domain::language::Language;
use engine::webhooks::Destinations;

use super::fields::{Fields, Problems};
use super::{attempt, color, intent};
use crate::envelope::Problem;
use crate::json::Json;

const BRAND_CHARS_MAX: usize = 60;
const LIFETIME_MINUTES_DEFAULT: i64 = 60;

/// Reads a whole body; `destinations` says where webhooks may go.
pub(crate) fn read(body: &Json, destinations: Destinations) -> Result<CreateCheckout, Problem> {
    let mut problems = Problems::default();
    let command =
        Fields::of_body(body, &mut problems).and_then(|fields| read_fields(&fields, destinations, &mut problems));
    problems.conclude(command)
}

fn read_fields(fields: &Fields<'_>, destinations: Destinations, problems: &mut Problems) -> Option<CreateCheckout> {
    if fields.get("attempt").is_some() {
        problems.add(
            fields.path("attempt"),
            "A checkout starts its attempts itself, as its payer chooses.",
        );
    }
    let restriction = restriction(fields, problems);
    let customization = customization(fields, problems);
    let language = language(fields, problems);
    Some(CreateCheckout {
        restriction,
        customization,
        language,
        intent: intent::read_members(fields, (destinations, LIFETIME_MINUTES_DEFAULT), problems)?,
    })
}

/// Reads what the payer cannot choose.
pub(crate) fn restriction(fields: &Fields<'_>, problems: &mut Problems) -> Restriction {
    let Some(members) = fields.object("restriction", problems) else {
        return Restriction::default();
    };
    Restriction {
        country: members.read("country_code", Country::parse, problems),
        phone: attempt::phone(&members, problems).map(|phone| phone.e164().to_owned()),
    }
}

/// Reads how the page looks.
pub(crate) fn customization(fields: &Fields<'_>, problems: &mut Problems) -> Customization {
    let Some(members) = fields.object("customization", problems) else {
        return Customization::default();
    };
    Customization {
        color: members.read("color", color::read, problems),
        brand: brand(&members, problems),
    }
}

fn brand(fields: &Fields<'_>, problems: &mut Problems) -> Option<String> {
    let brand = fields.text("brand", BRAND_CHARS_MAX, problems)?;
    if brand.trim().is_empty() || brand.chars().any(char::is_control) {
        problems.add(fields.path("brand"), "Must be a name, without control characters.");
        return None;
    }
    Some(brand)
}

/// Reads the language of the page.
pub(crate) fn language(fields: &Fields<'_>, problems: &mut Problems) -> Option<Language> {
    let read = |text: &str| Language::parse(text).ok_or("must be `en` or `fr`");
    fields.read("locale", read, problems)
}
