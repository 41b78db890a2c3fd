//! Two operators in this process that speak the simulator's protocol and remember what they really charged. They keep
//! working while the server is dead. Knows nothing of the house but what crosses the wire, and what `Watch` checks there.

mod fate;
mod letters;
mod transaction;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::http::{Answer, Carried, Carrying, InProcess, NotSentReason, Request, UnknownReason};
use serde_json::{Value, json};
use world::World;

use crate::dice::Dice;
use crate::plan::Plan;
use crate::story::Story;
use crate::watch::Watch;
use fate::{Fate, Lie, Wire};
pub(crate) use letters::{Letter, Sheet};
pub(crate) use transaction::{Status, Transaction};

/// Where the operators are.
pub(crate) const URL: &str = "http://operator.test";

/// A number that never pays here.
pub(crate) const OTHER_PAYER: &str = "+2250700000999";

/// Both operators.
pub(crate) struct Operators {
    plan: Plan,
    world: World,
    story: Story,
    watch: Arc<Watch>,
    calm: AtomicBool,
    books: Mutex<Books>,
}

/// What they remember.
#[derive(Default)]
struct Books {
    transactions: Vec<Transaction>,
    letters: Vec<Letter>,
    asked: BTreeMap<String, u64>,
}

impl Operators {
    pub(crate) fn new(plan: &Plan, world: &World, story: &Story, watch: &Arc<Watch>) -> Self {
        Self {
            plan: plan.clone(),
            world: world.clone(),
            story: story.clone(),
            watch: Arc::clone(watch),
            calm: AtomicBool::new(false),
            books: Mutex::default(),
        }
    }

    /// From now on nothing goes wrong any more; what went wrong stays.
    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// Every transaction that was ever opened.
    pub(crate) fn transactions(&self) -> Vec<Transaction> {
        self.books().transactions.clone()
    }

    /// Takes the callbacks that are due, each with what it says.
    pub(crate) fn due_letters(&self) -> Vec<(Letter, Sheet)> {
        let now_ms = self.world.monotonic_ms();
        let mut books = self.books();
        let all = std::mem::take(&mut books.letters);
        let (due, later): (Vec<_>, Vec<_>) = all.into_iter().partition(|letter| letter.due_ms <= now_ms);
        books.letters = later;
        due.into_iter()
            .filter_map(|letter| {
                let transaction = books.transactions.iter().find(|t| t.id == letter.about)?;
                let sheet = letter.sheet(transaction);
                Some((letter, sheet))
            })
            .collect()
    }

    /// Gives a callback back that could not be delivered.
    pub(crate) fn post(&self, letter: Letter) {
        self.books().letters.push(letter);
    }

