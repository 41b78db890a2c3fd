//! Confirm an intent of the payment-intents API: the one try that it has. Owns where that takes place; the try itself is
//! `start_attempt`'s.

use domain::country::Country;
use domain::ids::IntentId;
use domain::method::MethodCode;
use domain::phone::Phone;
use domain::scope::{ApiFamily, Scope};
use store::StoreError;

use crate::Engine;
use crate::commands::{Claim, StartAttempt};
use crate::refusal::Refusal;
use crate::render::Answer;

/// How a payer pays.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// With what.
    pub means: ConfirmMeans,
    /// Where the payer goes afterwards.
    pub return_url: Option<String>,
    /// Sandbox scenario asked for by name.
    pub scenario: Option<String>,
}

/// With what.
#[derive(Clone, Debug)]
pub enum ConfirmMeans {
    /// A wallet behind a phone number.
    MobileMoney {
        /// At which operator.
        method: MethodCode,
        /// As the request says; must be that of the intent.
        country: Country,
        /// The payer's number.
        phone: Phone,
    },
    /// A card, by the token that stands for it.
    Card {
        /// The token.
        token: String,
    },
}

impl Engine {
    /// Confirms an intent and answers when its charge was answered, or when the payer must act.
    ///
    /// # Errors
    /// [`Refusal::OtherCountry`]; [`Refusal::NotConfirmable`] while something is under way and after the end; other
    /// refusals of an attempt. Nothing was sent then.
    pub async fn confirm_intent(
        &self,
        scope: Scope,
        intent_id: IntentId,
        command: Confirm,
        claim: Option<Claim>,
    ) -> Result<Answer, Refusal> {
        let known = self.payment_as_it_is(scope, intent_id).await?.intent;
        let sale = known.countries.transaction;
        let place = known.countries.rail.or(sale);
        let (method, country, phone, card_token) = match command.means {
            ConfirmMeans::MobileMoney { method, country, phone } => {
                if let Some(expected) = sale.filter(|expected| *expected != country) {
                    return Err(Refusal::OtherCountry { expected });
                }
                (method, place.unwrap_or(country), Some(phone), None)
            }
            ConfirmMeans::Card { token } => {
                let method = MethodCode::parse("card").map_err(|error| StoreError::Other(error.to_string()))?;
                // An intent of the payment API names no country: its currency does.
                let country = place.or_else(|| self.home_of(known.amount.currency()));
                let country = country.ok_or_else(|| Refusal::UnknownCountry("the intent".to_owned()))?;
                (method, country, None, Some(token))
            }
        };
        let attempt = StartAttempt {
            method,
            country,
            phone,
            card_token,
            return_url: command.return_url,
            currency: None,
            scenario: command.scenario,
        };
        let spoken = (ApiFamily::PaymentIntents, claim);
        self.start_attempt(scope, intent_id, attempt, spoken).await
    }

    /// A country of a currency, for what names none.
    fn home_of(&self, currency: domain::currency::Currency) -> Option<Country> {
        let offers = self.house.catalogue.offers();
        let mut fitting = offers.filter(|offer| offer.currencies().next() == Some(currency));
        fitting.next().map(|offer| offer.country)
    }
}
