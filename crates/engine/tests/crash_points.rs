//! One payment with a crash at every commit, before and after it took effect: the real engine on the inline store, under
//! a virtual clock, with an operator that lives in this process. After the restart the client repeats its request.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::permit::PermitState;
use domain::scope::Scope;
use engine::http::{Carried, Carrying, InProcess, Request, UnknownReason};
use engine::views::PaymentView;
use engine::{Engine, Refusal};
use serde_json::{Value, json};
use store::{CrashSide, Memory, Template};
use support::inline::{live, reply};
use support::{attempt, claim, intent};
use world::World;

/// The payer approves this long after the charge.
const APPROVES_MS: i64 = 2_000;

/// Whether the operator's answer to a charge arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Good,
    LosesAnswers,
}

/// An operator in this process: remembers when each reference was charged.
struct Operator {
    world: World,
    line: Line,
    charges: Mutex<BTreeMap<String, i64>>,
}

impl Operator {
    fn answer(&self, request: &Request) -> Carried {
        let path = request.url.strip_prefix("http://operator.test").unwrap();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        if path.ends_with("/session") {
            return reply(200, &json!({"charge_url": "http://operator.test/charge"}));
        }
        if let Some(reference) = path.split_once("/transactions/").map(|(_, reference)| reference) {
            return self.status(reference);
        }
        let reference = body["reference"].as_str().unwrap().to_owned();
        let now_ms = self.world.monotonic_ms();
        let earlier = self.charges.lock().unwrap().insert(reference.clone(), now_ms);
        assert_eq!(earlier, None, "one reference was charged twice");
        match self.line {
            Line::LosesAnswers => Carried::Unknown(UnknownReason::Reset),
            Line::Good => reply(
                202,
                &json!({"reference": reference, "transaction_id": reference, "status": "pending",
                    "action": {"type": "prompt", "ussd_code": null}}),
            ),
        }
    }

    fn status(&self, reference: &str) -> Carried {
        let Some(charged_ms) = self.charges.lock().unwrap().get(reference).copied() else {
            return reply(404, &json!({"code": "unknown_reference"}));
        };
        let approved = self.world.monotonic_ms() - charged_ms >= APPROVES_MS;
        let status = if approved { "charged" } else { "pending" };
        let transaction = json!({"id": reference, "status": status, "amount": "50", "currency": "XOF"});
        reply(200, &json!({"reference": reference, "transactions": [transaction]}))
    }
}

impl InProcess for Operator {
    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried> {
        Box::pin(async { self.answer(request) })
    }
}

/// Asks until there is an answer, as a client with an idempotency key does; gives up when the server is gone.
async fn pay(engine: &Engine, scope: Scope, world: &World, memory: &Memory) -> Option<()> {
    let mut command = intent();
    command.attempt = Some(attempt("momo_mtn", "approve"));
    while !memory.is_down() {
        match engine
            .create_intent(scope, command.clone(), Some(claim("the-only-key")))
            .await
        {
            Ok(_) => return Some(()),
            Err(Refusal::KeyInProgress | Refusal::Busy | Refusal::Unavailable(_)) => {
                world.sleep(Duration::from_secs(1)).await;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    None
}

/// Waits until nothing of the payment is undecided; `None` when the server is gone.
async fn settled(engine: &Engine, scope: Scope, world: &World, memory: &Memory) -> Option<PaymentView> {
    for _ in 0..600 {
        if memory.is_down() {
            return None;
        }
        let filter = engine::commands::IntentFilter::default();
        let found = engine
            .payments(scope, filter, engine::commands::Page::First, 10)
            .await
            .unwrap_or_default();
        assert!(found.len() <= 1, "one key made two intents");
        let live = |view: &PaymentView| {
            view.active_attempt
                .as_ref()
                .is_none_or(|a| a.permit.as_ref().is_some_and(|p| p.state.is_live()))
        };
        if let Some(view) = found.into_iter().find(|view| !live(view)) {
            return Some(view);
        }
        world.sleep(Duration::from_secs(1)).await;
    }
    panic!("undecided for ten minutes");
}

/// Runs the payment with a crash at commit `crash` after set-up (none for `None`). Returns the commits it took.
fn run(template: &Template, line: Line, crash: Option<(u64, CrashSide)>) -> u64 {
    let (world, clock) = World::manual(1_800_000_000_000, 7);
    let memory = Memory::from_template(template).unwrap();
    let operator = Arc::new(Operator {
        world: world.clone(),
        line,
        charges: Mutex::default(),
    });
    let world = (world, clock);
    live(&memory, &world, &operator, async |_, _| ()).unwrap();
    let base = memory.commits();
    if let Some((number, side)) = crash {
        memory.crash_at(base + number, side);
    }
    for _ in 0..3 {
        let ended = live(&memory, &world, &operator, async |engine, scope| {
            pay(&engine, scope, &world.0, &memory).await?;
            settled(&engine, scope, &world.0, &memory).await
        });
        if let Some(Some(view)) = ended {
            check(&view, &operator, (line, crash));
            return memory.commits() - base;
        }
    }
    panic!("{line:?} {crash:?}: did not settle in three lives");
}

fn check(view: &PaymentView, operator: &Operator, run: (Line, Option<(u64, CrashSide)>)) {
    let charges = operator.charges.lock().unwrap().len();
    let permit = view.active_attempt.as_ref().unwrap().permit.as_ref().unwrap();
    match (charges, view.intent.state.code(), permit.state) {
        (1, "completed", PermitState::Paid) | (0, "open", PermitState::Dead(_)) => {}
        other => panic!("{run:?}: the operator and we disagree: {other:?} {view:#?}"),
    }
    assert!(run.1.is_some() || charges == 1, "without a crash it is paid");
}

#[test]
fn a_crash_at_any_commit_loses_nothing_and_charges_nobody_twice() {
    let (world, _) = World::manual(1_800_000_000_000, 7);
    let template = Template::migrated(&world).unwrap();
    for line in [Line::Good, Line::LosesAnswers] {
        let commits = run(&template, line, None);
        assert!(commits > 4, "{commits}");
        for number in 1..=commits {
            for side in [CrashSide::Before, CrashSide::After] {
                run(&template, line, Some((number, side)));
            }
        }
    }
}
