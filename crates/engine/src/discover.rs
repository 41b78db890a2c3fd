//! With what, and where, a payment can be paid: what the project's rules can route, the most likely first. Owns the
//! ranking; a ranking never leaves out what could be chosen.

use std::cmp::Reverse;

use domain::country::Country;
use domain::currency::Currency;
use domain::exchange_rate::convert;
use domain::ids::IntentId;
use domain::method::MethodCode;
use domain::money::Money;
use domain::phone::Phone;
use domain::scope::Scope;
use gateways::catalogue::{Catalogue, CountryInfo, Offer};
use store::customers::{self, Person};
use store::exchange_rates;
use store::intents::{self, Intent};
use store::payer_history::{self, PaidWith};
use store::rules::{self, Direction, Rule};
use store::{StoreError, Tx, projects};

use crate::Engine;
use crate::availability::{Availability, Wanted};
use crate::house::Tenant;
use crate::refusal::Refusal;

/// Where a payment can be paid.
#[derive(Clone, Debug)]
pub struct PayableCountries {
    /// The countries, most likely first.
    pub countries: Vec<&'static CountryInfo>,
    /// Whether a rule of the project is for any country.
    pub any_country: AnyCountry,
    /// Where the payer paid before, or is at home; none when neither is known.
    pub known: Option<Country>,
}

/// Whether a rule of the project is for any country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyCountry {
    /// One is.
    Supported,
    /// Every rule names its country.
    NotSupported,
}

/// With what a payment can be paid in one country.
#[derive(Clone, Debug)]
pub struct PayableMethod {
    /// How it works there.
    pub offer: &'static Offer,
    /// The currencies of it that this payment can be paid in.
    pub currencies: Vec<Currency>,
    /// What it costs in the first of them by today's rate; what a payment costs is frozen when it starts.
    pub price: Option<Money>,
    /// How well it can be paid with now.
    pub availability: Availability,
}

/// What is known of a payment and its payer before it is paid.
struct Prospect {
    amount: Money,
    rules: Vec<Rule>,
    currencies: Vec<Currency>,
    history: Vec<PaidWith>,
    home: Option<Country>,
    phone: Option<Phone>,
}

impl Engine {
    /// The countries in which a payment can be paid.
    ///
    /// # Errors
    /// [`Refusal::UnknownIntent`], or a refusal of the database.
    pub async fn payable_countries(&self, scope: Scope, id: IntentId) -> Result<PayableCountries, Refusal> {
        let tenant = self.house.tenant(scope).await?;
        let catalogue = self.house.catalogue;
        let prospect = self.house.store.read(move |tx| Prospect::read(tx, &tenant, id)).await?;
        let mut countries: Vec<&'static CountryInfo> = catalogue
            .countries()
            .iter()
            .filter(|info| prospect.offers(catalogue, info.country).next().is_some())
            .collect();
        countries.sort_by_cached_key(|info| prospect.likelihood(catalogue, info));
        let any = prospect.rules.iter().any(|rule| rule.matches.country.is_none());
        let any_country = if any {
            AnyCountry::Supported
        } else {
            AnyCountry::NotSupported
        };
        let first = countries.first().filter(|info| prospect.knows(info));
        Ok(PayableCountries {
            known: first.map(|info| info.country),
            countries,
            any_country,
        })
    }

    /// The methods with which a payment can be paid in a country, in one currency or in any that it can be paid in.
    ///
    /// # Errors
    /// [`Refusal::UnknownIntent`]; [`Refusal::UnknownCountry`] when the catalogue offers nothing there; a refusal of the
    /// database.
    pub async fn payable_methods(
        &self,
        scope: Scope,
        id: IntentId,
        wanted: (Country, Option<Currency>),
    ) -> Result<Vec<PayableMethod>, Refusal> {
        let (country, currency) = wanted;
        let tenant = self.house.tenant(scope).await?;
        let house = self.house.clone();
        let catalogue = house.catalogue;
        if catalogue.country(country).is_none() {
            return Err(Refusal::UnknownCountry(country.code().to_owned()));
        }
        self.house
            .store
            .read(move |tx| {
                let mut prospect = Prospect::read(tx, &tenant, id)?;
                prospect
                    .currencies
                    .retain(|known| currency.is_none_or(|currency| *known == currency));
                let mut methods = Vec::new();
                for offer in prospect.offers(catalogue, country) {
                    let currencies = prospect.currencies_of(offer);
                    let (Some(rule), Some(first)) = (prospect.rule(offer.method, country), currencies.first()) else {
                        continue;
                    };
                    let wanted = Wanted {
                        method: offer.method,
                        country,
                        currency: *first,
                    };
                    let availability = house.availability(tx, &tenant.scope, rule, wanted)?;
                    let price = price_in(tx, &tenant.scope, prospect.amount, *first)?;
                    methods.push(PayableMethod {
                        offer,
                        currencies,
                        price,
                        availability,
                    });
                }
                methods.sort_by_cached_key(|method| prospect.preference(catalogue, method));
                Ok(methods)
            })
            .await
    }
}

