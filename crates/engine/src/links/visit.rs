//! What visitors of a payment link do: look at it, and get a checkout of their own. Looking makes nothing, as programs that
//! draw previews look too.

use domain::ids::LinkId;
use domain::language::Language;
use domain::link::{AmountNotTaken, LinkStatus, LinkUse, ReceiptWish};
use domain::money::Money;
use domain::scope::{ApiFamily, Scope};
use store::customers::Person;
use store::idempotency::{self, EffectKind};
use store::intents::Countries;
use store::page::Beyond;
use store::{StoreError, Tx, intents, links, projects};

use super::{LinkView, unknown, view};
use crate::Engine;
use crate::case::Bench;
use crate::commands::{Claim, CreateCheckout, CreateIntent};
use crate::create_checkout::create;
use crate::door;
use crate::refusal::Refusal;
use crate::request::{Request, bench_for};

/// After this nobody begins to pay on a page that a visit made.
const CHECKOUT_LIFETIME_MS: i64 = 3_600_000;

/// A link as its visitor sees it.
#[derive(Clone, Debug)]
pub struct LinkVisit {
    /// The link.
    pub view: LinkView,
    /// Whom the visitor pays: the link's brand, or else the project's name.
    pub merchant: String,
    /// Token of the checkout that a link of single use has already, while that may be paid.
    pub under_way: Option<String>,
}

/// What a visitor sends.
#[derive(Clone, Debug)]
pub struct LinkForm {
    /// Made when the page was drawn: the same form sent twice makes one checkout.
    pub nonce: String,
    /// What was entered, where the payer enters it.
    pub amount: Option<Money>,
    /// Where the receipt goes.
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

impl Engine {
    /// The link that a token opens.
    ///
    /// # Errors
    /// [`Refusal::UnknownLink`] for everything that opens nothing.
    pub async fn visit_link(&self, token: &str) -> Result<LinkVisit, Refusal> {
        let hash = door::hash(token);
        let found = self
            .house
            .store
            .read(move |tx| Ok::<_, Refusal>(links::by_token(tx, &hash)?))
            .await?;
        let (scope, link) = found.ok_or_else(unknown)?;
        let tenant = self.house.tenant(scope).await?;
        let seen = move |tx: &mut Tx<'_>| {
            let view = view(tx, &tenant, link.clone())?;
            let under_way = under_way(tx, &scope, &view)?;
            let name = projects::get(tx, &scope)?.map(|project| project.name);
            let merchant = view.link.customization.brand.clone().or(name).unwrap_or_default();
            Ok::<_, Refusal>(LinkVisit {
                view,
                merchant,
                under_way,
            })
        };
        self.house.store.read(seen).await
    }

    /// Makes the visitor's checkout, and returns its token. The same form again leads to the same checkout, and so does any
    /// visit to a link of single use while its checkout may be paid.
    ///
    /// # Errors
    /// A [`LinkRefusal`].
    pub async fn follow_link(&self, visit: &LinkVisit, form: LinkForm) -> Result<String, LinkRefusal> {
        let (scope, id) = (visit.view.scope, visit.view.link.id);
        let claim = form_claim(id, &form);
        let request = Request {
            scope,
            family: ApiFamily::Payment,
            effect: EffectKind::Checkout,
            claim: Some(claim.clone()),
            intent_id: self.new_intent_id(),
        };
        let bench = bench_for(&self.house, scope).await?;
        let made = self
            .house
            .store
            .write(move |tx| follow(tx, &bench, (&request, id), &form))
            .await;
        match made {
            Err(LinkRefusal::Other(Refusal::KeyInProgress)) => self.made_before(scope, claim.key).await,
            made => made,
        }
    }

    /// The token of the checkout that a form made already.
    async fn made_before(&self, scope: Scope, key: String) -> Result<String, LinkRefusal> {
        let read = move |tx: &mut Tx<'_>| {
            let stored = idempotency::get(tx, &scope, &key)?;
            let Some(id) = stored.and_then(|(stored, _)| stored.intent_id) else {
                return Ok(None);
            };
            let intent = intents::get(tx, &scope, id)?;
            Ok::<_, StoreError>(intent.and_then(|intent| Some(door::token_of_checkout(&intent, intent.checkout_id?))))
        };
        let found = self.house.store.read(read).await?;
        found.ok_or(LinkRefusal::Other(Refusal::KeyInProgress))
    }
}

fn follow(
    tx: &mut Tx<'_>,
    bench: &Bench,
    (request, id): (&Request, LinkId),
    form: &LinkForm,
) -> Result<String, LinkRefusal> {
    let scope = request.scope;
    let mut link = links::get(tx, &scope, id)?.ok_or_else(unknown)?;
    if link.usage == LinkUse::Single {
        // Of two visitors the second waits, and then finds the checkout of the first.
        link = links::lock(tx, &scope, id)?.ok_or_else(unknown)?;
    }
    let view = view(tx, &bench.tenant, link)?;
    if let Some(token) = under_way(tx, &scope, &view)? {
        return Ok(token);
    }
    if view.status != LinkStatus::Active {
        return Err(LinkRefusal::Closed);
    }
    let amount = view.link.amount.taken(form.amount).map_err(LinkRefusal::Amount)?;
    if view.link.receipt == ReceiptWish::Required && form.email.is_none() {
        return Err(LinkRefusal::EmailNeeded);
    }
    let command = checkout(&view, amount, form);
    create(tx, bench, request, (&command, Some(id)))?;
    let intent = intents::get(tx, &scope, request.intent_id)?.ok_or(StoreError::Missing)?;
    let checkout_id = intent.checkout_id.ok_or(StoreError::Missing)?;
    Ok(door::token_of_checkout(&intent, checkout_id))
}

/// The token of the checkout of a link of single use, while that may be paid.
fn under_way(tx: &mut Tx<'_>, scope: &Scope, view: &LinkView) -> Result<Option<String>, StoreError> {
    if view.link.usage == LinkUse::Reusable || view.status == LinkStatus::Paid {
        return Ok(None);
    }
    let Some(id) = links::payments(tx, scope, view.link.id, Beyond::First, 1)?.pop() else {
        return Ok(None);
    };
    let intent = intents::get(tx, scope, id)?.ok_or(StoreError::Missing)?;
    if intent.state.is_final() {
        return Ok(None);
    }
    Ok(intent.checkout_id.map(|id| door::token_of_checkout(&intent, id)))
}

fn checkout(view: &LinkView, amount: Money, form: &LinkForm) -> CreateCheckout {
    let link = &view.link;
    let email = form.email.clone().filter(|_| link.receipt != ReceiptWish::NotAsked);
    let customer = email.clone().map(|email| Person {
        email: Some(email),
        ..Person::default()
    });
    CreateCheckout {
        intent: CreateIntent {
            family: ApiFamily::Payment,
            amount,
            customer,
            customer_id: None,
            description: Some(link.description.clone()),
            return_url: link.return_url.clone(),
            webhook_url: None,
            statement_descriptor: None,
            receipt_email: email,
            metadata: link.metadata.clone(),
            countries: Countries::default(),
            lifetime_ms: CHECKOUT_LIFETIME_MS,
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
