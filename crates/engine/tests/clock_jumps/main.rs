//! The clock jumps amid a payment: the wall clock two hours ahead or one hour back, or the machine was suspended. Nothing
//! is sent late, nothing is believed early, and timers still fire. The real engine on the inline store, under a virtual
//! clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod operators;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::permit::{DeathProof, PermitState};
use domain::scope::Scope;
use engine::Engine;
use engine::views::PaymentView;
use operators::{Asked, Jump, Manner, Moment, Operators, Plan};
use store::calls::Call;
use store::permits::Permit;
use store::{Memory, StoreError, Template};
use support::inline::live;
use support::{attempt, intent};
use world::World;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A charge's first byte may leave this long after its first transaction.
const WINDOW_MS: i64 = 5_000;
/// The operators know every charge that they got after this time.
const HORIZON_MS: i64 = 60_000;
/// A phone rests this long before the next prompt.
const COOL_DOWN_MS: i64 = 30_000;
/// A payment is settled within this time, and the size of the jump.
const SETTLING_MS: i64 = 10 * MINUTE_MS;

/// A payment that has ended: what we know of it, and when.
struct Ended {
    view: PaymentView,
    permits: Vec<(Permit, Call)>,
    begun_ms: i64,
    at_ms: i64,
}

async fn pay(engine: &Engine, scope: Scope, plan: &Plan, world: &World) -> Ended {
    let begun_ms = world.monotonic_ms();
    let mut command = intent();
    command.lifetime_ms = plan.lifetime_ms;
    command.fail_with_attempt = Some(true);
    command.attempt = Some(attempt("momo_mtn", "approve"));
    let answer = engine.create_intent(scope, command, None).await.unwrap();
    let id = support::id_of(&answer);
    let patience_ms = SETTLING_MS + size_ms(plan.jump);
    loop {
        // A merchant who reads the payment brings the next question forward; "not found" must do without them.
        let view = if plan.manner == Manner::Drops {
            let filter = engine::commands::IntentFilter::default();
            let mut all = engine
                .payments(scope, filter, engine::commands::Page::First, 1)
                .await
                .unwrap();
            all.remove(0)
        } else {
            engine.payment(scope, id).await.unwrap()
        };
        let at_ms = world.monotonic_ms();
        if matches!(view.intent.state.code(), "completed" | "failed" | "expired") {
            let read = engine.store().read(move |tx| {
                let mut found = Vec::new();
                for permit in store::permits::of_intent(tx, &scope, id)? {
                    let call = store::calls::charge_of(tx, &scope, permit.id)?.unwrap();
                    found.push((permit, call));
                }
                Ok::<_, StoreError>(found)
            });
            let permits = read.await.unwrap();
            return Ended {
                view,
                permits,
                begun_ms,
                at_ms,
            };
        }
        assert!(at_ms - begun_ms < patience_ms, "{plan:?} stays open: {view:#?}");
        world.sleep(Duration::from_secs(5)).await;
    }
}

fn size_ms(jump: Jump) -> i64 {
    match jump {
        Jump::Ahead(by_ms) | Jump::Back(by_ms) | Jump::Suspended(by_ms) => by_ms,
    }
}

/// A charge arrives within the window of its first transaction, and once.
fn check_arrivals(plan: &Plan, operators: &Operators, ended: &Ended) {
    for (permit, call) in &ended.permits {
        let arrived = operators.all(Asked::Charge, &permit.merchant_ref);
        assert!(arrived.len() <= 1, "{plan:?}: sent twice: {arrived:?}");
        for heard in &arrived {
            let late_ms = heard.at_ms - call.monotonic_ms;
            assert!(late_ms <= WINDOW_MS, "{plan:?}: sent after {late_ms} ms");
        }
        let unsent = permit.state == PermitState::Dead(DeathProof::NeverSent);
        assert_eq!(unsent, arrived.is_empty(), "{plan:?}: {permit:?}");
    }
}

/// "Not found" was believed only after three answers, a third of the horizon apart, the last one after the horizon.
fn check_proofs(plan: &Plan, operators: &Operators, ended: &Ended) {
    for (number, (permit, call)) in ended.permits.iter().enumerate() {
        if permit.state != PermitState::Dead(DeathProof::NotFoundAfterHorizon) {
            continue;
        }
        let next = ended.permits.get(number + 1);
        let until_ms = next.map_or(ended.at_ms, |(_, next)| next.monotonic_ms - COOL_DOWN_MS);
        let answers = operators.all(Asked::Question, &permit.merchant_ref);
        let times = answers
            .iter()
            .map(|heard| heard.at_ms)
            .filter(|at_ms| *at_ms <= until_ms);
        let mut apart = 0;
        let mut last_counted = None;
        let mut last = 0;
        for at_ms in times {
            last = at_ms;
            if last_counted.is_none_or(|counted| at_ms - counted >= HORIZON_MS / 3) {
                apart += 1;
                last_counted = Some(at_ms);
            }
        }
        assert!(
            apart >= 3 && last - call.monotonic_ms >= HORIZON_MS,
            "{plan:?}: believed early: {answers:?}"
        );
    }
}