impl Prospect {
    fn read(tx: &mut Tx<'_>, tenant: &Tenant, id: IntentId) -> Result<Self, Refusal> {
        let scope = &tenant.scope;
        let intent = intents::get(tx, scope, id)?.ok_or_else(|| Refusal::UnknownIntent(id.to_string()))?;
        let newest = projects::environment(tx, scope)?
            .ok_or(StoreError::Missing)?
            .routing_revision;
        let rules = rules::in_force(tx, scope, intent.routing_revision.unwrap_or(newest))?;
        let customer = match intent.customer_id {
            Some(id) => customers::get(tx, scope, id)?,
            None => None,
        };
        let mut history = match &customer {
            Some(customer) => payer_history::of_customer(tx, scope, customer.id)?,
            None => Vec::new(),
        };
        let person = customer.map(|customer| customer.person).unwrap_or_default();
        let phone = person.phone.as_deref().and_then(|text| Phone::from_e164(text).ok());
        if let Some(phone) = &phone {
            let hash = tenant.keys.phones.keyed_hex(&[phone.e164().as_bytes()]);
            history.extend(payer_history::of_phone(tx, scope, &hash)?);
        }
        Ok(Self {
            amount: intent.amount,
            rules: rules
                .into_iter()
                .filter(|rule| rule.matches.direction == Direction::Payment)
                .collect(),
            currencies: payable_currencies(tx, scope, &intent)?,
            history,
            home: home_of(&person),
            phone,
        })
    }

    /// The rule for a method in a country: one for the country itself goes before one for any country.
    fn rule(&self, method: MethodCode, country: Country) -> Option<&Rule> {
        let of_method = || self.rules.iter().filter(move |rule| rule.matches.method == method);
        of_method()
            .find(|rule| rule.matches.country == Some(country))
            .or_else(|| of_method().find(|rule| rule.matches.country.is_none()))
    }

    /// What can be routed in a country, in a currency that the payment can be paid in.
    fn offers(&self, catalogue: &'static Catalogue, country: Country) -> impl Iterator<Item = &'static Offer> {
        catalogue
            .offers_in(country)
            .filter(move |offer| self.rule(offer.method, country).is_some() && !self.currencies_of(offer).is_empty())
    }

    fn currencies_of(&self, offer: &Offer) -> Vec<Currency> {
        let taken: Vec<Currency> = offer.currencies().collect();
        self.currencies
            .iter()
            .copied()
            .filter(|currency| taken.contains(currency))
            .collect()
    }

    /// Sorts the likeliest country first: where the payer paid before, where they are at home, where the payment's own
    /// currency is the usual one, where most can be chosen.
    fn likelihood(&self, catalogue: &'static Catalogue, info: &CountryInfo) -> impl Ord + use<> {
        let country = info.country;
        let paid = self.times_paid_in(country);
        let lives_there = self.lives_in(info);
        let own = info.currencies.first() == self.currencies.first();
        let choice = self.offers(catalogue, country).count();
        (Reverse(paid), !lives_there, !own, Reverse(choice), country.code())
    }

    /// Whether something of the payer's own speaks for a country.
    fn knows(&self, info: &CountryInfo) -> bool {
        self.times_paid_in(info.country) > 0 || self.lives_in(info)
    }

    fn times_paid_in(&self, country: Country) -> i64 {
        let there = self.history.iter().filter(|paid| paid.country == country);
        there.map(|paid| paid.times).sum()
    }

    fn lives_in(&self, info: &CountryInfo) -> bool {
        self.home == Some(info.country) || self.phone_is_of(info)
    }

    fn phone_is_of(&self, info: &CountryInfo) -> bool {
        self.phone
            .as_ref()
            .is_some_and(|phone| phone.e164().starts_with(info.dial_prefix.as_str()))
    }

    /// Sorts the likeliest method first: what is not down, what the payer paid with before, what the number's prefix
    /// predicts, what is most used in the country.
    fn preference(&self, catalogue: &'static Catalogue, method: &PayableMethod) -> impl Ord + use<> {
        let (code, country) = (method.offer.method, method.offer.country);
        let is_down = matches!(method.availability, Availability::Down | Availability::NotConfigured);
        let paid: i64 = self
            .history
            .iter()
            .filter(|paid| paid.country == country && paid.method == code)
            .map(|paid| paid.times)
            .sum();
        let predicted = self
            .phone
            .as_ref()
            .map(|phone| catalogue.predict(phone))
            .unwrap_or_default();
        let confidence = predicted
            .iter()
            .find(|prediction| prediction.country == country && prediction.method == code)
            .map_or(0, |prediction| prediction.confidence_permille);
        (is_down, Reverse(paid), Reverse(confidence), method.offer.popularity)
    }
}

/// The currencies that a payment can be paid in; its own goes first.
fn payable_currencies(tx: &mut Tx<'_>, scope: &Scope, intent: &Intent) -> Result<Vec<Currency>, StoreError> {
    let own = intent.amount.currency();
    let at_ms = store::clock(tx)?;
    let mut currencies = vec![own];
    currencies.extend(exchange_rates::quotes_of(tx, scope, own, at_ms)?);
    Ok(currencies)
}

/// An amount in another currency by the rate that is valid now.
fn price_in(tx: &mut Tx<'_>, scope: &Scope, amount: Money, to: Currency) -> Result<Option<Money>, StoreError> {
    let from = amount.currency();
    if from == to {
        return Ok(Some(amount));
    }
    let at_ms = store::clock(tx)?;
    let row = exchange_rates::valid(tx, scope, (from, to), at_ms)?;
    Ok(row.and_then(|row| convert(amount, &row.rate, &row.correction, to).ok()))
}

fn home_of(person: &Person) -> Option<Country> {
    person.country.as_deref().and_then(|code| Country::parse(code).ok())
}
