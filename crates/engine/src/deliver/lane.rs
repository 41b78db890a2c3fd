//! Work on one place until nothing is due there: read, send side by side, write down. Owns how many letters are under way;
//! never what follows a failure.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use domain::ids::{DeliveryId, EndpointId};
use domain::webhook::{DeliveryOrder, EndpointState, Plan, TryOutcome};
use store::deliveries::{self, Due};
use store::webhook_endpoints::{self, Endpoint};
use store::webhook_lanes::{self, Lane};
use store::{StoreError, Tx};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::letter::{Addressee, AddresseeKind};
use super::record::{Place, Standing, record};
use super::secrets::{self, Owner};
use super::send::{Made, send};
use super::{LEASE_MS, may_get, span};
use crate::case::Bench;
use crate::house::House;
use crate::refusal::Refusal;
use crate::request::bench_for;

/// Letters under way to one place at most; a place begins with few and earns more.
const WIDTH_MAX: usize = 32;
const WIDTH_FIRST: usize = 2;

/// Letters under way to places that fail, at most.
const FAILING_MAX: usize = 128;

/// Deliveries read at a time.
const READ: usize = 256;

/// How long a stop waits for answers, in milliseconds.
const STOP_MS: i64 = 4_000;

/// Pause between two looks for more, while letters are under way, in milliseconds.
const LOOK_EVERY_MS: i64 = 250;

/// Room for letters under way in this process, apart for places that fail: however many there are, the others have theirs.
#[derive(Clone)]
pub(super) struct Rooms {
    well: Arc<Semaphore>,
    failing: Arc<Semaphore>,
    /// Places that failed before, worked on at a time: as many as there is room for one letter each, so that none waits for room
    /// with a place in its hands, and others find one however many fail.
    failing_lanes: Arc<Semaphore>,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            well: Arc::new(Semaphore::new(512)),
            failing: Arc::new(Semaphore::new(FAILING_MAX)),
            failing_lanes: Arc::new(Semaphore::new(FAILING_MAX)),
        }
    }
}

impl Rooms {
    /// How many more places that fail may be worked on.
    pub(super) fn failing_lanes(&self) -> usize {
        self.failing_lanes.available_permits()
    }

    /// Held while a claimed lane is worked on that failed before.
    pub(super) fn place_for(&self, lane: &Lane) -> Option<OwnedSemaphorePermit> {
        let failed = lane.failures > 0;
        failed.then(|| Arc::clone(&self.failing_lanes).try_acquire_owned().ok())?
    }
}

/// Works on a claimed lane, then lets go of it.
pub(super) async fn work_on(house: &Arc<House>, lane: Lane, rooms: &Rooms, stop: &CancellationToken) {
    let (scope, id, epoch) = (lane.scope, lane.id.clone(), house.epoch);
    if let Err(refusal) = Worker::open(house, lane, rooms, stop).run().await {
        tracing::error!(event = "lane_failed", lane = id, error = %refusal);
        // Not at once again: what failed may fail for longer.
        house.world.sleep(span(1_000)).await;
    }
    let released = house
        .store
        .write(move |tx| Ok::<_, Refusal>(webhook_lanes::release(tx, &scope, &id, epoch)?));
    if let Err(refusal) = released.await {
        tracing::error!(event = "lane_kept", error = %refusal);
    }
}

struct Worker<'w> {
    house: &'w Arc<House>,
    lane: Lane,
    rooms: &'w Rooms,
    stop: &'w CancellationToken,
    /// Read and not sent yet.
    queue: VecDeque<(Due, Arc<Addressee>)>,
    under_way: HashSet<DeliveryId>,
    sends: JoinSet<Made>,
    width: usize,
    standing: Standing,
    /// By which events are tried here.
    plan: Plan,
    /// In which order they go.
    order: DeliveryOrder,
    renewed_ms: i64,
}

/// What a look at the lane found.
struct Found {
    endpoint: Option<Endpoint>,
    due: Vec<Due>,
    environment: Option<store::webhook_secrets::SealedSecrets>,
}

impl<'w> Worker<'w> {
    fn open(house: &'w Arc<House>, lane: Lane, rooms: &'w Rooms, stop: &'w CancellationToken) -> Self {
        let (width, standing) = match lane.failures {
            0 => (WIDTH_FIRST, Standing::Well),
            _ => (1, Standing::Failing),
        };
        Self {
            house,
            lane,
            rooms,
            stop,
            queue: VecDeque::new(),
            under_way: HashSet::new(),
            sends: JoinSet::new(),
            width,
            standing,
            plan: Plan::Spread,
            order: DeliveryOrder::Any,
            renewed_ms: house.world.monotonic_ms(),
        }
    }

