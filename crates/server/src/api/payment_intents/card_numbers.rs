//! Card numbers in bodies of this API: refused wherever they stand, neither repeated nor logged. Phone numbers and web
//! addresses are no free text: where one is defined and one stands, its digits are nobody's card.

use super::requests::e164;
use crate::api::payment::requests::{address, card_number};
use crate::envelope::Problem;
use crate::json::Json;

/// Where phone numbers stand.
const PHONES: [&str; 2] = ["customer_phone", "payment_method.mobile_money.msisdn"];
/// Where web addresses stand.
const ADDRESSES: [&str; 2] = ["return_url", "url"];
/// What is wrong with the body itself has this name.
const BODY: &str = "body";
/// Longer names are nobody's member, and are not repeated.
const NAME_CHARS_MAX: usize = 40;

/// Refuses a body that holds a card number, and names the member that does.
pub(super) fn refuse(body: &Json) -> Result<(), Problem> {
    match found_in(body, "") {
        Some(path) => Err(Problem::field(
            path,
            "A card number must not be sent here. Send a token that stands for the card.",
        )),
        None => Ok(()),
    }
}

/// The path of the first member that holds one.
fn found_in(value: &Json, path: &str) -> Option<String> {
    let here = || match path {
        "" => BODY.to_owned(),
        path => path.to_owned(),
    };
    match value {
        Json::Text(text) => (!is_defined(text, path) && card_number::is_in(text)).then(here),
        Json::Number(digits) => {
            let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
            (is_whole && card_number::is_in(digits)).then(here)
        }
        Json::List(items) => items.iter().find_map(|item| found_in(item, path)),
        Json::Object(members) => members.iter().find_map(|(name, value)| match card_number::is_in(name) {
            true => Some(here()),
            false => found_in(value, &joined(path, name)),
        }),
        Json::Null | Json::Bool(_) => None,
    }
}

/// Whether a text is what is defined to stand there.
fn is_defined(text: &str, path: &str) -> bool {
    (PHONES.contains(&path) && e164(text).is_ok()) || (ADDRESSES.contains(&path) && address::web(text).is_ok())
}

/// The path of a member; that of its object when the name is not one to be repeated.
fn joined(path: &str, name: &str) -> String {
    let joined = match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    let is_plain = name.chars().count() <= NAME_CHARS_MAX && !name.contains('\0') && !card_number::is_in(&joined);
    if is_plain { joined } else { path.to_owned() }
}
