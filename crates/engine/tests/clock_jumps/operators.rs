//! Two operators in this process that make the clock jump amid their work, and remember what they heard and when.

use std::sync::Mutex;
use std::time::Duration;

use engine::http::{Carried, Carrying, InProcess, NotSentReason, Request, UnknownReason};
use serde_json::{Value, json};
use world::{ManualClock, World};

use crate::support::inline::reply;

/// The payer approves this long after the charge.
const APPROVES_MS: i64 = 30_000;

/// What jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jump {
    /// The wall clock, ahead.
    Ahead(i64),
    /// The wall clock, back.
    Back(i64),
    /// Both clocks: the machine slept.
    Suspended(i64),
}

/// During which exchange with the first operator it jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// While the charge is prepared.
    Session,
    /// While the charge's connection is made: right before its first byte.
    Connect,
    /// After the charge's first byte.
    Charge,
    /// During the question with this number.
    Question(usize),
}

/// How the first operator treats a charge. The second one is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Good,
    /// Charges, but nobody learns it from the answer.
    LosesAnswers,
    /// Never gets it.
    Drops,
}

/// One round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) jump: Jump,
    pub(super) moment: Moment,
    pub(super) manner: Manner,
    /// How long attempts may be started.
    pub(super) lifetime_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Charge,
    Question,
}

/// What an operator heard, and when by the monotonic clock.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) asked: Asked,
    pub(super) gateway: String,
    pub(super) reference: String,
    pub(super) at_ms: i64,
}

/// Both operators.
pub(super) struct Operators {
    pub(super) plan: Plan,
    pub(super) world: World,
    pub(super) clock: ManualClock,
    pub(super) pending: Mutex<Option<Jump>>,
    pub(super) heard: Mutex<Vec<Heard>>,
}

impl Operators {
    fn jump_if(&self, gateway: &str, moment: Moment) {
        if gateway != "sim_a" || moment != self.plan.moment {
            return;
        }
        let Some(jump) = self.pending.lock().unwrap().take() else {
            return;
        };
        match jump {
            Jump::Ahead(by_ms) => self.clock.jump_wall(by_ms),
            Jump::Back(by_ms) => self.clock.jump_wall(-by_ms),
            Jump::Suspended(by_ms) => self.clock.advance(Duration::from_millis(by_ms.unsigned_abs())),
        }
    }

    fn note(&self, asked: Asked, gateway: &str, reference: &str) {
        self.heard.lock().unwrap().push(Heard {
            asked,
            gateway: gateway.to_owned(),
            reference: reference.to_owned(),
            at_ms: self.world.monotonic_ms(),
        });
    }

    pub(super) fn all(&self, asked: Asked, reference: &str) -> Vec<Heard> {
        let heard = self.heard.lock().unwrap();
        let matching = heard
            .iter()
            .filter(|heard| heard.asked == asked && heard.reference == reference);
        matching.cloned().collect()
    }

    /// Whether a charge that arrived was taken up.
    pub(super) fn takes(&self, gateway: &str) -> bool {
        gateway != "sim_a" || self.plan.manner != Manner::Drops
    }

    fn answer(&self, request: &Request) -> Carried {
        let path = request.url.strip_prefix("http://operator.test/").unwrap();
        let (gateway, path) = path.split_once('/').unwrap();
        if let Some(reference) = path.strip_prefix("transactions/") {
            return self.status(gateway, reference);
        }
        if path == "session" {
            self.jump_if(gateway, Moment::Session);
            return reply(
                200,
                &json!({"charge_url": format!("http://operator.test/{gateway}/charge")}),
            );
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let reference = body["reference"].as_str().unwrap();
        self.note(Asked::Charge, gateway, reference);
        self.jump_if(gateway, Moment::Charge);
        if gateway == "sim_a" && self.plan.manner != Manner::Good {
            return Carried::Unknown(UnknownReason::Reset);
        }
        reply(
            202,
            &json!({"reference": reference, "transaction_id": reference, "status": "pending",
                "action": {"type": "prompt", "ussd_code": null}}),
        )
    }

    fn status(&self, gateway: &str, reference: &str) -> Carried {
        self.note(Asked::Question, gateway, reference);
        let number = self.all(Asked::Question, reference).len();
        let charged = self.all(Asked::Charge, reference).first().map(|heard| heard.at_ms);
        let charged = charged.filter(|_| self.takes(gateway));
        let age_ms = charged.map(|at_ms| self.world.monotonic_ms() - at_ms);
        self.jump_if(gateway, Moment::Question(number));
        let Some(age_ms) = age_ms else {
            return reply(404, &json!({"code": "unknown_reference"}));
        };
        let status = if age_ms >= APPROVES_MS { "charged" } else { "pending" };
        let transaction = json!({"id": reference, "status": status, "amount": "50", "currency": "XOF"});
        reply(200, &json!({"reference": reference, "transactions": [transaction]}))
    }
}

impl InProcess for Operators {
    fn connect<'a>(&'a self, request: &'a Request) -> Carrying<'a, Result<(), NotSentReason>> {
        Box::pin(async {
            if request.url.ends_with("/charge") {
                let gateway = if request.url.contains("sim_a") {
                    "sim_a"
                } else {
                    "sim_b"
                };
                self.jump_if(gateway, Moment::Connect);
            }
            Ok(())
        })
    }

    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried> {
        Box::pin(async { self.answer(request) })
    }
}