    async fn run(mut self) -> Result<(), Refusal> {
        while !self.stop.is_cancelled() && !matches!(self.standing, Standing::Disabled(_)) {
            if self.queue.is_empty() && self.sends.len() < self.width {
                self.look().await?;
            }
            self.fill().await?;
            if self.sends.is_empty() {
                return Ok(());
            }
            let made = self.next_made().await;
            self.write_down(made).await?;
            if !self.still_ours().await? {
                break;
            }
        }
        self.finish().await
    }

    /// Reads what is due, without what is under way.
    async fn look(&mut self) -> Result<(), Refusal> {
        let bench = bench_for(self.house, self.lane.scope).await?;
        let (lane, tenant) = (self.lane.clone(), Arc::clone(&bench.tenant));
        let limit = i64::try_from(READ + self.under_way.len()).unwrap_or(i64::MAX);
        let read = lane.clone();
        let mut found = self.house.store.read(move |tx| find(tx, &read, limit)).await?;
        if found.due.is_empty() {
            return Ok(());
        }
        if lane.endpoint_id.is_none() && found.environment.is_none() {
            let made = self
                .house
                .store
                .write(move |tx| secrets::of_environment(tx, &bench.tenant, &mut bench.draws.clone()));
            found.environment = Some(made.await?);
        }
        let now_ms = self.house.world.now_ms();
        if let Some(endpoint) = &found.endpoint {
            if !may_get(endpoint, &lane.scope) {
                return self.let_go(endpoint.id).await;
            }
            (self.plan, self.order) = (Plan::of(endpoint.family), endpoint.order);
            let addressee = Arc::new(Addressee {
                url: endpoint.url.clone(),
                kind: AddresseeKind::of(endpoint.family),
                secrets: secrets::open(&tenant, Owner::Endpoint(endpoint.id), &endpoint.secrets, now_ms)?,
            });
            self.queue_up(found.due, |_| Some(Arc::clone(&addressee)));
        } else if let Some(stored) = &found.environment {
            let own = secrets::open(&tenant, Owner::Environment, stored, now_ms)?;
            self.queue_up(found.due, |due| {
                Some(Arc::new(Addressee {
                    url: due.webhook_url.clone()?,
                    kind: AddresseeKind::PaymentUrl,
                    secrets: own.clone(),
                }))
            });
        }
        Ok(())
    }

    /// Gives up what waits for an endpoint that got a URL since to which nothing goes.
    async fn let_go(&self, id: EndpointId) -> Result<(), Refusal> {
        let lane = self.lane.clone();
        let given_up = self.house.store.write(move |tx| {
            let endpoint = webhook_endpoints::get(tx, &lane.scope, id)?.ok_or(StoreError::Missing)?;
            let now_ms = store::clock(tx)?;
            Ok::<_, Refusal>(match may_get(&endpoint, &lane.scope) {
                true => 0,
                false => deliveries::give_up(tx, &lane.scope, &lane.id, None, now_ms)?,
            })
        });
        let given_up = given_up.await?;
        tracing::warn!(event = "webhooks_not_in_clear", to = %id, given_up);
        Ok(())
    }

    fn queue_up(&mut self, due: Vec<Due>, to: impl Fn(&Due) -> Option<Arc<Addressee>>) {
        let fresh = due.into_iter().filter(|due| !self.under_way.contains(&due.delivery.id));
        self.queue.extend(fresh.filter_map(|due| to(&due).map(|to| (due, to))));
    }

    /// Sends what there is room for.
    async fn fill(&mut self) -> Result<(), Refusal> {
        let tenant = self.house.tenant(self.lane.scope).await?;
        let room = match self.standing {
            Standing::Well => &self.rooms.well,
            Standing::Failing | Standing::Disabled(_) => &self.rooms.failing,
        };
        while self.sends.len() < self.width && !self.queue.is_empty() {
            let place = match self.sends.is_empty() {
                // With nothing under way there is nothing to wait for but room.
                true => Arc::clone(room).acquire_owned().await.ok(),
                false => Arc::clone(room).try_acquire_owned().ok(),
            };
            let (Some(place), Some((due, to))) = (place, self.queue.pop_front()) else {
                return Ok(());
            };
            self.under_way.insert(due.delivery.id);
            let (house, tenant) = (Arc::clone(self.house), Arc::clone(&tenant));
            self.sends.spawn(async move {
                let made = send(house, tenant, to, due).await;
                drop(place);
                made
            });
        }
        Ok(())
    }

    /// Waits for the next answer, and takes what else has come; none when it is time to look for more.
    async fn next_made(&mut self) -> Vec<Made> {
        let may_look = self.queue.is_empty() && self.sends.len() < self.width;
        let look = self.house.world.sleep(span(LOOK_EVERY_MS));
        let first = tokio::select! {
            biased;
            joined = self.sends.join_next() => joined,
            () = self.stop.cancelled() => None,
            () = self.house.published.notified(), if may_look => None,
            () = look => None,
        };
        let mut made: Vec<Made> = first.into_iter().filter_map(Result::ok).collect();
        while let Some(joined) = self.sends.try_join_next() {
            made.extend(joined);
        }
        made
    }

