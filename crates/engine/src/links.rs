//! Payment links: make, show, change, list, and what was paid through them. Owns what may change of one; its token is made by
//! [`crate::door`], what visitors see and do is `visit`'s and `follow`'s.

mod follow;
mod standing;
mod visit;

use std::sync::Arc;

use domain::ids::{CheckoutId, LinkId};
use domain::language::Language;
use domain::link::{LinkAmount, LinkStatus, LinkSwitch, LinkUse, ReceiptWish};
use domain::scope::Scope;
use store::checkouts::{Customization, Restriction};
use store::idempotency::EffectKind;
use store::page::Beyond;
use store::{StoreError, Tx, intents, links};

pub use domain::link::AmountNotTaken;
pub use follow::{LinkForm, LinkRefusal};
pub(crate) use standing::{is_used_up, may_begin};
pub use store::links::{Link, LinkFilter};
pub use visit::LinkVisit;

use crate::Engine;
use crate::case::{Bench, must_be_one, payment_view};
use crate::commands::Claim;
use crate::door;
use crate::house::Tenant;
use crate::once::Once;
use crate::refusal::Refusal;
use crate::render::{Answer, Origin, Rendered};
use crate::views::PaymentView;

/// Make a link.
#[derive(Clone, Debug)]
pub struct CreateLink {
    /// How often it may be paid.
    pub usage: LinkUse,
    /// What is paid.
    pub amount: LinkAmount,
    /// What for.
    pub description: String,
    /// Whether a visitor is asked where the receipt goes.
    pub receipt: ReceiptWish,
    /// Where payers go afterwards.
    pub return_url: Option<String>,
    /// A JSON object as text: of every payment made through it.
    pub metadata: String,
    /// What its payers cannot choose.
    pub restriction: Restriction,
    /// How its pages look.
    pub customization: Customization,
    /// The language of its pages; the payer's browser decides when there is none.
    pub language: Option<Language>,
    /// Milliseconds UTC from which nobody begins to pay.
    pub expires_at_ms: Option<i64>,
}

/// Change what may change of a link. `None` leaves a member as it is.
#[derive(Clone, Debug, Default)]
pub struct UpdateLink {
    /// What for: of payments that are made from now on.
    pub description: Option<String>,
    /// Whether it may be paid. Checkouts that are open can be paid all the same, until their own end.
    pub switch: Option<LinkSwitch>,
    /// Milliseconds UTC from which nobody begins to pay; `Some(None)` lets it live on. Checkouts that are open keep their own
    /// end.
    pub expires_at_ms: Option<Option<i64>>,
}

/// A link, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// Whose it is.
    pub scope: Scope,
    /// The link.
    pub link: Link,
    /// How it stands now.
    pub status: LinkStatus,
    /// Completed payments.
    pub times_paid: i64,
    /// Opens its page.
    pub token: String,
}

/// How an order about a link is answered. Must be a pure function: it runs inside the transaction.
pub type ShowLink = Arc<dyn Fn(&LinkView) -> Rendered + Send + Sync>;

