//! Take the payer's one-time code: the open permit becomes sent and the charge carries the code. The code itself is
//! kept nowhere.

use domain::attempt::{AttemptEvent, AttemptState};
use domain::ids::{AttemptId, IntentId};
use domain::next_action::NextAction;
use domain::permit::PermitState;
use domain::scope::{ApiFamily, Scope};
use store::Tx;
use store::idempotency::EffectKind;
use store::{StoreError, accounts, checkouts};

use crate::Engine;
use crate::case::{Bench, Case};
use crate::charge::carry_out;
use crate::commands::Claim;
use crate::links::may_begin;
use crate::refusal::Refusal;
use crate::render::Answer;
use crate::request::{Request, Step, bench_for};

impl Engine {
    /// Hands the payer's code over. A wrong code is no refusal: the attempt goes on waiting for another one, or fails
    /// after the third.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing was sent then.
    pub async fn submit_otp(
        &self,
        scope: Scope,
        target: (IntentId, AttemptId),
        code: String,
        spoken: (ApiFamily, Option<Claim>),
    ) -> Result<Answer, Refusal> {
        let ((intent_id, attempt_id), (family, claim)) = (target, spoken);
        let request = Request {
            scope,
            family,
            effect: EffectKind::Code,
            claim,
            intent_id,
        };
        let (house, asked) = (self.house.clone(), request.clone());
        let work = async move {
            let bench = bench_for(&house, scope).await?;
            let taken = asked.clone();
            let step = house
                .store
                .write(move |tx| take_code(tx, &bench, &taken, (attempt_id, &code)))
                .await?;
            carry_out(&house, &asked, step).await
        };
        self.answer(request, work).await
    }
}

fn take_code(tx: &mut Tx<'_>, bench: &Bench, request: &Request, given: (AttemptId, &str)) -> Result<Step, Refusal> {
    let (attempt_id, code) = given;
    request.claim(tx, bench.house.epoch)?;
    let link = checkouts::link_of_intent(tx, &request.scope, request.intent_id)?;
    may_begin(tx, &request.scope, link, request.intent_id)?;
    let mut case = Case::open(tx, bench, request.intent_id)?;
    let attempt = match case.attempt(attempt_id) {
        Ok(attempt) => attempt.clone(),
        Err(StoreError::Missing) => return Err(Refusal::UnknownAttempt(attempt_id.to_string())),
        Err(error) => return Err(error.into()),
    };
    let refused = Refusal::CodeNotExpected {
        intent_id: request.intent_id,
    };
    let waits = matches!(attempt.state, AttemptState::ActionRequired(NextAction::Otp { .. }, _));
    let open = case
        .live_permit()
        .filter(|p| p.attempt_id == attempt_id && p.state == PermitState::Open);
    let Some((permit_id, account_id)) = open.filter(|_| waits).map(|permit| (permit.id, permit.account_id)) else {
        return Err(refused);
    };
    if case.is_over() {
        return Err(Refusal::IntentExpired);
    }
    let account = accounts::get(case.tx, &request.scope, account_id)?.ok_or(StoreError::Missing)?;
    let order = case.order(&attempt, &account, Some(code.to_owned()))?;
    let Some(charge) = case.send(permit_id, order, account)? else {
        return Err(refused);
    };
    case.move_attempt(attempt_id, AttemptEvent::Proceed)?.ok();
    request.bind(case.tx, Some(attempt_id))?;
    request.conclude(case, Some(charge))
}
