//! The payment as it is shown, and the end of a transaction: counters saved, events rendered and written.

use domain::ids::EventId;
use domain::planted;
use domain::scope::{ApiFamily, Scope};
use store::intents::{self, Intent};
use store::outbox::{self, Event};
use store::{StoreError, Tx};
use store::{attempts, customers, permits};

use super::{Case, Counters, must_be_one};
use crate::house::sealed;
use crate::refusal::Refusal;
use crate::render::EventToRender;
use crate::views::{AttemptView, PaymentView};

/// Where the body of an event stands.
pub(crate) fn body_place(id: EventId) -> String {
    format!("outbox.body {id}")
}

/// Reads what belongs to an intent.
pub(crate) fn payment_view(tx: &mut Tx<'_>, scope: &Scope, intent: Intent) -> Result<PaymentView, StoreError> {
    let customer = match intent.customer_id {
        Some(id) => customers::get(tx, scope, id)?,
        None => None,
    };
    let active_attempt = match intent.active_attempt_id {
        Some(id) => {
            let attempt = attempts::get(tx, scope, id)?.ok_or(StoreError::Missing)?;
            let permit = permits::latest_of_attempt(tx, scope, id)?;
            Some(AttemptView { attempt, permit })
        }
        None => None,
    };
    Ok(PaymentView {
        intent,
        customer,
        active_attempt,
    })
}

impl<'c, 'a> Case<'c, 'a> {
    /// Ends the work of this transaction on the payment: writes the events with their bodies and saves the counters.
    pub(crate) fn finish(self) -> Result<PaymentView, Refusal> {
        self.finish_and_return().map(|(_, view)| view)
    }

    /// As [`Case::finish`], and gives the transaction back for what follows in it.
    pub(crate) fn finish_and_return(mut self) -> Result<(&'c mut Tx<'a>, PaymentView), Refusal> {
        let scope = self.bench.tenant.scope;
        let announced = std::mem::take(&mut self.announced);
        if !announced.is_empty() {
            self.intent.events_made += i64::try_from(announced.len()).unwrap_or(0);
            self.counted = Counters::Moved;
        }
        if self.counted == Counters::Moved && !planted::is("counters_not_saved") {
            must_be_one(intents::save_counters(self.tx, &scope, &self.intent)?)?;
            self.intent.version += 1;
        }
        let view = payment_view(self.tx, &scope, self.intent.clone())?;
        let first = self.intent.events_made - i64::try_from(announced.len()).unwrap_or(0) + 1;
        for (sequence, announcement) in (first..).zip(announced).skip(usize::from(planted::is("event_lost"))) {
            let id: EventId = self.bench.draws.id(self.at_ms);
            let event = EventToRender {
                id,
                announcement,
                sequence,
                payment: &view,
                at_ms: self.at_ms,
            };
            let body = self.bench.house.render.event(&event);
            let columns = &self.bench.tenant.keys.columns;
            let body = columns
                .seal(&body_place(id), self.bench.draws.nonce(), &body)
                .map_err(sealed)?;
            let event = Event {
                id,
                family: ApiFamily::Payment,
                intent_id: self.intent.id,
                sequence,
                announcement,
                body,
                created_at_ms: self.at_ms,
                stream_no: None,
            };
            outbox::insert(self.tx, &scope, &event)?;
        }
        Ok((self.tx, view))
    }
}
