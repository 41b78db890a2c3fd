//! Explain a payment: why each account was taken or passed over, what went over the wire, what that proved, and what
//! happens next. Only tells what is written down; asks nobody and changes nothing.

mod gather;
mod words;

use std::collections::BTreeMap;

use domain::exchange::Exchange;
use domain::ids::{AccountId, AttemptId, FactId, IntentId, PermitId};
use domain::scope::Scope;
use store::attempts::Attempt;
use store::attention::Item;
use store::calls::MadeCall;
use store::exchanges::{self, SealedExchange};
use store::facts::FactRow;
use store::intents::Intent;
use store::journal::JournalRow;
use store::permits::Permit;
use store::timers::Waiting;

pub use words::{of_call, of_fact, of_permit, of_source, of_timer};

use crate::Engine;
use crate::keep_exchanges::place;
use crate::refusal::Refusal;

/// What is to be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A payment with all its attempts.
    Intent(IntentId),
    /// One attempt.
    Attempt(AttemptId),
    /// The attempt of a permit, which merchants know as the gateway transaction.
    Permit(PermitId),
}

impl Subject {
    /// Reads any public spelling: `TRX…`, `pi_…`, `att_…`, `txn_…`.
    pub fn parse(text: &str) -> Option<Self> {
        IntentId::from_any_public(text)
            .map(Self::Intent)
            .or_else(|| AttemptId::from_public(text).map(Self::Attempt))
            .or_else(|| PermitId::from_public(text).map(Self::Permit))
    }
}

/// What is written down about a payment, or about one attempt of it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The payment.
    pub intent: Intent,
    /// Its attempts, oldest first: the latest fifty, or the one that was asked about.
    pub attempts: Vec<ExplainedAttempt>,
    /// Names for people of the accounts that occur.
    pub account_names: BTreeMap<AccountId, String>,
    /// Every change of the payment and its attempts, oldest first.
    pub journal: Vec<JournalRow>,
    /// What waits for a person, oldest first.
    pub attention: Vec<Item>,
    /// What happens next by itself, soonest first.
    pub next: Vec<NextStep>,
}

/// An attempt.
#[derive(Clone, Debug)]
pub struct ExplainedAttempt {
    /// The attempt, with its routing decision.
    pub attempt: Attempt,
    /// The payer's number, masked.
    pub payer: Option<String>,
    /// What it was or is permitted to charge, oldest first.
    pub permits: Vec<ExplainedPermit>,
}

/// A permit.
#[derive(Clone, Debug)]
pub struct ExplainedPermit {
    /// The permit.
    pub permit: Permit,
    /// The fact that proved it dead.
    pub died_by: Option<FactId>,
    /// Its calls, oldest first. Of the questions only the latest hundred.
    pub calls: Vec<ExplainedCall>,
    /// All questions asked, also those that are not among the calls.
    pub questions: i64,
    /// The latest two hundred facts, oldest first.
    pub facts: Vec<FactRow>,
}

/// A call.
#[derive(Clone, Debug)]
pub struct ExplainedCall {
    /// The call and its end.
    pub made: MadeCall,
    /// What went over the wire, in order, as far as it is still kept.
    pub exchanges: Vec<Exchange>,
}

/// What happens next by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// Public spelling of the id of the thing that it happens to.
    pub subject_id: String,
    /// What and when.
    pub waiting: Waiting,
}

impl Engine {
    /// Explains a payment or an attempt.
    ///
    /// # Errors
    /// [`Refusal::UnknownIntent`] or [`Refusal::UnknownAttempt`], also for another project's or environment's.
    pub async fn explain(&self, scope: Scope, subject: Subject) -> Result<Explanation, Refusal> {
        let gathered = self
            .house
            .store
            .read(move |tx| gather::gather(tx, &scope, subject))
            .await?;
        let tenant = self.house.tenant(scope).await?;
        let open = |sealed: &SealedExchange| {
            let plain = tenant.keys.columns.open(&place(sealed.id), &sealed.sealed).ok()?;
            exchanges::from_bytes(&plain).ok()
        };
        Ok(gathered.open(open))
    }
}
