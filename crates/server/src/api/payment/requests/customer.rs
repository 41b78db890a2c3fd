//! The payer in a request.

use engine::commands::Person;
use engine::domain::country::Country;
use engine::domain::phone::{Phone, PhoneError};

use super::address;
use super::fields::{Fields, Problems};

/// Characters of a name, a street, a city and the like.
const TEXT_CHARS_MAX: usize = 255;

/// Reads the members of a customer.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Person {
    let country = fields.read("country", Country::parse, problems);
    let email = fields.read("email", address::email, problems);
    let phone = fields.read("phone", |number| phone(number, country), problems);
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

/// A number in international form, or a national one of the customer's country.
fn phone(number: &str, country: Option<Country>) -> Result<Phone, PhoneError> {
    match country {
        Some(country) => Phone::read(number, country),
        None => Phone::from_e164(&number.replace([' ', '-', '.', '(', ')'], "")),
    }
}
