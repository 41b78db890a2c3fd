//! A visitor of a payment link goes on: to a checkout of their own, or to the one that a link of single use has already. Owns
//! which one, and until when it can be begun.

use domain::ids::{IntentId, LinkId};
use domain::intent::{IntentEvent, IntentState};
use domain::language::Language;
use domain::link::{AmountNotTaken, LinkStatus, LinkUse, ReceiptWish};
use domain::money::Money;
use domain::scope::{ApiFamily, Scope};
use store::idempotency::{self, EffectKind};
use store::intents::Countries;
use store::links::Link;
use store::{StoreError, Tx, intents, links};

use super::standing::status;
use super::unknown;
use super::visit::{LinkVisit, binds, open_payment, token_of};
use crate::Engine;
use crate::case::{Bench, Case};
use crate::commands::{Claim, CreateCheckout, CreateIntent};
use crate::create_checkout::create;
use crate::door;
use crate::refusal::Refusal;
use crate::request::{Request, bench_for};

/// After this nobody begins to pay on a page that a visit made, or sooner: when its link ends.
const CHECKOUT_LIFETIME_MS: i64 = 3_600_000;

/// What a visitor sends.
#[derive(Clone, Debug)]
pub struct LinkForm {
    /// Made when the page was drawn: the same form sent twice makes one checkout.
    pub nonce: String,
    /// What was entered, where the payer enters it.
    pub amount: Option<Money>,
    /// Where the receipt goes. Anybody can write anybody's address: it says nothing about who pays.
    pub email: Option<String>,
    /// The language of the page that was filled in.
    pub language: Language,
}

/// Why a visitor gets no checkout. Nothing was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// The amount is missing or out of bounds.
    #[error("the amount is not taken")]
    Amount(AmountNotTaken),
    /// An e-mail address is needed.
    #[error("an e-mail address is needed")]
    EmailNeeded,
    /// It cannot be paid now; its page says why.
    #[error("the link cannot be paid now")]
    Closed,
    /// What this form made has ended unpaid; another form of the link's page makes another checkout.
    #[error("the checkout of this form has ended")]
    FormUsedUp,
    /// Anything that any request may be refused for.
    #[error("{0}")]
    Other(Refusal),
}

impl From<Refusal> for LinkRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Other(refusal)
    }
}

impl From<StoreError> for LinkRefusal {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

/// A visitor's wish with all that its transaction needs.
struct Following {
    request: Request,
    link_id: LinkId,
    form: LinkForm,
    bench: Bench,
    /// With random values of its own.
    bench_of_withdrawal: Bench,
}

impl Engine {
    /// Makes the visitor's checkout, and returns its token. The same form again leads to the same checkout, and so does any
    /// visit to a link of single use while its checkout may be paid.
    ///
    /// # Errors
    /// A [`LinkRefusal`].
    pub async fn follow_link(&self, visit: &LinkVisit, form: LinkForm) -> Result<String, LinkRefusal> {
        let (scope, link_id) = (visit.scope, visit.link.id);
        let claim = form_claim(link_id, &form);
        let request = Request {
            scope,
            family: ApiFamily::Payment,
            effect: EffectKind::Checkout,
            claim: Some(claim.clone()),
            intent_id: self.new_intent_id(),
        };
        let bench = bench_for(&self.house, scope).await?;
        let following = Following {
            request,
            link_id,
            form,
            bench_of_withdrawal: Bench::new(&bench.house, &bench.tenant),
            bench,
        };
        match self.house.store.write(move |tx| follow(tx, &following)).await {
            Err(LinkRefusal::Other(Refusal::KeyInProgress)) => self.made_before(scope, claim.key).await,
            made => made,
        }
    }

    /// The token of the checkout that a form made already.
    async fn made_before(&self, scope: Scope, key: String) -> Result<String, LinkRefusal> {
        let read = move |tx: &mut Tx<'_>| {
            let stored = idempotency::get(tx, &scope, &key)?;
            match stored.and_then(|(stored, _)| stored.intent_id) {
                Some(id) => intents::get(tx, &scope, id),
                None => Ok(None),
            }
        };
        let made = self.house.store.read::<_, StoreError, _>(read).await?;
        let made = made.ok_or(Refusal::KeyInProgress)?;
        if made.state.is_final() && !matches!(made.state, IntentState::Completed { .. }) {
            return Err(LinkRefusal::FormUsedUp);
        }
        token_of(&made).ok_or(LinkRefusal::Other(Refusal::KeyInProgress))
    }
}

