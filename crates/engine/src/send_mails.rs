//! Send mails to payers: what is due is claimed, handed to the mail server and written down; what failed is tried again. Apart
//! from the worker, so that a slow mail server holds up no payment. Owns the loop; never the plan of the tries (the domain's)
//! nor what is in a mail.
//!
//! A process that dies between the mail server's answer and the commit sends the mail again after its restart: with the same
//! `Message-ID`, by which mail programs show it once.

use std::sync::Arc;
use std::time::Duration;

use domain::attention::AttentionKind;
use domain::mail::next_try_ms;
use domain::scope::Scope;
use mail::{Postman, SendFailure};
use store::attention::{self, Item};
use store::mails::{self, Mail};
use store::{StoreError, Tx};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::case::Bench;
use crate::house::House;
use crate::mails::letter;
use crate::refusal::Refusal;
use crate::request::bench_for;

/// Mails under way at a time.
const AT_ONCE: usize = 8;

/// A mail is tried for this long.
const DEADLINE_MS: i64 = 60_000;

/// A claimed mail is held for this long: longer than a try and its writing down.
const LEASE_MS: i64 = 120_000;

/// Pause between two looks for mails.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long a stop waits for mails under way.
const STOP_MS: i64 = 4_000;

/// How often it is tried to write down how a try went, a second apart.
const WRITES_MAX: u32 = 10;

impl Engine {
    /// Sends mails until `stop`; does nothing where no mail server is known.
    pub async fn send_mails(&self, stop: CancellationToken) {
        let house = &self.house;
        let Some(postman) = house.postman.clone() else {
            return;
        };
        let mut sends = JoinSet::new();
        while !stop.is_cancelled() {
            while sends.try_join_next().is_some() {}
            let claimed = claim(house, AT_ONCE.saturating_sub(sends.len())).await;
            let claimed = claimed.unwrap_or_else(|refusal| {
                tracing::error!(event = "mails_not_claimed", error = %refusal);
                Vec::new()
            });
            let is_idle = claimed.is_empty();
            for (scope, mail) in claimed {
                let (house, postman) = (Arc::clone(house), postman.clone());
                sends.spawn(async move { send_one(&house, &postman, scope, mail).await });
            }
            if is_idle {
                rest(house, &stop).await;
            }
        }
        finish(house, sends).await;
    }
}

async fn claim(house: &Arc<House>, room: usize) -> Result<Vec<(Scope, Mail)>, Refusal> {
    if room == 0 || house.fence.is_raised() {
        return Ok(Vec::new());
    }
    let due = house.store.read(|tx| {
        let now_ms = store::clock(tx)?;
        Ok::<_, Refusal>(mails::next_due(tx, now_ms)?.is_some_and(|due_ms| due_ms <= now_ms))
    });
    if !due.await? {
        return Ok(Vec::new());
    }
    let (epoch, limit) = (house.epoch, i64::try_from(room).unwrap_or(0));
    let claimed = house.store.write(move |tx| {
        let now_ms = store::clock(tx)?;
        Ok::<_, Refusal>(mails::claim(tx, epoch, (now_ms, now_ms + LEASE_MS), limit)?)
    });
    claimed.await
}

async fn rest(house: &Arc<House>, stop: &CancellationToken) {
    let pause = house.world.sleep(LOOK_EVERY);
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = pause => {}
    }
}

/// Waits a little for mails under way; one that is taken later is sent again.
async fn finish(house: &Arc<House>, mut sends: JoinSet<()>) {
    let limit = house.world.sleep(span(STOP_MS));
    tokio::select! {
        biased;
        () = async { while sends.join_next().await.is_some() {} } => {}
        () = limit => {}
    }
}

async fn send_one(house: &Arc<House>, postman: &Postman, scope: Scope, mail: Mail) {
    let outcome = match try_once(house, postman, scope, &mail).await {
        Ok(outcome) => outcome,
        Err(refusal) => {
            tracing::warn!(event = "mail_not_written", mail = %mail.id, error = %refusal);
            Err(SendFailure::Failed("it could not be put into words".to_owned()))
        }
    };
    match &outcome {
        Ok(()) => tracing::info!(event = "mail_sent", mail = %mail.id, intent = %mail.intent_id),
        Err(failure) => {
            tracing::warn!(event = "mail_failed", mail = %mail.id, intent = %mail.intent_id, reason = %failure);
        }
    }
    let result = if outcome.is_ok() { "sent" } else { "failed" };
    metrics::counter!("cowry_mails_total", "result" => result).increment(1);
    for _ in 0..WRITES_MAX {
        match write_down(house, scope, &mail, &outcome).await {
            Ok(()) => return,
            Err(refusal) => tracing::error!(event = "mail_not_recorded", mail = %mail.id, error = %refusal),
        }
        house.world.sleep(span(1_000)).await;
    }
}

async fn try_once(
    house: &Arc<House>,
    postman: &Postman,
    scope: Scope,
    mail: &Mail,
) -> Result<Result<(), SendFailure>, Refusal> {
    let (catalogue, read) = (house.catalogue, mail.clone());
    let letter = house.store.read(move |tx| letter(tx, catalogue, &scope, &read));
    let Some(letter) = letter.await.map_err(|error: StoreError| Refusal::from(error))? else {
        return Ok(Err(SendFailure::Refused(
            "the payment has no address any more".to_owned(),
        )));
    };
    let deadline = house.world.sleep(span(DEADLINE_MS));
    Ok(tokio::select! {
        biased;
        sent = postman.send(&letter) => sent,
        () = deadline => Err(SendFailure::Failed("the mail server did not answer in time".to_owned())),
    })
}

async fn write_down(
    house: &Arc<House>,
    scope: Scope,
    mail: &Mail,
    outcome: &Result<(), SendFailure>,
) -> Result<(), Refusal> {
    let bench = bench_for(house, scope).await?;
    let (mail, outcome) = (mail.clone(), outcome.clone());
    let written = house.store.write(move |tx| record(tx, &bench, &mail, &outcome));
    written.await
}

/// A mail that is not ours any more is left as it is: somebody else sends it.
fn record(tx: &mut Tx<'_>, bench: &Bench, mail: &Mail, outcome: &Result<(), SendFailure>) -> Result<(), Refusal> {
    let (scope, epoch) = (bench.tenant.scope, bench.house.epoch);
    let now_ms = store::clock(tx)?;
    let Err(failure) = outcome else {
        mails::sent(tx, &scope, mail.id, epoch, now_ms)?;
        return Ok(());
    };
    let pause_ms = match failure {
        SendFailure::Refused(_) => None,
        SendFailure::Failed(_) => next_try_ms(mail.tries + 1),
    };
    let due_at_ms = pause_ms.map(|pause_ms| now_ms + pause_ms);
    let rows = mails::failed(tx, &scope, (mail.id, epoch), &failure.to_string(), due_at_ms)?;
    if rows == 1 && due_at_ms.is_none() {
        let item = Item {
            scope,
            id: bench.draws.clone().id(now_ms),
            kind: AttentionKind::MailGivenUp,
            subject_id: mail.id.to_string(),
            intent_id: Some(mail.intent_id),
            evidence: format!("{} after {} tries: {failure}", mail.occasion.code(), mail.tries + 1),
            created_at_ms: now_ms,
        };
        attention::insert(tx, &item)?;
    }
    Ok(())
}

fn span(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