    async fn write_down(&mut self, made: Vec<Made>) -> Result<(), Refusal> {
        if made.is_empty() {
            return Ok(());
        }
        for one in &made {
            self.under_way.remove(&one.id());
            count(one);
        }
        self.width = made.iter().fold(self.width, |width, one| match one.status {
            Some(200..=299) => (width * 2).min(WIDTH_MAX),
            _ => 1,
        });
        if made.iter().any(|one| one.outcome == TryOutcome::Gone) {
            self.queue.clear(); // what was read before may not be wanted any more
        }
        let bench: Bench = bench_for(self.house, self.lane.scope).await?;
        let place = Place {
            lane_id: self.lane.id.clone(),
            endpoint_id: self.lane.endpoint_id,
            order: self.order,
            plan: self.plan,
        };
        let before = self.standing;
        let told = place.name();
        self.standing = self
            .house
            .store
            .write(move |tx| record(tx, &bench, &place, &made))
            .await?;
        match (before, self.standing) {
            (Standing::Well, Standing::Failing) => tracing::warn!(event = "webhooks_fail", to = told),
            (Standing::Failing, Standing::Well) => tracing::info!(event = "webhooks_recovered", to = told),
            (_, Standing::Disabled(state)) => {
                tracing::error!(event = "webhook_endpoint_disabled", to = told, state = state.code());
            }
            (Standing::Well, Standing::Well) | (Standing::Failing, Standing::Failing) | (Standing::Disabled(_), _) => {}
        }
        Ok(())
    }

    /// Says that we live; whether the lane is ours still.
    async fn still_ours(&mut self) -> Result<bool, Refusal> {
        let now_ms = self.house.world.monotonic_ms();
        if now_ms - self.renewed_ms < LEASE_MS / 3 {
            return Ok(true);
        }
        self.renewed_ms = now_ms;
        let (scope, id, epoch) = (self.lane.scope, self.lane.id.clone(), self.house.epoch);
        let renewed = self.house.store.write(move |tx| {
            let until_ms = store::clock(tx)? + LEASE_MS;
            Ok::<_, Refusal>(webhook_lanes::renew(tx, &scope, &id, epoch, until_ms)?)
        });
        Ok(renewed.await? == 1)
    }

    /// Waits a little for letters under way; an answer that comes later is lost, and its event is sent again.
    async fn finish(mut self) -> Result<(), Refusal> {
        let limit_ms = self.house.world.monotonic_ms() + STOP_MS;
        while !self.sends.is_empty() && self.house.world.monotonic_ms() < limit_ms {
            let pause = self.house.world.sleep(span(LOOK_EVERY_MS));
            let made: Vec<Made> = tokio::select! {
                biased;
                joined = self.sends.join_next() => joined.into_iter().filter_map(Result::ok).collect(),
                () = pause => Vec::new(),
            };
            self.write_down(made).await?;
        }
        Ok(())
    }
}

fn find(tx: &mut Tx<'_>, lane: &Lane, limit: i64) -> Result<Found, Refusal> {
    let nothing = Found {
        endpoint: None,
        due: Vec::new(),
        environment: None,
    };
    let now_ms = store::clock(tx)?;
    let Some(id) = lane.endpoint_id else {
        let due = deliveries::due(tx, &lane.scope, (&lane.id, DeliveryOrder::Any), now_ms, limit)?;
        let environment = store::webhook_secrets::get(tx, &lane.scope)?;
        return Ok(Found {
            due,
            environment,
            ..nothing
        });
    };
    let endpoint = webhook_endpoints::get(tx, &lane.scope, id)?.ok_or(StoreError::Missing)?;
    if endpoint.state != EndpointState::Enabled || endpoint.deleted_at_ms.is_some() {
        return Ok(nothing);
    }
    let due = deliveries::due(tx, &lane.scope, (&lane.id, endpoint.order), now_ms, limit)?;
    Ok(Found {
        endpoint: Some(endpoint),
        due,
        ..nothing
    })
}

fn count(made: &Made) {
    metrics::counter!("cowry_webhook_deliveries_total", "result" => made.outcome.code()).increment(1);
    if made.delivery.tries > 0 {
        metrics::counter!("cowry_webhook_retries_total").increment(1);
    }
    let took = std::time::Duration::from_millis(u64::try_from(made.took_ms).unwrap_or(0));
    metrics::histogram!("cowry_webhook_duration_seconds").record(took.as_secs_f64());
}