impl Engine {
    /// Makes a link.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing was made then.
    pub async fn create_link(
        &self,
        scope: Scope,
        command: CreateLink,
        (claim, show): (Option<Claim>, ShowLink),
    ) -> Result<Answer, Refusal> {
        let key = claim.as_ref().map(|claim| claim.key.clone());
        let (made_with, shown) = (key.clone(), Arc::clone(&show));
        let work = move |tx: &mut Tx<'_>, bench: &Bench| {
            let view = insert(tx, &mut bench.clone(), &command, made_with.as_deref())?;
            Ok::<_, Refusal>(shown(&view))
        };
        match self.once(scope, (EffectKind::Update, claim), work).await? {
            Once::Answered(answer) => Ok(answer),
            Once::LetGo => {
                let tenant = self.house.tenant(scope).await?;
                let read = move |tx: &mut Tx<'_>| {
                    let link = links::of_key(tx, &scope, &key.clone().unwrap_or_default())?;
                    link.map(|link| view(tx, &tenant, link)).transpose()
                };
                let found = self.house.store.read(read).await?.ok_or_else(unknown)?;
                Ok(again(&found, &show))
            }
        }
    }

    /// Changes a link.
    ///
    /// # Errors
    /// [`Refusal::UnknownLink`], also for another project's or environment's.
    pub async fn update_link(
        &self,
        scope: Scope,
        id: LinkId,
        command: UpdateLink,
        (claim, show): (Option<Claim>, ShowLink),
    ) -> Result<Answer, Refusal> {
        let shown = Arc::clone(&show);
        let work = move |tx: &mut Tx<'_>, bench: &Bench| {
            let (_, after) = update(tx, &bench.tenant, id, &command)?;
            Ok::<_, Refusal>(shown(&after))
        };
        match self.once(scope, (EffectKind::Update, claim), work).await? {
            Once::Answered(answer) => Ok(answer),
            Once::LetGo => Ok(again(&self.link(scope, id).await?, &show)),
        }
    }

    /// One link.
    ///
    /// # Errors
    /// [`Refusal::UnknownLink`], also for another project's or environment's.
    pub async fn link(&self, scope: Scope, id: LinkId) -> Result<LinkView, Refusal> {
        let tenant = self.house.tenant(scope).await?;
        self.house
            .store
            .read(move |tx| {
                let link = links::get(tx, &scope, id)?.ok_or_else(unknown)?;
                Ok(view(tx, &tenant, link)?)
            })
            .await
    }

    /// Up to `limit` links beyond `page`: newest first, but oldest first for [`Beyond::Newer`].
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn links(
        &self,
        scope: Scope,
        filter: LinkFilter,
        page: Beyond<LinkId>,
        limit: i64,
    ) -> Result<Vec<LinkView>, Refusal> {
        let tenant = self.house.tenant(scope).await?;
        let read = move |tx: &mut Tx<'_>| {
            let found = links::list(tx, &scope, &filter, page.clone(), limit)?;
            found.into_iter().map(|link| view(tx, &tenant, link)).collect()
        };
        Ok(self.house.store.read::<_, StoreError, _>(read).await?)
    }

    /// Up to `limit` payments through a link, beyond `page` of their checkouts: newest first, but oldest first for
    /// [`Beyond::Newer`].
    ///
    /// # Errors
    /// [`Refusal::UnknownLink`].
    pub async fn payments_of_link(
        &self,
        scope: Scope,
        id: LinkId,
        page: Beyond<CheckoutId>,
        limit: i64,
    ) -> Result<Vec<PaymentView>, Refusal> {
        self.house
            .store
            .read(move |tx| {
                links::get(tx, &scope, id)?.ok_or_else(unknown)?;
                let found = links::payments(tx, &scope, id, page.clone(), limit)?;
                let mut views = Vec::with_capacity(found.len());
                for id in found {
                    let intent = intents::get(tx, &scope, id)?.ok_or(StoreError::Missing)?;
                    views.push(payment_view(tx, &scope, intent)?);
                }
                Ok(views)
            })
            .await
    }
}

/// Writes a new link; `made_with` is the idempotency key of the request.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    bench: &mut Bench,
    command: &CreateLink,
    made_with: Option<&str>,
) -> Result<LinkView, StoreError> {
    let at_ms = store::clock(tx)?;
    let id = bench.draws.id(at_ms);
    let token = door::token_of_link(&bench.tenant.keys.links, id);
    let link = Link {
        id,
        token_hash: door::hash(&token),
        usage: command.usage,
        amount: command.amount,
        description: command.description.clone(),
        receipt: command.receipt,
        return_url: command.return_url.clone(),
        metadata: command.metadata.clone(),
        restriction: command.restriction.clone(),
        customization: command.customization.clone(),
        language: command.language,
        switch: LinkSwitch::On,
        expires_at_ms: command.expires_at_ms,
        created_at_ms: at_ms,
    };
    links::insert(tx, &bench.tenant.scope, &link, made_with)?;
    view(tx, &bench.tenant, link)
}

/// Changes a link. Returns it as it was and as it is.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: LinkId,
    command: &UpdateLink,
) -> Result<(Link, LinkView), Refusal> {
    let before = links::lock(tx, &tenant.scope, id)?.ok_or_else(unknown)?;
    let mut link = before.clone();
    if let Some(description) = &command.description {
        link.description.clone_from(description);
    }
    link.switch = command.switch.unwrap_or(link.switch);
    link.expires_at_ms = command.expires_at_ms.unwrap_or(link.expires_at_ms);
    if link != before {
        must_be_one(links::update(tx, &tenant.scope, &link)?)?;
    }
    Ok((before, view(tx, tenant, link)?))
}

/// A link as it stands now.
pub(crate) fn view(tx: &mut Tx<'_>, tenant: &Tenant, link: Link) -> Result<LinkView, StoreError> {
    Ok(LinkView {
        scope: tenant.scope,
        status: standing::status(tx, &tenant.scope, &link)?,
        token: door::token_of_link(&tenant.keys.links, link.id),
        times_paid: links::times_paid(tx, &tenant.scope, link.id)?,
        link,
    })
}

fn again(view: &LinkView, show: &ShowLink) -> Answer {
    Answer {
        rendered: show(view),
        origin: Origin::Replayed,
    }
}

/// Said alike of what is not there and of what is another's.
pub(crate) fn unknown() -> Refusal {
    Refusal::UnknownLink(String::new())
}