    /// Milliseconds until the next callback is due.
    pub(crate) fn next_letter_ms(&self) -> Option<i64> {
        let due_ms = self.books().letters.iter().map(|letter| letter.due_ms).min()?;
        Some((due_ms - self.world.monotonic_ms()).max(0))
    }

    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dice(&self, gateway: &str, reference: &str) -> Dice {
        let mut purpose = 0xcbf2_9ce4_8422_2325_u64;
        for byte in gateway.bytes().chain(reference.bytes()) {
            purpose = (purpose ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Dice::of(self.plan.seed, purpose)
    }

    fn fate(&self, gateway: &str, reference: &str, amount: &str) -> Fate {
        let faults = if self.is_calm() { 0 } else { self.plan.faults };
        Fate::of(&self.dice(gateway, reference), faults, self.plan.lies, amount)
    }

    /// A fault of an exchange that moves no money.
    fn stumbles(&self, path: &str) -> Option<Carried> {
        let mut books = self.books();
        let times = books.asked.entry(path.to_owned()).or_default();
        *times += 1;
        let dice = self.dice(path, &times.to_string());
        drop(books);
        if self.is_calm() || !dice.percent(self.plan.faults / 4) {
            return None;
        }
        Some(match dice.below(4) {
            0 => Carried::NotSent(NotSentReason::Connect),
            1 => Carried::Unknown(UnknownReason::Reset),
            2 => Carried::Answer(Answer::new(502, b"<html>bad gateway</html>".to_vec())),
            _ => Carried::Answer(Answer::new(200, b"{\"half\":".to_vec())),
        })
    }

    async fn answer(&self, request: &Request) -> Carried {
        let path = request.url.strip_prefix(URL).unwrap_or("/").trim_start_matches('/');
        let Some((gateway, path)) = path.split_once('/') else {
            return reply(404, &json!({"code": "unknown_address"}));
        };
        match path.strip_prefix("transactions/") {
            Some(rest) => match rest.strip_suffix("/close") {
                Some(reference) => self.close(gateway, reference),
                None => self.status(gateway, rest),
            },
            None if path == "session" => self
                .stumbles(&request.url)
                .unwrap_or_else(|| reply(200, &json!({"charge_url": format!("{URL}/{gateway}/charge")}))),
            None => self.charge(gateway, request).await,
        }
    }

    async fn charge(&self, gateway: &str, request: &Request) -> Carried {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (reference, amount) = (text("reference"), text("amount"));
        let now_ms = self.world.monotonic_ms();
        self.story
            .tell(gateway, &format!("charge {reference} {amount} {}", text("currency")));
        let before = self.transactions();
        self.watch
            .charge_arrives(gateway, (&reference, &amount, &text("currency")), &before, now_ms);
        let fate = self.fate(gateway, &reference, &amount);
        self.story.tell(gateway, &format!("fate {fate:?}"));
        match fate.wire {
            Wire::Refused | Wire::Drops => return Carried::Unknown(UnknownReason::Reset),
            Wire::NotProcessed => return reply(503, &json!({"code": "not_processed"})),
            Wire::Unauthorised => return reply(401, &json!({"code": "unauthorised"})),
            Wire::Good | Wire::Slow(_) | Wire::LosesAnswer | Wire::Queues(_) | Wire::Error | Wire::Garbage => {}
        }
        let waits_ms = if let Wire::Queues(by_ms) = fate.wire { by_ms } else { 0 };
        let opened = self.open(gateway, &body, &fate, now_ms + waits_ms);
        if let Some(key) = request.headers.iter().find(|(name, _)| name == "x-api-key") {
            let letters = letters::of(&opened, &fate, &text("callback_url"), key.1.as_bytes());
            self.books().letters.extend(letters);
        }
        match fate.wire {
            Wire::LosesAnswer | Wire::Queues(_) => Carried::Unknown(UnknownReason::Reset),
            Wire::Error => Carried::Answer(Answer::new(500, b"oops".to_vec())),
            Wire::Garbage => Carried::Answer(Answer::new(200, b"<html>thanks</html>".to_vec())),
            Wire::Slow(by_ms) => {
                let nap = Duration::from_millis(u64::try_from(by_ms).unwrap_or(0));
                self.world.sleep(nap).await;
                accepted(&opened, self.world.monotonic_ms(), &text("method"))
            }
            Wire::Good | Wire::Drops | Wire::NotProcessed | Wire::Refused | Wire::Unauthorised => {
                accepted(&opened, now_ms, &text("method"))
            }
        }
    }

    fn open(&self, gateway: &str, body: &Value, fate: &Fate, opened_ms: i64) -> Transaction {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let amount = text("amount").unwrap_or_default();
        let (after_ms, end) = (fate.end.0, fate.end.1.clone());
        let needs_code = text("method").as_deref() == Some("momo_orange");
        let right_code = body.get("otp").and_then(Value::as_str) == Some("123456");
        let mut changes = match (needs_code, right_code) {
            (true, false) => vec![(opened_ms, Status::Declined("otp_invalid"))],
            (true, true) | (false, _) => vec![(opened_ms + after_ms, end)],
        };
        let last = changes.last().cloned();
        match (fate.lie, last) {
            (Lie::LateSuccess(later_ms), Some((at_ms, Status::Declined(_) | Status::Expired(_)))) => {
                changes.push((at_ms + later_ms, Status::Charged(amount.clone())));
            }
            (Lie::WrongAmount, Some((at_ms, Status::Charged(_)))) => {
                changes = vec![(at_ms, Status::Charged(more(&amount)))];
            }
            (Lie::Strange, Some((at_ms, end))) => {
                changes = vec![(opened_ms, Status::Strange), (at_ms + 90_000, end)];
            }
            _ => {}
        }
        let mut transaction = Transaction {
            id: format!("{gateway}-{}-1", text("reference").unwrap_or_default()),
            gateway: gateway.to_owned(),
            reference: text("reference").unwrap_or_default(),
            amount,
            currency: text("currency").unwrap_or_default(),
            phone: text("phone"),
            visible_ms: (opened_ms + fate.hidden_ms).min(self.world.monotonic_ms() + 55_000),
            changes,
        };
        // A charge that is answered as paid was taken from the number that it names.
        let answers_late = matches!(fate.wire, Wire::Slow(_));
        if fate.lie == Lie::OtherPayer && after_ms > 0 && !answers_late {
            transaction.phone = Some(OTHER_PAYER.to_owned());
        }
        let mut books = self.books();
        books.transactions.push(transaction.clone());
        if fate.lie == Lie::Duplicate {
            let mut second = transaction.clone();
            second.id = format!("{gateway}-{}-2", second.reference);
            books.transactions.push(second);
        }
        transaction
    }

    fn status(&self, gateway: &str, reference: &str) -> Carried {
        if let Some(fault) = self.stumbles(&format!("{gateway} status {reference}")) {
            return fault;
        }
        let now_ms = self.world.monotonic_ms();
        let found: Vec<Value> = self
            .books()
            .transactions
            .iter()
            .filter(|t| t.gateway == gateway && t.reference == reference && t.visible_ms <= now_ms)
            .map(|transaction| shown(transaction, now_ms))
            .collect();
        if found.is_empty() {
            self.story.tell(gateway, &format!("status {reference}: not found"));
            return reply(404, &json!({"code": "unknown_reference"}));
        }
        self.story.tell(gateway, &format!("status {reference}: {found:?}"));
        reply(200, &json!({"reference": reference, "transactions": found}))
    }

    fn close(&self, gateway: &str, reference: &str) -> Carried {
        if let Some(fault) = self.stumbles(&format!("{gateway} close {reference}")) {
            return fault;
        }
        let now_ms = self.world.monotonic_ms();
        let mut books = self.books();
        let mut found = books
            .transactions
            .iter_mut()
            .filter(|t| t.gateway == gateway && t.reference == reference && t.visible_ms <= now_ms)
            .peekable();
        if found.peek().is_none() {
            return reply(404, &json!({"code": "unknown_reference"}));
        }
        let closed = found
            .filter_map(|transaction| (!transaction.close(now_ms)).then_some(()))
            .count()
            == 0;
        drop(books);
        self.story.tell(gateway, &format!("close {reference}: {closed}"));
        if closed {
            reply(200, &json!({"closed": true}))
        } else {
            reply(409, &json!({"code": "not_closable", "status": "final"}))
        }
    }
}

impl InProcess for Operators {
    fn connect<'a>(&'a self, request: &'a Request) -> Carrying<'a, Result<(), NotSentReason>> {
        Box::pin(async {
            if !request.url.ends_with("/charge") || self.is_calm() {
                return Ok(());
            }
            let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            let reference = body.get("reference").and_then(Value::as_str).unwrap_or_default();
            let gateway = request.url.strip_prefix(URL).unwrap_or_default();
            let gateway = gateway.trim_start_matches('/').split('/').next().unwrap_or_default();
            match self.fate(gateway, reference, "1").wire {
                Wire::Refused => Err(NotSentReason::Refused),
                Wire::Slow(by_ms) => {
                    // Connecting takes its time too: the send window may close meanwhile.
                    let nap = Duration::from_millis(u64::try_from(by_ms / 3).unwrap_or(0));
                    self.world.sleep(nap).await;
                    Ok(())
                }
                _ => Ok(()),
            }
        })
    }

    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried> {
        Box::pin(self.answer(request))
    }
}

fn accepted(transaction: &Transaction, now_ms: i64, method: &str) -> Carried {
    let status = transaction.status(now_ms);
    let code = match &status {
        Status::Charged(_) => 200,
        Status::Declined(_) | Status::Expired(_) => 402,
        Status::Pending | Status::Strange => 202,
    };
    let amount = transaction.shown_amount(now_ms);
    let mut body = json!({"reference": transaction.reference, "transaction_id": transaction.id, "status": status.word(),
        "amount": amount, "currency": transaction.currency, "reason": status.reason()});
    let action = match method {
        "wallet_wave" | "card" => json!({"type": "redirect", "url": "https://pay.test/page"}),
        _ => json!({"type": "prompt", "ussd_code": null}),
    };
    if let (202, Some(members)) = (code, body.as_object_mut()) {
        members.insert("action".to_owned(), action);
    }
    reply(code, &body)
}

/// A transaction as the protocol shows it.
pub(crate) fn shown(transaction: &Transaction, at_ms: i64) -> Value {
    let status = transaction.status(at_ms);
    let amount = transaction.shown_amount(at_ms);
    json!({"id": transaction.id, "status": status.word(), "amount": amount, "currency": transaction.currency,
        "phone": transaction.phone, "reason": status.reason()})
}

fn reply(status: u16, body: &Value) -> Carried {
    Carried::Answer(Answer::new(status, body.to_string().into_bytes()))
}

/// One major unit more.
fn more(amount: &str) -> String {
    let whole: u64 = amount.split('.').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    (whole + 1).to_string()
}
