//! Illegal journal rows, facts, events, keys and items; and removals.

use crate::court::Case;
use crate::court::Verdict::{Check, Taken, Trigger, Unique};
use crate::rows::{call, callback, change, event, fact, item, journal, key, timer};

pub(crate) fn cases() -> Vec<Case> {
    [
        append_only(),
        never_emptied(),
        never_deleted(),
        numbered(),
        once(),
        kept_once(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn append_only() -> Vec<Case> {
    let (journal, facts) = (Trigger("journal is append-only"), Trigger("facts is append-only"));
    let mut cases = vec![
        Case::new(
            journal,
            "journal deleted",
            "DELETE FROM journal WHERE aggregate_id = 'int_a'",
        ),
        Case::new(facts, "facts deleted", "DELETE FROM facts WHERE id = 'fct_sent'"),
        Case::new(Taken, "a fact beside another one", fact()),
    ];
    for (column, value) in [
        ("event", "'another'"),
        ("subject_id", "'another'"),
        ("detail", "''"),
        ("at", "2"),
        ("previous_hash", "''"),
        ("hash", "''"),
        ("seq", "7"),
        ("aggregate_id", "'int_paid'"),
    ] {
        let text = format!("UPDATE journal SET {column} = {value} WHERE aggregate_id = 'int_a'");
        cases.push(Case::new(journal, format!("journal's {column} changed"), text));
    }
    let audit = Trigger("audit is append-only");
    cases.extend([
        Case::new(audit, "audit deleted", "DELETE FROM audit WHERE id = 'aud_a'"),
        Case::new(Taken, "a change beside another one", change()),
        Case::new(Unique("audit_pkey"), "one change twice", change().with("id='aud_a'")),
    ]);
    for column in ["actor", "action", "subject_id", "before", "after", "at", "id"] {
        let value = if column == "at" { "2" } else { "'another'" };
        let text = format!("UPDATE audit SET {column} = {value} WHERE id = 'aud_a'");
        cases.push(Case::new(audit, format!("audit's {column} changed"), text));
    }
    for (column, value) in [
        ("kind", "'accepted'"),
        ("external_id", "'x9'"),
        ("amount_minor", "1"),
        ("source", "'person'"),
        ("at", "2"),
        ("permit_id", "'per_paid'"),
    ] {
        let text = format!("UPDATE facts SET {column} = {value} WHERE id = 'fct_sent'");
        cases.push(Case::new(facts, format!("facts' {column} changed"), text));
    }
    cases
}

/// SQLite has no word for it.
fn never_emptied() -> Vec<Case> {
    if store::testing::engine_under_test().is_none() {
        return Vec::new();
    }
    let words = [
        ("journal", "journal is append-only"),
        ("facts", "facts is append-only"),
        ("audit", "audit is append-only"),
    ];
    words
        .into_iter()
        .map(|(table, words)| Case::new(Trigger(words), format!("{table} emptied"), format!("TRUNCATE {table}")))
        .collect()
}

fn never_deleted() -> Vec<Case> {
    let words = [
        ("intents", "intents is never deleted"),
        ("attempts", "attempts is never deleted"),
        ("permits", "permits is never deleted"),
        ("refunds", "refunds is never deleted"),
        ("calls", "calls is never deleted"),
        ("outbox", "outbox is never deleted"),
    ];
    let mut cases = Vec::new();
    for (table, words) in words {
        let text = format!("DELETE FROM {table} WHERE project_id = 'p' AND environment = 'live'");
        cases.push(Case::new(Trigger(words), format!("{table} deleted"), text));
    }
    let lonely = |table: &str, id: &str| format!("DELETE FROM {table} WHERE id = '{id}'");
    cases.extend([
        Case::new(
            Trigger(words[0].1),
            "an intent that nothing points to",
            lonely("intents", "int_new"),
        )
        .after(crate::rows::intent()),
        Case::new(Trigger(words[4].1), "an ended call", lonely("calls", "cal_ended")),
    ]);
    cases
}

fn numbered() -> Vec<Case> {
    vec![
        Case::new(Check("seq"), "journal from zero", journal().with("seq=0")),
        Case::new(Check("seq"), "journal below zero", journal().with("seq=-1")),
        Case::new(Unique("journal_pkey"), "journal number twice", journal().with("seq=1")),
        Case::new(Taken, "the next journal row", journal()),
        Case::new(
            Unique("outbox_by_sequence"),
            "two events with one sequence",
            event().with("sequence=1"),
        ),
        Case::new(
            Unique("outbox_by_stream"),
            "two events with one stream number",
            event().with("stream_no=1"),
        ),
        Case::new(Unique("outbox_pkey"), "one event twice", event().with("id='evt_a'")),
        Case::new(
            Taken,
            "two events without stream number",
            event().with("id='evt_more' sequence=3"),
        )
        .after(event()),
    ]
}

fn once() -> Vec<Case> {
    let capture = fact().with("kind='captured' permit_id='per_paid' external_id='x1'");
    let same = item().with("id='itm_more' subject_id='int_a' intent_id='int_paid'");
    vec![
        Case::new(Unique("facts_one_capture"), "one capture twice", capture.clone()),
        Case::new(Taken, "another capture", capture.clone().with("external_id='x2'")),
        Case::new(Taken, "the same id in other news", capture.with("kind='contradiction'")),
        Case::new(
            Unique("idempotency_pkey"),
            "two claims on one key",
            key().with("key='key_a'"),
        ),
        Case::new(
            Check("done"),
            "done without status",
            key().with("state='done' done_at=5"),
        ),
        Case::new(
            Check("done"),
            "done without time",
            key().with("state='done' status=201"),
        ),
        Case::new(Check("done"), "claimed with status", key().with("status=201")),
        Case::new(Check("done"), "claimed with time", key().with("done_at=5")),
        Case::new(
            Check("done"),
            "an answer taken back",
            "UPDATE idempotency SET status = NULL WHERE key = 'new'",
        )
        .after(key().with("state='done' status=201 done_at=5")),
        Case::new(Taken, "done", key().with("state='done' status=201 done_at=5")),
        Case::new(
            Unique("attention_once"),
            "two open items of one kind and subject",
            same.clone(),
        ),
        Case::new(Taken, "another kind", same.clone().with("kind='contradiction'")),
        Case::new(Taken, "the same again after the first is resolved", same.clone())
            .after("UPDATE attention SET resolved_at = 5 WHERE id = 'itm_a'"),
        Case::new(
            Unique("attention_once"),
            "an item opened again beside the same one",
            "UPDATE attention SET resolved_at = NULL WHERE id = 'itm_a'",
        )
        .after("UPDATE attention SET resolved_at = 5 WHERE id = 'itm_a'")
        .after(same),
        Case::new(
            Unique("timers_pkey"),
            "one timer twice",
            timer().with("aggregate_id='per_a'"),
        ),
        Case::new(
            Taken,
            "another kind of timer",
            timer().with("aggregate_id='per_a' kind='expire'"),
        ),
        Case::new(Unique("calls_pkey"), "one call twice", call().with("id='cal_ended'")),
    ]
}

fn kept_once() -> Vec<Case> {
    vec![
        Case::new(
            Unique("inbox_by_digest"),
            "one callback kept twice",
            callback().with("digest='digest_a'"),
        ),
        Case::new(
            Taken,
            "the same bytes with a wrong signature",
            callback().with("digest='digest_a' state='refused'"),
        ),
        Case::new(
            Taken,
            "the same bytes to another account",
            callback().with("digest='digest_a' account_id='acc_a2'"),
        ),
    ]
}
