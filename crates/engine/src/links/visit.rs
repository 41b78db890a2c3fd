//! What a payment link shows to its visitors. Looking makes nothing, as programs that draw previews look too, and counts
//! nothing.

use domain::link::{LinkAmount, LinkStatus, LinkUse};
use domain::scope::Scope;
use store::intents::Intent;
use store::links::Link;
use store::page::Beyond;
use store::{StoreError, Tx, intents, links, projects};

use super::standing::status;
use super::unknown;
use crate::Engine;
use crate::door;
use crate::refusal::Refusal;
use crate::views::PaymentView;

/// A link as its visitor sees it.
#[derive(Clone, Debug)]
pub struct LinkVisit {
    /// Whose it is.
    pub scope: Scope,
    /// The link.
    pub link: Link,
    /// How it stands.
    pub status: LinkStatus,
    /// Whom the visitor pays: the link's brand, or else the project's name.
    pub merchant: String,
    /// Token of the checkout that everybody is led to: that of a link of single use, while it may be paid.
    pub under_way: Option<String>,
}

impl Engine {
    /// The link that a token opens.
    ///
    /// # Errors
    /// [`Refusal::UnknownLink`] for everything that opens nothing.
    pub async fn visit_link(&self, token: &str) -> Result<LinkVisit, Refusal> {
        let hash = door::hash(token);
        let seen = move |tx: &mut Tx<'_>| {
            let (scope, link) = links::by_token(tx, &hash)?.ok_or_else(unknown)?;
            let status = status(tx, &scope, &link)?;
            let open =
                open_payment(tx, &scope, &link)?.filter(|intent| status != LinkStatus::Paid && binds(&link, intent));
            let name = projects::get(tx, &scope)?.map(|project| project.name);
            Ok::<_, Refusal>(LinkVisit {
                merchant: link.customization.brand.clone().or(name).unwrap_or_default(),
                under_way: open.as_ref().and_then(token_of),
                scope,
                link,
                status,
            })
        };
        self.house.store.read(seen).await
    }

    /// The token of the link that a payment was made through; `None` when it was made without one.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn link_token(&self, payment: &PaymentView) -> Result<Option<String>, Refusal> {
        let Some(id) = payment.checkout.as_ref().and_then(|checkout| checkout.link_id) else {
            return Ok(None);
        };
        let tenant = self.house.tenant(payment.scope).await?;
        Ok(Some(door::token_of_link(&tenant.keys.links, id)))
    }
}

/// The payment of a link of single use that has not ended. It has one at a time.
pub(super) fn open_payment(tx: &mut Tx<'_>, scope: &Scope, link: &Link) -> Result<Option<Intent>, StoreError> {
    if link.usage == LinkUse::Reusable {
        return Ok(None);
    }
    let Some(id) = links::payments(tx, scope, link.id, Beyond::First, 1)?.pop() else {
        return Ok(None);
    };
    let intent = intents::get(tx, scope, id)?.ok_or(StoreError::Missing)?;
    Ok(Some(intent).filter(|intent| !intent.state.is_final()))
}

/// Whether everybody is led to this open payment. An amount that somebody entered binds nobody until they begin to pay it.
pub(super) fn binds(link: &Link, open: &Intent) -> bool {
    match link.amount {
        LinkAmount::Fixed(_) => true,
        LinkAmount::Entered { .. } => open.attempts_made > 0,
    }
}

/// Opens the page of a payment that was made through a link.
pub(super) fn token_of(intent: &Intent) -> Option<String> {
    intent.checkout_id.map(|id| door::token_of_checkout(intent, id))
}
