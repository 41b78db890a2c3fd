//! The planted bugs: what each does, and the hunt that must find every one of them. They exist only in a build with the
//! feature `planted`; without it the hunt says how to make one.

use std::time::Duration;

use crate::play::{Until, now, play};

/// A planted bug and what it breaks.
pub(crate) struct Bug {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
}

macro_rules! bugs {
    ($($name:literal = $what:literal;)*) => {
        /// Every planted bug.
        pub(crate) const BUGS: &[Bug] = &[$(Bug { name: $name, what: $what },)*];
    };
}

bugs! {
    "time_out_is_not_sent" = "A time-out counts as proof that nothing was sent.";
    "fallback_while_prompt_waits" = "An accepted charge counts as declined, and another account is tried.";
    "pending_is_paid" = "A transaction that waits for the payer counts as paid.";
    "unknown_word_is_paid" = "A word of the provider that nobody knows counts as paid.";
    "amount_not_compared" = "Another amount than was asked completes the payment.";
    "payer_not_compared" = "Money of another payer's number is taken for this payment.";
    "signature_not_checked" = "A callback is believed whoever sent it.";
    "capture_not_counted" = "A capture is kept as a fact and not counted on its permit.";
    "surplus_not_refunded" = "A second capture under one reference stays without a refund.";
    "refund_not_reserved" = "A refund is opened without being reserved on its permit.";
    "held_capture_dropped" = "Money that came while another attempt was live is forgotten.";
    "late_success_dropped" = "News about a dead charge are not looked at.";
    "not_asked_after_death" = "A charge that was proven dead is not asked about again.";
    "not_found_believed_at_once" = "The first answer that a reference is unknown is taken as proof.";
    "horizon_ignored" = "Three answers that a reference is unknown are proof however young the charge is.";
    "crash_means_not_sent" = "After a crash a charge whose outcome nobody wrote counts as not sent.";
    "calls_not_taken_up" = "After a crash nobody takes up the open calls of the dead process.";
    "sent_late" = "The send window is not looked at before the first byte.";
    "look_up_not_planned" = "A sent charge has no timer to be asked about.";
    "expiry_not_planned" = "An intent has no timer for its end.";
    "expired_while_prompt_stands" = "An intent ends at its time although a payer may still pay.";
    "attempt_after_expiry" = "An intent whose time is over takes another attempt.";
    "cancelled_while_prompt_stands" = "An intent is cancelled although a payer may still pay.";
    "superseded_although_sent" = "An attempt that was sent makes room for another one.";
    "closed_without_confirmation" = "A page counts as closed whatever the provider answered.";
    "reference_reused" = "Every charge of an intent has the same reference.";
    "key_executed_again" = "A repeated idempotency key is executed again.";
    "same_account_again" = "A fallback goes to the account that has just failed.";
    "payers_refusal_falls_back" = "A payment that the payer refused is tried at another account.";
    "cool_down_ignored" = "A fallback sends the next prompt although the last one may still stand.";
    "event_lost" = "The first event of a change is not written.";
    "journal_entry_skipped" = "The death of a charge is not in the journal.";
    "counters_not_saved" = "The counters of an intent are not saved.";
}

/// Switches a bug on for what this process plays.
pub(crate) fn plant(name: Option<&str>) -> Result<(), String> {
    let Some(name) = name else {
        return Ok(());
    };
    if !BUGS.iter().any(|bug| bug.name == name) {
        return Err(format!("there is no planted bug {name}"));
    }
    choose(Some(name))
}

#[cfg(feature = "planted")]
fn choose(name: Option<&str>) -> Result<(), String> {
    domain::planted::choose(name);
    Ok(())
}

#[cfg(not(feature = "planted"))]
fn choose(_name: Option<&str>) -> Result<(), String> {
    Err("this build has no planted bugs: cargo run --profile verify -p verify --features planted -- --bugs".to_owned())
}

/// Looks for every planted bug, each for so many seconds at most, and prints the table.
pub(crate) fn hunt(patience_s: u64, threads: u64) -> Result<bool, String> {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["planted bug", "what it does", "found by", "seeds", "seconds"]);
    let mut missed = 0;
    for bug in BUGS {
        choose(Some(bug.name))?;
        let began = now();
        let until = Until::Violated(Duration::from_secs(patience_s));
        let tally = play(1, u64::MAX / 2, threads, until)?;
        let took_ms = began.elapsed().as_millis();
        let found = tally.broken.first().and_then(|outcome| {
            let invariant = outcome.violations.first()?.split(':').next()?.to_owned();
            Some(format!("{invariant} (seed {})", outcome.seed))
        });
        missed += u64::from(found.is_none());
        table.add_row([
            bug.name.to_owned(),
            bug.what.to_owned(),
            found.unwrap_or_else(|| "NOT FOUND".to_owned()),
            tally.seeds.to_string(),
            format!("{}.{}", took_ms / 1_000, took_ms % 1_000 / 100),
        ]);
    }
    choose(None)?;
    println!("{table}");
    println!("{} planted bugs, {missed} not found", BUGS.len());
    Ok(missed == 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::BUGS;

    /// Names in `planted::is("…")` under a folder.
    fn sites(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sites(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = text
                    .split("planted::is(\"")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next());
                found.extend(names.map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_bug_of_the_list_is_planted_and_every_planted_one_is_in_the_list() {
        let mut found = BTreeSet::new();
        for name in ["domain", "store", "gateways", "engine", "server"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../crates")
                .join(name)
                .join("src");
            sites(&folder, &mut found);
        }
        let listed: BTreeSet<String> = BUGS.iter().map(|bug| bug.name.to_owned()).collect();
        assert_eq!(found, listed);
        assert!(listed.len() >= 25 && listed.len() == BUGS.len());
    }
}
