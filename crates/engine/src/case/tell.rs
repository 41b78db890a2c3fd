//! The end of a transaction on a payment: counters saved, events rendered and written, for each API that is told of it. Owns
//! what the payment-intents API is told; what the payment API is told follows from the moves.

use domain::announcement::Announcement;
use domain::ids::EventId;
use domain::payment_status::PaymentStatus;
use domain::planted;
use domain::scope::ApiFamily;
use store::intents;
use store::outbox::{self, Event};
use store::{StoreError, Tx};

use super::view::payment_view;
use super::{Case, Counters, must_be_one};
use crate::house::sealed;
use crate::refusal::Refusal;
use crate::render::EventToRender;
use crate::views::PaymentView;

/// How the payment-intents API named a payment before a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// It was not there.
    New,
    /// So.
    As(PaymentStatus),
}

/// Where the body of an event stands.
pub(crate) fn body_place(id: EventId) -> String {
    format!("outbox.body {id}")
}

impl<'c, 'a> Case<'c, 'a> {
    /// Remembers how the payment is named now, where the payment-intents API is told of it.
    pub(super) fn name_before(&mut self) -> Result<(), StoreError> {
        if !self.intents_are_told() {
            return Ok(());
        }
        self.named_before = Some(Named::As(self.payment_status()?));
        Ok(())
    }

    /// How the payment-intents API names the payment.
    pub(crate) fn payment_status(&mut self) -> Result<PaymentStatus, StoreError> {
        let attempt = match self.intent.active_attempt_id {
            Some(id) => Some(self.attempt_state(id)?),
            None => None,
        };
        Ok(PaymentStatus::of(self.intent.state, attempt.as_ref()))
    }

    /// Whether the payment-intents API made this payment, or somebody listens to it.
    fn intents_are_told(&self) -> bool {
        self.intent.family == ApiFamily::PaymentIntents || self.bench.tenant.tells_intents
    }

    /// Ends the work of this transaction on the payment: writes the events with their bodies and saves the counters.
    pub(crate) fn finish(self) -> Result<PaymentView, Refusal> {
        self.finish_and_return().map(|(_, view)| view)
    }

    /// As [`Case::finish`], and gives the transaction back for what follows in it.
    pub(crate) fn finish_and_return(mut self) -> Result<(&'c mut Tx<'a>, PaymentView), Refusal> {
        let scope = self.bench.tenant.scope;
        let announced = std::mem::take(&mut self.announced);
        let mut view = payment_view(self.tx, &scope, self.intent.clone())?;
        let told_intents = self.told_intents(&view);
        let (first, first_of_intents) = (self.intent.events_made + 1, self.intent.intents_events_made + 1);
        self.intent.events_made += count(&announced);
        self.intent.intents_events_made += count(&told_intents);
        if !announced.is_empty() || !told_intents.is_empty() {
            self.counted = Counters::Moved;
        }
        if self.counted == Counters::Moved && !planted::is("counters_not_saved") {
            must_be_one(intents::save_counters(self.tx, &scope, &self.intent)?)?;
            self.intent.version += 1;
        }
        view.intent = self.intent.clone();
        if announced.contains(&Announcement::PaymentCompleted) {
            self.order_receipt()?;
        }
        let of_payment = (first..).zip(announced).skip(usize::from(planted::is("event_lost")));
        for (sequence, announcement) in of_payment.chain((first_of_intents..).zip(told_intents)) {
            self.write_event(&view, sequence, announcement)?;
        }
        Ok((self.tx, view))
    }

    /// What the payment-intents API is told: that the payment was made, and each time that its name changes.
    fn told_intents(&self, view: &PaymentView) -> Vec<Announcement> {
        let attempt = view.active_attempt.as_ref().map(|active| &active.attempt.state);
        let after = PaymentStatus::of(view.intent.state, attempt);
        match self.named_before {
            Some(Named::As(before)) if before != after => after.announcement().into_iter().collect(),
            Some(Named::New) if self.intents_are_told() => [Some(Announcement::IntentCreated), after.announcement()]
                .into_iter()
                .flatten()
                .collect(),
            Some(Named::As(_) | Named::New) | None => Vec::new(),
        }
    }

    fn write_event(&mut self, view: &PaymentView, sequence: i64, announcement: Announcement) -> Result<(), Refusal> {
        let id: EventId = self.bench.draws.id(self.at_ms);
        let event = EventToRender {
            id,
            announcement,
            sequence,
            payment: view,
            at_ms: self.at_ms,
        };
        let body = self.bench.house.render.event(&event);
        let columns = &self.bench.tenant.keys.columns;
        let body = columns
            .seal(&body_place(id), self.bench.draws.nonce(), &body)
            .map_err(sealed)?;
        let event = Event {
            id,
            family: announcement.family(),
            intent_id: self.intent.id,
            sequence,
            announcement,
            body,
            created_at_ms: self.at_ms,
            stream_no: None,
        };
        Ok(outbox::insert(self.tx, &self.bench.tenant.scope, &event)?)
    }
}

fn count<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(0)
}
