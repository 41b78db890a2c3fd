//! Who pays, and how: a method and a country of the catalogue, an amount that it takes, and a number that could be there.
//! Owns what the requests say; never sends them.

use engine::catalogue::{Catalogue, Flow, Offer};
use engine::domain::country::Country;
use engine::domain::method::MethodCode;
use engine::domain::money::Money;
use engine::domain::phone::Phone;
use serde_json::{Value, json};

use super::plan::AfterFailure;
use crate::failure::Failure;

/// Where and how is paid unless something else is asked for.
const USUAL: (&str, &str) = ("momo_mtn", "CI");
/// What is paid unless the operator takes more or less, in major units.
const AMOUNT: &str = "500";
const DESCRIPTION: &str = "Made by cowry trigger";
const EMAIL: &str = "trigger@example.com";
/// Lengths of national numbers, the most likely first.
const LENGTHS: [usize; 6] = [9, 10, 8, 7, 11, 12];

/// A payer.
pub(super) struct Payer {
    method: MethodCode,
    country: Country,
    phone: Option<Phone>,
    amount: Money,
    /// The operator's name in the payment-intents API; cards have none.
    operator: Option<String>,
    webhook_url: Option<String>,
}

impl Payer {
    /// Somebody who can pay so.
    pub(super) fn find(method: Option<&str>, country: Option<&str>) -> Result<Self, Failure> {
        let method = method
            .map(|code| MethodCode::parse(code).map_err(|error| Failure::usage(format!("--method {code}: {error}"))))
            .transpose()?;
        let country = country
            .map(|code| Country::parse(code).map_err(|error| Failure::usage(format!("--country {code}: {error}"))))
            .transpose()?;
        let catalogue = Catalogue::builtin().map_err(|error| Failure::new(format!("catalogue: {error}")))?;
        let fits = |offer: &&Offer| {
            method.is_none_or(|method| method == offer.method) && country.is_none_or(|country| country == offer.country)
        };
        let likely = |offer: &&Offer| {
            let (usual_method, usual_country) = (offer.method.code() == USUAL.0, offer.country.code() == USUAL.1);
            (
                offer.flow != Flow::Prompt,
                !usual_country,
                !usual_method,
                offer.popularity,
            )
        };
        let offer = catalogue.offers().filter(fits).min_by_key(likely);
        let offer = offer.ok_or_else(|| nowhere(catalogue, method, country))?;
        Ok(Self {
            method: offer.method,
            country: offer.country,
            phone: phone(catalogue, offer),
            amount: amount(offer)?,
            operator: offer.operator.clone(),
            webhook_url: None,
        })
    }

    /// The same, with a URL that the payment names for its webhooks.
    pub(super) fn with_webhook_url(self, webhook_url: Option<String>) -> Self {
        Self { webhook_url, ..self }
    }

    /// In the payment API: what makes the payment, with its attempt unless nobody tries.
    pub(super) fn payment(&self, attempt: Option<AfterFailure>) -> Value {
        let amount: Value = serde_json::from_str(&self.amount.decimal()).unwrap_or_default();
        let country = self.country.code();
        let phone = self.phone.as_ref();
        let phone = phone.map(|phone| json!({"number": phone.e164(), "country": country}));
        json!({
            "amount": amount,
            "currency": self.amount.currency().code(),
            "description": DESCRIPTION,
            "customer": {"email": EMAIL, "first_name": "Awa", "last_name": "Diop"},
            "webhook_url": self.webhook_url,
            "fail_with_attempt": attempt.map(|after| after == AfterFailure::Fails),
            "attempt": attempt.map(|_| json!({"method_code": self.method.code(), "country": country, "phone": phone})),
        })
    }

    /// In the payment-intents API: what makes the intent.
    pub(super) fn intent(&self) -> Value {
        json!({
            "amount": self.amount.minor(),
            "currency": self.amount.currency().code(),
            "description": DESCRIPTION,
            "transaction_country": self.country.code(),
            "customer_email": EMAIL,
        })
    }

    /// In the payment-intents API: what confirms it.
    pub(super) fn confirmation(&self) -> Value {
        let method = match (&self.operator, &self.phone) {
            (Some(operator), Some(phone)) => json!({
                "type": "mobile_money",
                "mobile_money": {"country": self.country.code(), "operator": operator, "msisdn": phone.e164()},
            }),
            _ => json!({"type": "card", "card": {"token": "tok_cowry_trigger"}}),
        };
        json!({"payment_method": method, "return_url": "https://shop.example.com/thanks"})
    }
}

/// Why nobody can pay so, and who could.
fn nowhere(catalogue: &Catalogue, method: Option<MethodCode>, country: Option<Country>) -> Failure {
    let text = match (method, country) {
        (Some(method), Some(country)) => {
            let methods: Vec<&str> = catalogue.offers_in(country).map(|offer| offer.method.code()).collect();
            format!(
                "nobody pays with {} in {}; there is: {}",
                method.code(),
                country.code(),
                methods.join(", ")
            )
        }
        (Some(method), None) => format!("nobody pays with {} anywhere yet", method.code()),
        (None, Some(country)) => format!("the catalogue has no method in {}", country.code()),
        (None, None) => "the catalogue is empty".to_owned(),
    };
    Failure::usage(text)
}

fn amount(offer: &Offer) -> Result<Money, Failure> {
    let limit = offer.limits.first();
    let limit = limit.ok_or_else(|| Failure::new("the catalogue does not say what this method takes"))?;
    let usual = Money::parse_major(AMOUNT, limit.min.currency());
    let usual = usual.map_err(|error| Failure::new(format!("no amount to pay: {error}")))?;
    Ok(match usual.minor() {
        minor if minor < limit.min.minor() => limit.min,
        minor if minor > limit.max.minor() => limit.max,
        _ => usual,
    })
}

/// A number of the operator that ends in zeros, which choose no scenario.
fn phone(catalogue: &Catalogue, offer: &Offer) -> Option<Phone> {
    let dial_prefix = &catalogue.country(offer.country)?.dial_prefix;
    let of_country = catalogue.offers_in(offer.country).flat_map(|other| &other.prefixes);
    let prefix = offer.prefixes.iter().chain(of_country).next();
    let prefix = prefix.map_or("7", String::as_str);
    LENGTHS.iter().find_map(|length| {
        let number = format!("{dial_prefix}{prefix:0<length$}");
        Phone::read(&number, offer.country).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_payer_for_every_offer() {
        let usual = Payer::find(None, None).unwrap();
        assert_eq!((usual.method.code(), usual.country.code()), USUAL);
        let catalogue = Catalogue::builtin().unwrap();
        for offer in catalogue.offers() {
            let payer = Payer::find(Some(offer.method.code()), Some(offer.country.code())).unwrap();
            let needs = payer.method.needs_phone();
            assert!(
                payer.phone.is_some() || !needs,
                "{} {}",
                offer.method.code(),
                offer.country.code()
            );
            assert!(payer.phone.is_none_or(|phone| phone.e164().ends_with("000")));
        }
        assert_eq!(
            Payer::find(Some("momo_mpesa"), None).unwrap().method.code(),
            "momo_mpesa"
        );
        assert!(Payer::find(Some("momo_mpesa"), Some("CI")).is_err_and(|why| why.to_string().contains("wallet_wave")));
    }
}
