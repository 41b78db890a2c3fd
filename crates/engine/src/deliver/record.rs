//! Write down how tries went, and what follows: the next try, an endpoint that is given up, people who are told. Owns that
//! order; the plan is the domain's.

use domain::attention::AttentionKind;
use domain::ids::{AttentionId, EndpointId};
use domain::webhook::{DeliveryOrder, EndpointState, Next, PATIENCE_MS, Plan, TryOutcome, mark_to_tell, next_try};
use store::attention::{self, Item};
use store::deliveries::{self, Outcome};
use store::delivery_tries::{self, Try};
use store::webhook_lanes::{self, Lane};
use store::{Tx, webhook_endpoints};

use super::send::Made;
use crate::case::Bench;
use crate::house::sealed;
use crate::refusal::Refusal;

/// A place that took nothing for so long, in milliseconds, was away: what it missed comes at once when it is back. After less
/// the plan's own next tries are as soon, and who has more than it can take is left alone until then.
const AWAY_MS: i64 = 5_000;

/// Where deliveries go.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) lane_id: String,
    pub(super) endpoint_id: Option<EndpointId>,
    /// In which it takes events.
    pub(super) order: DeliveryOrder,
    /// By which its events are tried.
    pub(super) plan: Plan,
}

impl Place {
    /// What people call it.
    pub(super) fn name(&self) -> String {
        self.endpoint_id
            .map_or_else(|| self.lane_id.clone(), |id| id.to_string())
    }
}

/// How a place does after the tries that were written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It takes events.
    Well,
    /// Its last tries failed.
    Failing,
    /// Its endpoint was disabled.
    Disabled(EndpointState),
}

/// Writes tries down; returns how the place does now.
pub(super) fn record(tx: &mut Tx<'_>, bench: &Bench, place: &Place, tries: &[Made]) -> Result<Standing, Refusal> {
    let mut desk = Desk {
        tx,
        bench: bench.clone(),
        place,
        known_well: false,
    };
    let mut standing = Standing::Well;
    for made in tries {
        standing = match made.outcome {
            TryOutcome::Delivered => desk.delivered(made)?,
            TryOutcome::Gone => desk.gone(made)?,
            TryOutcome::Refused
            | TryOutcome::Unreachable
            | TryOutcome::Tls
            | TryOutcome::TimedOut
            | TryOutcome::Broken => desk.failed(made)?,
        };
    }
    Ok(standing)
}

struct Desk<'d, 'a> {
    tx: &'d mut Tx<'a>,
    bench: Bench,
    place: &'d Place,
    /// Whether the lane is known to be free of failures.
    known_well: bool,
}

impl Desk<'_, '_> {
    fn delivered(&mut self, made: &Made) -> Result<Standing, Refusal> {
        if self.write(made, Outcome::Delivered)? && !self.known_well {
            self.recovered()?;
            self.known_well = true;
        }
        Ok(Standing::Well)
    }

    /// Whoever was away and takes events again gets at once what it missed.
    fn recovered(&mut self) -> Result<(), Refusal> {
        let scope = self.bench.tenant.scope;
        let lane = webhook_lanes::get(self.tx, &scope, &self.place.lane_id)?;
        let Some(since_ms) = lane.and_then(|lane| lane.failing_since_ms) else {
            return Ok(());
        };
        webhook_lanes::recovered(self.tx, &scope, &self.place.lane_id)?;
        let now_ms = store::clock(self.tx)?;
        if now_ms - since_ms >= AWAY_MS {
            deliveries::bring_forward(self.tx, &scope, &self.place.lane_id, (since_ms, now_ms))?;
        }
        let name = self.place.name();
        attention::resolve(self.tx, &scope, AttentionKind::WebhookFailing, &name, now_ms)?;
        Ok(())
    }

    /// 410: nothing is wanted there any more, neither this event nor others.
    fn gone(&mut self, made: &Made) -> Result<Standing, Refusal> {
        let scope = self.bench.tenant.scope;
        let now_ms = store::clock(self.tx)?;
        match self.place.endpoint_id {
            Some(_) => {
                self.write(made, Outcome::TryAt(now_ms))?;
                self.disable(EndpointState::DisabledAsGone, "it answered 410 Gone")
            }
            None => {
                self.write(made, Outcome::GivenUp)?;
                let intent_id = Some(made.delivery.intent_id);
                deliveries::give_up(self.tx, &scope, &self.place.lane_id, intent_id, now_ms)?;
                Ok(Standing::Well)
            }
        }
    }

