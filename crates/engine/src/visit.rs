//! What payers do on our own pages: look at the one payment that their token opens, pay it, and hand over a one-time code.
//! Owns who is let in; never what a page shows.

use domain::ids::{CheckoutId, IntentId};
use domain::intent::IntentState;
use domain::language::Language;
use domain::phone::Phone;
use domain::scope::{ApiFamily, Scope};
use store::intents::Intent;
use store::timers::TimerKind;
use store::{StoreError, Tx, checkouts, customers, intents, permits, projects, timers};
use subtle::ConstantTimeEq;

use crate::Engine;
use crate::case::{must_be_one, payment_view};
use crate::commands::{Claim, StartAttempt};
use crate::door;
use crate::read::Eagerness;
use crate::refusal::Refusal;
use crate::taken::{PaidBy, Taken};
use crate::vault::SecretKey;
use crate::views::PaymentView;

/// Where a payer comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// A checkout, by its token.
    Checkout(String),
    /// The page of a payment of the payment-intents API, by its token.
    Payment(String),
}

/// A payment as its payer sees it.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The payment. `payment.checkout` is there behind [`Door::Checkout`] only.
    pub payment: PaymentView,
    /// Whom the payer pays: the checkout's brand, or else the project's name.
    pub merchant: String,
    /// The number of the latest attempt, else the one that the merchant knows the payer by. Pages show it masked only.
    pub phone: Option<Phone>,
    /// What operators took for it.
    pub taken: Taken,
    /// The try that paid it.
    pub paid_by: Option<PaidBy>,
    /// Whether the latest try failed and another account is tried by itself once the payer's phone has rested.
    pub is_tried_again: bool,
}

impl Engine {
    /// The payment behind a door, as it is; looking brings the next question to its provider forward.
    ///
    /// # Errors
    /// [`Refusal::UnknownCheckout`] for everything that opens nothing.
    pub async fn visit(&self, door: &Door) -> Result<Visit, Refusal> {
        let door = door.clone();
        let visit = self.house.store.read(move |tx| visited(tx, &door)).await?;
        self.nudge(visit.payment.scope, &visit.payment, Eagerness::OfPayer);
        Ok(visit)
    }

    /// The payment of a checkout, for its merchant.
    ///
    /// # Errors
    /// [`Refusal::UnknownCheckout`], also for another project's or environment's.
    pub async fn checkout(&self, scope: Scope, id: CheckoutId) -> Result<PaymentView, Refusal> {
        let found = self
            .house
            .store
            .read(move |tx| Ok::<_, Refusal>(checkouts::get(tx, &scope, id)?))
            .await?;
        let checkout = found.ok_or_else(|| Refusal::UnknownCheckout(id.to_string()))?;
        self.payment(scope, checkout.intent_id).await
    }

    /// Starts an attempt as the payer asked for it. `form` counts the attempts that the payer's page knew of: the same form
    /// sent twice pays once.
    ///
    /// # Errors
    /// A [`Refusal`] of the attempt; [`Refusal::KeyReused`] when the payment has gone on since the page was drawn.
    pub async fn pay(
        &self,
        visit: &Visit,
        (form, language): (i64, Language),
        command: StartAttempt,
    ) -> Result<(), Refusal> {
        let PaymentView { scope, intent, .. } = &visit.payment;
        let checkout_id = intent.checkout_id.ok_or_else(unknown)?;
        if intent.attempts_made != form {
            return Err(Refusal::KeyReused);
        }
        self.keep_language(*scope, intent.id, language).await?;
        let tenant = self.house.tenant(*scope).await?;
        let claim = form_claim((&tenant.keys.phones, checkout_id), form, &command);
        self.start_attempt(*scope, intent.id, command, (ApiFamily::Payment, Some(claim)))
            .await
            .map(drop)
    }

    /// Hands over the code that a payer wrote on the page.
    ///
    /// # Errors
    /// A [`Refusal`] of the code.
    pub async fn give_code(&self, visit: &Visit, code: String) -> Result<(), Refusal> {
        let intent = &visit.payment.intent;
        let Some(attempt_id) = intent.active_attempt_id else {
            return Err(Refusal::CodeNotExpected { intent_id: intent.id });
        };
        let target = (intent.id, attempt_id);
        self.submit_otp(visit.payment.scope, target, code, (ApiFamily::Payment, None))
            .await
            .map(drop)
    }

    /// Remembers in which language the payer reads, for what is written to them later.
    async fn keep_language(&self, scope: Scope, id: IntentId, language: Language) -> Result<(), Refusal> {
        self.house
            .store
            .write(move |tx| {
                let Some(mut intent) = intents::lock(tx, &scope, id)? else {
                    return Err(unknown());
                };
                if intent.payer_language == Some(language) {
                    return Ok(());
                }
                intent.payer_language = Some(language);
                Ok(must_be_one(intents::save_language(tx, &scope, &intent)?)?)
            })
            .await
    }
}

