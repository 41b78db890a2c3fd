//! Create a checkout: a payment intent, and the page on which its payer pays it.

use domain::ids::LinkId;
use domain::scope::Scope;
use store::Tx;
use store::checkouts::{self, Checkout};
use store::idempotency::EffectKind;

use crate::Engine;
use crate::case::{Bench, Case};
use crate::charge::carry_out;
use crate::commands::{Claim, CreateCheckout};
use crate::create_intent::new_intent;
use crate::door;
use crate::refusal::Refusal;
use crate::render::Answer;
use crate::request::{Request, Step, bench_for};

impl Engine {
    /// Creates a checkout and its payment.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing was created then.
    pub async fn create_checkout(
        &self,
        scope: Scope,
        command: CreateCheckout,
        claim: Option<Claim>,
    ) -> Result<Answer, Refusal> {
        let request = Request {
            scope,
            family: command.intent.family,
            effect: EffectKind::Checkout,
            claim,
            intent_id: self.new_intent_id(),
        };
        let (house, asked) = (self.house.clone(), request.clone());
        let work = async move {
            let bench = bench_for(&house, scope).await?;
            let created = asked.clone();
            let step = house
                .store
                .write(move |tx| create(tx, &bench, &created, (&command, None)))
                .await?;
            carry_out(&house, &asked, step).await
        };
        self.answer(request, work).await
    }
}

/// Creates a checkout in this transaction, for a visitor of a link or for nobody in particular.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    bench: &Bench,
    request: &Request,
    (command, link_id): (&CreateCheckout, Option<LinkId>),
) -> Result<Step, Refusal> {
    let mut bench = bench.clone();
    request.claim(tx, bench.house.epoch)?;
    let mut intent = new_intent(tx, &mut bench, request, &command.intent)?;
    let id = bench.draws.id(intent.created_at_ms);
    intent.checkout_id = Some(id);
    intent.payer_language = command.language;
    let checkout = Checkout {
        id,
        intent_id: intent.id,
        token_hash: door::hash(&door::token_of_checkout(&intent, id)),
        link_id,
        restriction: command.restriction.clone(),
        customization: command.customization.clone(),
        created_at_ms: intent.created_at_ms,
    };
    let case = Case::create(tx, bench, intent)?;
    checkouts::insert(case.tx, &request.scope, &checkout)?;
    request.bind(case.tx, None)?;
    request.conclude(case, None)
}