    fn failed(&mut self, made: &Made) -> Result<Standing, Refusal> {
        let scope = self.bench.tenant.scope;
        let now_ms = store::clock(self.tx)?;
        self.known_well = false;
        let lane = webhook_lanes::failed(self.tx, &scope, &self.place.lane_id, &made.failure(), made.at_ms)?;
        let since_ms = lane.as_ref().and_then(|lane| lane.failing_since_ms).unwrap_or(now_ms);
        let (plan_tries, first_ms) = (
            made.delivery.plan_tries + 1,
            made.delivery.plan_from_ms.unwrap_or(made.at_ms),
        );
        let random = self.bench.draws.number();
        let next = next_try(
            self.place.plan,
            plan_tries,
            (first_ms, now_ms),
            made.retry_after_ms,
            random,
        );
        let all_this_time = since_ms <= first_ms || now_ms - since_ms >= PATIENCE_MS;
        match next {
            // An endpoint that took nothing for as long as an event is tried is not wanted; what it missed stays.
            Next::GiveUp if all_this_time && self.place.endpoint_id.is_some() => {
                self.write(made, Outcome::TryAt(now_ms))?;
                return self.disable(EndpointState::DisabledAsFailing, "it took no event for seven days");
            }
            Next::GiveUp => self.write(made, Outcome::GivenUp)?,
            Next::Try(due_ms) => self.write(made, Outcome::TryAt(due_ms))?,
        };
        if let Some(lane) = lane {
            self.tell(&lane, now_ms - since_ms)?;
        }
        Ok(Standing::Failing)
    }

    /// Writes the try and what it made of its delivery; whether it was ours to write.
    fn write(&mut self, made: &Made, outcome: Outcome) -> Result<bool, Refusal> {
        let (scope, number) = (self.bench.tenant.scope, made.delivery.tries + 1);
        let tried = (made.id(), made.delivery.tries, self.place.order);
        let written = deliveries::record(self.tx, &scope, tried, outcome, made.at_ms)?;
        if written == 0 {
            return Ok(false);
        }
        let answer = match made.answer.is_empty() {
            true => None,
            false => {
                let columns = &self.bench.tenant.keys.columns;
                let place = answer_place(made.id(), number);
                Some(
                    columns
                        .seal(&place, self.bench.draws.nonce(), &made.answer)
                        .map_err(sealed)?,
                )
            }
        };
        let done = Try {
            delivery_id: made.id(),
            number,
            url: made.url.clone(),
            outcome: made.outcome,
            status: made.status.map(i64::from),
            answer,
            at_ms: made.at_ms,
            took_ms: made.took_ms,
        };
        delivery_tries::insert(self.tx, &scope, &done)?;
        Ok(true)
    }

    fn disable(&mut self, state: EndpointState, why: &str) -> Result<Standing, Refusal> {
        let (scope, Some(id)) = (self.bench.tenant.scope, self.place.endpoint_id) else {
            return Ok(Standing::Failing);
        };
        if webhook_endpoints::disable(self.tx, &scope, id, state)? == 1 {
            let now_ms = store::clock(self.tx)?;
            let name = self.place.name();
            attention::resolve(self.tx, &scope, AttentionKind::WebhookFailing, &name, now_ms)?;
            self.put(AttentionKind::WebhookDisabled, format!("Disabled because {why}."))?;
        }
        Ok(Standing::Disabled(state))
    }

    /// Tells people of an endpoint that has failed for an hour, a day, three days.
    fn tell(&mut self, lane: &Lane, failing_ms: i64) -> Result<(), Refusal> {
        let scope = self.bench.tenant.scope;
        let Some(hours) = mark_to_tell(failing_ms, lane.told_hours) else {
            return Ok(());
        };
        webhook_lanes::told(self.tx, &scope, &lane.id, hours)?;
        if self.place.endpoint_id.is_none() {
            return Ok(());
        }
        let now_ms = store::clock(self.tx)?;
        attention::resolve(
            self.tx,
            &scope,
            AttentionKind::WebhookFailing,
            &self.place.name(),
            now_ms,
        )?;
        let last = lane.last_failure.as_deref().unwrap_or("unknown");
        let evidence = format!(
            "No event was taken for {hours} h, in {} tries; the last: {last}.",
            lane.failures
        );
        self.put(AttentionKind::WebhookFailing, evidence)
    }

    fn put(&mut self, kind: AttentionKind, evidence: String) -> Result<(), Refusal> {
        let now_ms = store::clock(self.tx)?;
        let id: AttentionId = self.bench.draws.id(now_ms);
        let item = Item {
            scope: self.bench.tenant.scope,
            id,
            kind,
            subject_id: self.place.name(),
            intent_id: None,
            evidence,
            created_at_ms: now_ms,
        };
        attention::insert(self.tx, &item)?;
        Ok(())
    }
}

/// Where the answer of a try stands.
pub(crate) fn answer_place(id: domain::ids::DeliveryId, number: i64) -> String {
    format!("delivery_tries.answer {id} {number}")
}