fn follow(tx: &mut Tx<'_>, following: &Following) -> Result<String, LinkRefusal> {
    let Following {
        request, form, bench, ..
    } = following;
    let (scope, id) = (request.scope, following.link_id);
    let mut link = links::get(tx, &scope, id)?.ok_or_else(unknown)?;
    if link.usage == LinkUse::Single {
        // Of two visitors the second waits, and then finds the checkout of the first.
        link = links::lock(tx, &scope, id)?.ok_or_else(unknown)?;
    }
    let status = status(tx, &scope, &link)?;
    let open = open_payment(tx, &scope, &link)?.filter(|_| status != LinkStatus::Paid);
    if let Some(open) = open.as_ref().filter(|open| binds(&link, open)) {
        return Ok(token_of(open).ok_or(StoreError::Missing)?);
    }
    if status != LinkStatus::Active {
        return Err(LinkRefusal::Closed);
    }
    let amount = link.amount.taken(form.amount).map_err(LinkRefusal::Amount)?;
    if link.receipt == ReceiptWish::Required && form.email.is_none() {
        return Err(LinkRefusal::EmailNeeded);
    }
    if let Some(open) = open {
        withdraw(tx, &following.bench_of_withdrawal, open.id)?;
    }
    let lifetime_ms = lifetime_ms(&link, store::clock(tx)?);
    let command = checkout(&link, form, (amount, lifetime_ms));
    create(tx, bench, request, (&command, Some(id)))?;
    let intent = intents::get(tx, &scope, request.intent_id)?.ok_or(StoreError::Missing)?;
    Ok(token_of(&intent).ok_or(StoreError::Missing)?)
}

/// Cancels a payment that nobody began to pay. Its link is held, so nobody begins meanwhile.
fn withdraw(tx: &mut Tx<'_>, bench: &Bench, id: IntentId) -> Result<(), Refusal> {
    let mut case = Case::open(tx, bench, id)?;
    let event = IntentEvent::Cancel(case.attempts_known());
    if let Err(illegal) = case.move_intent(event, None)? {
        return Err(case.refusal_of(illegal));
    }
    case.finish().map(drop)
}

/// How long a checkout that is made at `at_ms` can be begun: no longer than its link.
fn lifetime_ms(link: &Link, at_ms: i64) -> i64 {
    let left_ms = link.expires_at_ms.map(|end_ms| end_ms.saturating_sub(at_ms));
    left_ms.map_or(CHECKOUT_LIFETIME_MS, |left_ms| left_ms.clamp(1, CHECKOUT_LIFETIME_MS))
}

/// The payment has no customer: whoever wrote an address into a form is not known to be its owner.
fn checkout(link: &Link, form: &LinkForm, (amount, lifetime_ms): (Money, i64)) -> CreateCheckout {
    CreateCheckout {
        intent: CreateIntent {
            family: ApiFamily::Payment,
            amount,
            customer: None,
            customer_id: None,
            description: Some(link.description.clone()),
            return_url: link.return_url.clone(),
            webhook_url: None,
            statement_descriptor: None,
            receipt_email: form.email.clone().filter(|_| link.receipt != ReceiptWish::NotAsked),
            metadata: link.metadata.clone(),
            countries: Countries::default(),
            lifetime_ms,
            fail_with_attempt: None,
            attempt: None,
        },
        restriction: link.restriction.clone(),
        customization: link.customization.clone(),
        language: link.language.or(Some(form.language)),
    }
}

/// One form of a page as an idempotency key. Filled in otherwise it is another one.
fn form_claim(id: LinkId, form: &LinkForm) -> Claim {
    let amount = form.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let filled_in = format!("{} {amount} {}", form.nonce, form.email.as_deref().unwrap_or_default());
    let fingerprint = door::hash(&filled_in);
    Claim {
        key: format!("{id} form {fingerprint}"),
        method: "POST".to_owned(),
        path: id.to_string(),
        fingerprint,
        family: ApiFamily::Payment,
    }
}