fn check(plan: &Plan, operators: &Operators, ended: &Ended) {
    assert!(operators.pending.lock().unwrap().is_none(), "{plan:?}: no jump");
    check_arrivals(plan, operators, ended);
    check_proofs(plan, operators, ended);
    let heard = operators.heard.lock().unwrap().clone();
    let charged = heard
        .iter()
        .filter(|heard| heard.asked == Asked::Charge && operators.takes(&heard.gateway))
        .count();
    let status = ended.view.intent.state.code();
    assert_eq!(
        charged,
        usize::from(status == "completed"),
        "{plan:?}: {status}, {heard:?}"
    );
    let slept_before =
        matches!(plan.jump, Jump::Suspended(_)) && matches!(plan.moment, Moment::Session | Moment::Connect);
    let first = ended.permits.first().map(|(permit, _)| permit.state);
    let unsent = first == Some(PermitState::Dead(DeathProof::NeverSent));
    assert_eq!(unsent, slept_before, "{plan:?}: {first:?}");
    let replaced = slept_before || plan.manner == Manner::Drops;
    let in_time = plan.lifetime_ms > HOUR_MS || matches!(plan.jump, Jump::Back(_));
    assert_eq!(status == "completed", !replaced || in_time, "{plan:?}: {status}");
    assert_eq!(ended.permits.len(), 1 + usize::from(replaced && in_time), "{plan:?}");
    let took_ms = ended.at_ms - ended.begun_ms;
    assert!(took_ms <= SETTLING_MS + size_ms(plan.jump), "{plan:?}: {took_ms} ms");
}

/// The round with a number: every moment meets every manner, and both lifetimes.
fn plan(seed: u64, jump: fn(i64) -> Jump, longest_ms: i64) -> Plan {
    let manner = [Manner::Good, Manner::LosesAnswers, Manner::Drops][usize::try_from(seed % 3).unwrap()];
    let moment = [
        Moment::Session,
        Moment::Connect,
        Moment::Charge,
        Moment::Question(1),
        Moment::Question(2),
        Moment::Question(3),
    ][usize::try_from(seed / 3 % 6).unwrap()];
    let lifetime_ms = [HOUR_MS, 24 * HOUR_MS][usize::try_from(seed / 18 % 2).unwrap()];
    Plan {
        seed,
        jump: jump(longest_ms),
        moment,
        manner,
        lifetime_ms,
    }
}

fn run(template: &Template, plan: Plan) {
    let (world, clock) = World::manual(1_800_000_000_000, plan.seed);
    let memory = Memory::from_template(template).unwrap();
    let operators = Arc::new(Operators {
        plan,
        world: world.clone(),
        clock: clock.clone(),
        pending: Mutex::new(Some(plan.jump)),
        heard: Mutex::default(),
    });
    let both = (world.clone(), clock);
    let ended = live(&memory, &both, &operators, async |engine, scope| {
        pay(&engine, scope, &plan, &world).await
    });
    check(&plan, &operators, &ended.unwrap());
}

fn rounds() -> u64 {
    let soak = std::env::var("COWRY_SOAK").is_ok();
    match store::testing::engine_under_test() {
        None if soak => 2_000,
        None => 200,
        // The inline store is the same one whatever the engine under test.
        Some(_) => 20,
    }
}

fn all_rounds(what: &str, jump: fn(i64) -> Jump, size_of: impl Fn(u64) -> i64) {
    let (world, _) = World::manual(1_800_000_000_000, 7);
    let template = Template::migrated(&world).unwrap();
    for seed in 0..rounds() {
        run(&template, plan(seed, jump, size_of(seed)));
    }
    println!(
        "SOAK clock {what}: {} rounds, none sent late, none believed early",
        rounds()
    );
}

#[test]
fn two_hours_ahead_send_nothing_late_and_prove_nothing() {
    all_rounds("two hours ahead", Jump::Ahead, |_| 2 * HOUR_MS);
}

#[test]
fn an_hour_back_delays_timers_by_an_hour_at_most() {
    // Where nobody reads the payment, one round in 200 waits a whole hour out: the worker looks at its clock all the time.
    let size_of = |seed: u64| {
        if seed % 3 == 2 && seed % 200 != 50 {
            MINUTE_MS
        } else {
            HOUR_MS
        }
    };
    all_rounds("an hour back", Jump::Back, size_of);
}

#[test]
fn two_hours_of_sleep_send_nothing_late() {
    all_rounds("two hours of sleep", Jump::Suspended, |_| 2 * HOUR_MS);
}
