//! The payer in a request: a new one, and changes of a known one.

use engine::commands::{Person, UpdateCustomer};
use engine::domain::country::Country;
use engine::domain::phone::{Phone, PhoneError};

use super::address;
use super::fields::{Fields, Problems, sentence};
use crate::envelope::Problem;
use crate::json::Json;

/// Characters of a name, a street, a city and the like.
const TEXT_CHARS_MAX: usize = 255;

/// Reads the members of a customer.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Person {
    let country = fields.read("country", Country::parse, problems);
    let email = fields.read("email", address::email, problems);
    let phone = phone_of(fields, country, problems);
    if fields.get("email").is_none() && fields.get("phone").is_none() {
        problems.add(fields.path("email"), "An e-mail address is required, or else a phone.");
    }
    let mut text = |name| fields.text(name, TEXT_CHARS_MAX, problems);
    Person {
        email,
        phone: phone.map(|phone| phone.e164().to_owned()),
        first_name: text("first_name"),
        last_name: text("last_name"),
        address: text("address"),
        city: text("city"),
        state: text("state"),
        zip: text("zip"),
        country: country.map(|country| country.code().to_owned()),
    }
}

/// Reads what is to change of a customer, where `null` takes a value away. A national number is one of the country that the
/// change names, or else of `home`, which is known already.
pub(crate) fn read_changes(body: &Json, home: Option<Country>) -> Result<UpdateCustomer, Problem> {
    let mut problems = Problems::default();
    let fields = Fields::of_body(body, &mut problems);
    let changes = fields.map(|fields| changes(&fields, home, &mut problems));
    problems.conclude(changes)
}

fn changes(fields: &Fields<'_>, home: Option<Country>, problems: &mut Problems) -> UpdateCustomer {
    let country = fields.read("country", Country::parse, problems);
    let known = home.filter(|_| fields.get("country").is_none() && !fields.removes("country"));
    let home = country.or(known);
    let email = fields.read("email", address::email, problems);
    let phone = phone_of(fields, home, problems);
    let change = |name, value: Option<String>| match fields.removes(name) {
        true => Some(None),
        false => value.map(Some),
    };
    let mut text = |name| change(name, fields.text(name, TEXT_CHARS_MAX, problems));
    UpdateCustomer {
        first_name: text("first_name"),
        last_name: text("last_name"),
        address: text("address"),
        city: text("city"),
        state: text("state"),
        zip: text("zip"),
        email: change("email", email),
        phone: change("phone", phone.map(|phone| phone.e164().to_owned())),
        country: change("country", country.map(|country| country.code().to_owned())),
    }
}

/// Reads the member `phone`, which may be a national number of `home`. Without a readable country only its type can be judged.
fn phone_of(fields: &Fields<'_>, home: Option<Country>, problems: &mut Problems) -> Option<Phone> {
    let number = fields.string("phone", problems)?;
    if home.is_none() && fields.get("country").is_some() {
        return None;
    }
    match phone(number, home) {
        Ok(phone) => Some(phone),
        Err(PhoneError::NotE164) if !number.trim_start().starts_with('+') => {
            let text = format!(
                "Must be in international form, for example +2250700000000; a national number needs {}.",
                fields.path("country")
            );
            problems.add(fields.path("phone"), text);
            None
        }
        Err(error) => {
            problems.add(fields.path("phone"), sentence(&error.to_string()));
            None
        }
    }
}

/// Reads a number to look for: in international form, with any separators. A plus that was not percent-encoded arrives as a
/// space.
pub(crate) fn wanted_phone(text: &str) -> Result<String, &'static str> {
    let number = match text.strip_prefix(' ') {
        Some(digits) => format!("+{}", digits.trim_start()),
        None => text.to_owned(),
    };
    match phone(&number, None) {
        Ok(phone) => Ok(phone.e164().to_owned()),
        Err(_) => Err("Must be a phone number in international form, for example +2250700000000."),
    }
}

/// A number in international form, or a national one of the customer's country.
fn phone(number: &str, country: Option<Country>) -> Result<Phone, PhoneError> {
    match country {
        Some(country) => Phone::read(number, country),
        None => Phone::from_e164(&number.replace([' ', '-', '.', '(', ')'], "")),
    }
}
