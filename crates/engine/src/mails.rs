//! Mails to payers as they read them. Owns which of a payment's data a mail tells, and which mails of a sandbox may be looked
//! at; never sends.

use domain::ids::MailId;
use domain::mail::MailOccasion;
use domain::scope::{ApiFamily, Environment, Scope};
use gateways::catalogue::Catalogue;
pub use mail::Composed;
use mail::{Letter, Receipt};
use store::intents::Intent;
use store::mails::Mail;
use store::{StoreError, Tx, api_keys, checkouts, intents, mails, projects};

use crate::Engine;
use crate::refusal::Refusal;
use crate::taken::PaidBy;

/// A mail that a sandbox would have sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMail {
    /// Which.
    pub id: MailId,
    /// Whom it would have gone to.
    pub to: String,
    /// When, milliseconds UTC.
    pub at_ms: i64,
    /// What it says.
    pub composed: Composed,
}

impl Engine {
    /// Up to `limit` mails that sandboxes would have sent, newest first; those older than `below`, when it is given. `None`
    /// where they are not to be looked at: they are really sent, or there is or was more than a sandbox here.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn kept_mails(&self, below: Option<MailId>, limit: i64) -> Result<Option<Vec<KeptMail>>, Refusal> {
        if !self.may_show_mails() {
            return Ok(None);
        }
        let catalogue = self.house.catalogue;
        let read = self.house.store.read(move |tx| {
            if api_keys::had_live(tx)? {
                return Ok(None);
            }
            let found = mails::kept(tx, below, limit)?;
            let shown: Result<Vec<_>, StoreError> = found
                .into_iter()
                .map(
                    |(scope, mail)| Ok(letter(tx, catalogue, &scope, &mail)?.map(|letter| KeptMail::of(&mail, letter))),
                )
                .collect();
            Ok::<_, Refusal>(Some(shown?.into_iter().flatten().collect()))
        });
        read.await
    }

    /// One of them; `None` also for one that there is not.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn kept_mail(&self, id: MailId) -> Result<Option<KeptMail>, Refusal> {
        if !self.may_show_mails() {
            return Ok(None);
        }
        let catalogue = self.house.catalogue;
        let read = self.house.store.read(move |tx| {
            let found = match api_keys::had_live(tx)? {
                true => None,
                false => mails::kept_one(tx, id)?,
            };
            let Some((scope, mail)) = found else {
                return Ok(None);
            };
            Ok::<_, Refusal>(letter(tx, catalogue, &scope, &mail)?.map(|letter| KeptMail::of(&mail, letter)))
        });
        read.await
    }

    fn may_show_mails(&self) -> bool {
        self.house.postman_of(Environment::Sandbox).is_none() && self.house.has_simulator
    }
}

impl KeptMail {
    fn of(mail: &Mail, letter: Letter) -> Self {
        Self {
            id: mail.id,
            to: letter.to,
            at_ms: letter.at_ms,
            composed: letter.composed,
        }
    }
}

/// A mail in words; `None` when nobody is to get it any more: its address was emptied.
pub(crate) fn letter(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    scope: &Scope,
    mail: &Mail,
) -> Result<Option<Letter>, StoreError> {
    let intent = intents::get(tx, scope, mail.intent_id)?.ok_or(StoreError::Missing)?;
    let Some(to) = intent.receipt_email.clone() else {
        return Ok(None);
    };
    let composed = match mail.occasion {
        MailOccasion::Receipt => {
            let paid = PaidBy::of(tx, scope, &intent)?.ok_or(StoreError::Missing)?;
            receipt(tx, catalogue, (scope, mail), (&intent, &paid))?.compose()
        }
    };
    Ok(Some(Letter {
        id: mail.id.to_string(),
        to,
        at_ms: mail.created_at_ms,
        composed,
    }))
}

fn receipt(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    (scope, mail): (&Scope, &Mail),
    (intent, paid): (&Intent, &PaidBy),
) -> Result<Receipt, StoreError> {
    let attempt = &paid.attempt;
    let method = catalogue.method(attempt.method);
    Ok(Receipt {
        language: mail.language,
        environment: scope.environment,
        merchant: merchant(tx, scope, intent)?,
        paid: attempt.amount,
        price: (attempt.amount.currency() != intent.amount.currency()).then_some(intent.amount),
        description: intent.description.clone(),
        method: method.map_or_else(
            || attempt.method.code().to_owned(),
            |method| mail.language.text(&method.label).to_owned(),
        ),
        phone: paid.phone.as_ref().map(|phone| phone.masked()),
        reference: match intent.family {
            ApiFamily::PaymentIntents => intent.id.payment_intents_spelling(),
            _ => intent.id.to_string(),
        },
        operator_reference: paid.permit.external_id.clone(),
        paid_at_ms: intent.state.ended_at_ms().unwrap_or(mail.created_at_ms),
    })
}

/// The name that the payer saw on the page, or else the project's.
fn merchant(tx: &mut Tx<'_>, scope: &Scope, intent: &Intent) -> Result<String, StoreError> {
    let page = match intent.checkout_id {
        Some(id) => checkouts::get(tx, scope, id)?,
        None => None,
    };
    match page.and_then(|page| page.customization.brand) {
        Some(brand) => Ok(brand),
        None => Ok(projects::get(tx, scope)?.ok_or(StoreError::Missing)?.name),
    }
}
