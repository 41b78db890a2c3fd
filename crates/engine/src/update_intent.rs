//! Change what a merchant may change of an intent: what it is for, and its metadata. Allowed in every state; never what is to
//! be paid.

use domain::ids::IntentId;
use domain::scope::{ApiFamily, Scope};
use store::idempotency::EffectKind;
use store::{Tx, intents};

use crate::Engine;
use crate::case::{Bench, Case, must_be_one};
use crate::charge::carry_out;
use crate::commands::{Claim, UpdateIntent};
use crate::refusal::Refusal;
use crate::render::Answer;
use crate::request::{Request, Step, bench_for};

impl Engine {
    /// Changes an intent.
    ///
    /// # Errors
    /// A [`Refusal`]; the intent is as it was.
    pub async fn update_intent(
        &self,
        scope: Scope,
        intent_id: IntentId,
        command: UpdateIntent,
        spoken: (ApiFamily, Option<Claim>),
    ) -> Result<Answer, Refusal> {
        let (family, claim) = spoken;
        let request = Request {
            scope,
            family,
            effect: EffectKind::Update,
            claim,
            intent_id,
        };
        let (house, asked) = (self.house.clone(), request.clone());
        let work = async move {
            let bench = bench_for(&house, scope).await?;
            let updated = asked.clone();
            let step = house
                .store
                .write(move |tx| update(tx, &bench, &updated, &command))
                .await?;
            carry_out(&house, &asked, step).await
        };
        self.answer(request, work).await
    }
}

fn update(tx: &mut Tx<'_>, bench: &Bench, request: &Request, command: &UpdateIntent) -> Result<Step, Refusal> {
    request.claim(tx, bench.house.epoch)?;
    let mut case = Case::open(tx, bench, request.intent_id)?;
    let before = (case.intent.description.clone(), case.intent.metadata.clone());
    if let Some(description) = &command.description {
        case.intent.description.clone_from(description);
    }
    if let Some(merge) = &command.metadata {
        case.intent.metadata = merge(&case.intent.metadata)?;
    }
    if before != (case.intent.description.clone(), case.intent.metadata.clone()) {
        must_be_one(intents::save_description(case.tx, &request.scope, &case.intent)?)?;
        case.intent.version += 1;
        case.journal("intent.updated", case.intent.id.to_string(), "")?;
    }
    request.bind(case.tx, case.intent.active_attempt_id)?;
    request.conclude(case, None)
}
