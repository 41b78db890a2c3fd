//! Read payments. Changes nothing, but a merchant who looks at a payment that is open brings the next question to its
//! provider forward.

use std::sync::Arc;

use domain::ids::{AttemptId, IntentId, PermitId};
use domain::permit::{ChargeKnowledge, PermitState};
use domain::scope::Scope;
use store::intents::{IntentFilter, Page};
use store::{StoreError, attempts, attention, intents, permits};

use crate::Engine;
use crate::case::payment_view;
use crate::house::held;
use crate::look_up::{Cause, look_up};
use crate::refusal::Refusal;
use crate::views::{AttemptView, AttentionItem, PaymentView};

/// How often a reader's questions go to the provider, per payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eagerness {
    /// A merchant asks.
    OfMerchant,
    /// A payer's page asks.
    OfPayer,
}

impl Eagerness {
    fn every_ms(self) -> i64 {
        match self {
            Self::OfMerchant => 2_000,
            Self::OfPayer => 5_000,
        }
    }
}

/// Payments remembered as asked about lately, at most.
const NUDGED_MAX: usize = 10_000;

impl Engine {
    /// One payment.
    ///
    /// # Errors
    /// [`Refusal::UnknownIntent`], also for another project's or environment's.
    pub async fn payment(&self, scope: Scope, id: IntentId) -> Result<PaymentView, Refusal> {
        let view = self.payment_as_it_is(scope, id).await?;
        self.nudge(scope, &view, Eagerness::OfMerchant);
        Ok(view)
    }

    /// One payment, without asking anybody.
    pub(crate) async fn payment_as_it_is(&self, scope: Scope, id: IntentId) -> Result<PaymentView, Refusal> {
        self.house
            .store
            .read(move |tx| {
                let intent = intents::get(tx, &scope, id)?.ok_or_else(|| Refusal::UnknownIntent(id.to_string()))?;
                Ok(payment_view(tx, &scope, intent)?)
            })
            .await
    }

    /// Up to `limit` payments beyond `page`: newest first, but oldest first for [`Page::NewerThan`].
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn payments(
        &self,
        scope: Scope,
        filter: IntentFilter,
        page: Page,
        limit: i64,
    ) -> Result<Vec<PaymentView>, Refusal> {
        self.house
            .store
            .read(move |tx| {
                let found = intents::list(tx, &scope, &filter, page, limit)?;
                let views: Result<Vec<_>, StoreError> = found
                    .into_iter()
                    .map(|intent| payment_view(tx, &scope, intent))
                    .collect();
                Ok(views?)
            })
            .await
    }

    /// Up to `limit` attempts of an intent with a number below `below_number`, newest first.
    ///
    /// # Errors
    /// [`Refusal::UnknownIntent`].
    pub async fn attempts(
        &self,
        scope: Scope,
        id: IntentId,
        below_number: i64,
        limit: i64,
    ) -> Result<Vec<AttemptView>, Refusal> {
        self.house
            .store
            .read(move |tx| {
                intents::get(tx, &scope, id)?.ok_or_else(|| Refusal::UnknownIntent(id.to_string()))?;
                let mut views = Vec::new();
                for attempt in attempts::of_intent(tx, &scope, id, below_number, limit)? {
                    let permit = permits::latest_of_attempt(tx, &scope, attempt.id)?;
                    views.push(AttemptView { attempt, permit });
                }
                Ok(views)
            })
            .await
    }

    /// One attempt of an intent.
    ///
    /// # Errors
    /// [`Refusal::UnknownIntent`] or [`Refusal::UnknownAttempt`].
    pub async fn attempt(&self, scope: Scope, id: IntentId, attempt_id: AttemptId) -> Result<AttemptView, Refusal> {
        self.house
            .store
            .read(move |tx| {
                intents::get(tx, &scope, id)?.ok_or_else(|| Refusal::UnknownIntent(id.to_string()))?;
                let attempt = attempts::get(tx, &scope, attempt_id)?.filter(|attempt| attempt.intent_id == id);
                let attempt = attempt.ok_or_else(|| Refusal::UnknownAttempt(attempt_id.to_string()))?;
                let permit = permits::latest_of_attempt(tx, &scope, attempt_id)?;
                Ok(AttemptView { attempt, permit })
            })
            .await
    }

    /// What waits for a person, newest first.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn attention(&self, limit: i64) -> Result<Vec<AttentionItem>, Refusal> {
        self.house.store.read(move |tx| Ok(attention::open(tx, limit)?)).await
    }

    pub(crate) fn nudge(&self, scope: Scope, view: &PaymentView, eagerness: Eagerness) {
        let Some(permit_id) = undecided(view) else {
            return;
        };
        let now_ms = self.house.world.monotonic_ms();
        {
            let mut nudged = held(&self.house.nudged);
            if nudged
                .get(&view.intent.id)
                .is_some_and(|at_ms| now_ms - at_ms < eagerness.every_ms())
            {
                return;
            }
            if nudged.len() >= NUDGED_MAX {
                nudged.retain(|_, at_ms| now_ms - *at_ms < Eagerness::OfPayer.every_ms());
            }
            nudged.insert(view.intent.id, now_ms);
        }
        let house = Arc::clone(&self.house);
        self.house.running.spawn(async move {
            if let Err(refusal) = look_up(&house, scope, permit_id, Cause::Nudge).await {
                tracing::debug!(event = "nudge_failed", permit = %permit_id, error = %refusal);
            }
        });
    }
}

/// The permit whose charge has ended without a decision.
fn undecided(view: &PaymentView) -> Option<PermitId> {
    let permit = view.active_attempt.as_ref()?.permit.as_ref()?;
    match permit.state {
        PermitState::Sent(ChargeKnowledge::Unknown | ChargeKnowledge::Accepted) => Some(permit.id),
        PermitState::Sent(ChargeKnowledge::InFlight) | PermitState::Open | PermitState::Paid | PermitState::Dead(_) => {
            None
        }
    }
}