/// What is behind a door, read at once: what was taken goes with how the payment stands.
fn visited(tx: &mut Tx<'_>, door: &Door) -> Result<Visit, Refusal> {
    let (scope, intent) = match door {
        Door::Checkout(token) => behind_checkout(tx, token)?,
        Door::Payment(token) => behind_payment(tx, token)?,
    };
    let payment = payment_view(tx, &scope, intent)?;
    let active = payment.active_attempt.as_ref();
    let used = match active.and_then(|active| active.attempt.instrument_id) {
        Some(id) => customers::instrument_phone(tx, &scope, id)?,
        None => None,
    };
    let known = payment
        .customer
        .as_ref()
        .and_then(|customer| customer.person.phone.clone());
    let brand = payment
        .checkout
        .as_ref()
        .and_then(|checkout| checkout.customization.brand.clone());
    let name = projects::get(tx, &scope)?.map(|project| project.name);
    let permits = permits::of_intent(tx, &scope, payment.intent.id)?;
    Ok(Visit {
        merchant: brand.or(name).unwrap_or_default(),
        phone: used.or(known).and_then(|number| Phone::from_e164(&number).ok()),
        taken: Taken::under(&permits),
        paid_by: PaidBy::read(tx, &scope, &permits)?,
        is_tried_again: is_tried_again(tx, &payment)?,
        payment,
    })
}

/// What a payer does meanwhile goes before it: see [`crate::fall_back`].
fn is_tried_again(tx: &mut Tx<'_>, payment: &PaymentView) -> Result<bool, StoreError> {
    let active = payment.active_attempt.as_ref().map(|active| &active.attempt);
    match active.filter(|attempt| attempt.state.is_final() && payment.intent.state == IntentState::Open) {
        Some(attempt) => timers::is_set(tx, &payment.scope, TimerKind::FallBack, &attempt.id.stored()),
        None => Ok(false),
    }
}

fn behind_checkout(tx: &mut Tx<'_>, token: &str) -> Result<(Scope, Intent), Refusal> {
    let (scope, checkout) = checkouts::by_token(tx, &door::hash(token))?.ok_or_else(unknown)?;
    let intent = intents::get(tx, &scope, checkout.intent_id)?.ok_or_else(unknown)?;
    Ok((scope, intent))
}

fn behind_payment(tx: &mut Tx<'_>, token: &str) -> Result<(Scope, Intent), Refusal> {
    let (scope, id) = door::payment_named(token).ok_or_else(unknown)?;
    let intent = intents::get(tx, &scope, id)?.ok_or_else(unknown)?;
    let own = door::payment_token(scope, &intent);
    match bool::from(own.as_bytes().ct_eq(token.as_bytes())) {
        true => Ok((scope, intent)),
        false => Err(unknown()),
    }
}

/// One form of a page, as an idempotency key. It is kept for long, so that its fingerprint is keyed: nobody who reads it can
/// try numbers.
fn form_claim((key, id): (&SecretKey, CheckoutId), form: i64, command: &StartAttempt) -> Claim {
    let chosen = format!(
        "{} {} {}",
        command.method,
        command.country.code(),
        command.phone.as_ref().map_or("", |phone| phone.e164())
    );
    Claim {
        key: format!("{id} form {form}"),
        method: "POST".to_owned(),
        path: id.to_string(),
        fingerprint: key.keyed_hex(&[b"form", chosen.as_bytes()]),
        family: ApiFamily::Payment,
    }
}

fn unknown() -> Refusal {
    Refusal::UnknownCheckout(String::new())
}

#[cfg(test)]
mod tests {
    use domain::country::Country;
    use domain::method::MethodCode;

    use super::*;

    #[test]
    fn nobody_finds_the_number_of_a_form_by_trying_numbers() {
        let form = |key: &SecretKey, phone: &str| {
            let command = StartAttempt {
                method: MethodCode::parse("momo_mtn").unwrap(),
                country: Country::parse("CI").unwrap(),
                phone: Some(Phone::from_e164(phone).unwrap()),
                card_token: None,
                return_url: None,
                currency: None,
                scenario: None,
            };
            form_claim((key, CheckoutId::new(0, 1)), 0, &command).fingerprint
        };
        let (key, phone) = (SecretKey::new([1; 32]), "+2250700000001");
        assert_eq!(form(&key, phone), form(&key, phone));
        assert_ne!(form(&key, phone), form(&key, "+2250700000002"));
        assert_ne!(form(&key, phone), form(&SecretKey::new([2; 32]), phone));
        assert_ne!(form(&key, phone), door::hash("momo_mtn CI +2250700000001"));
    }
}
