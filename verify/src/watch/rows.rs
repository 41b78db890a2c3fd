//! The questions to the database. Owns the only SQL outside the store: it looks at what the store wrote without going
//! through what the store reads.

use store::{StoreError, Tx};

/// Invariants, each with a question that finds those who break it.
const MUST_BE_EMPTY: &[(&str, &str)] = &[
    (
        "one seat per intent",
        "SELECT intent_id FROM permits WHERE status IN ('open', 'sent', 'paid') GROUP BY intent_id HAVING COUNT(*) > 1",
    ),
    (
        "a sent charge is asked about",
        "SELECT id FROM permits p WHERE status = 'sent'
            AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.kind = 'look_up' AND t.aggregate_id = p.id AND NOT t.parked)",
    ),
    (
        "a dead charge is asked about",
        "SELECT id FROM permits p WHERE status = 'dead' AND sent_at IS NOT NULL AND asked_after_death < 6
            AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.kind = 'look_up' AND t.aggregate_id = p.id AND NOT t.parked)",
    ),
    (
        "a paid charge is asked about once more",
        "SELECT id FROM permits p WHERE status = 'paid'
            AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.kind = 'look_up' AND t.aggregate_id = p.id AND NOT t.parked)
            AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.permit_id = p.id AND c.kind = 'look_up'
                AND c.started_at >= p.ended_at + 60000)",
    ),
    (
        "an open intent has a timer",
        "SELECT id FROM intents i WHERE state = 'open'
            AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.kind = 'expire' AND t.aggregate_id = i.id AND NOT t.parked)
            AND NOT EXISTS (SELECT 1 FROM permits p WHERE p.intent_id = i.id AND p.status = 'sent')
            AND NOT EXISTS (SELECT 1 FROM attempts a JOIN timers t ON t.aggregate_id = a.id AND t.kind = 'fall_back'
                AND NOT t.parked WHERE a.intent_id = i.id)",
    ),
    (
        "an open attempt has a live permit",
        "SELECT a.id FROM attempts a JOIN intents i ON i.id = a.intent_id
        WHERE a.state IN ('processing', 'action_required') AND i.state <> 'mismatched'
            AND NOT EXISTS (SELECT 1 FROM permits p WHERE p.attempt_id = a.id AND p.status IN ('open', 'sent'))",
    ),
    (
        "the journal has no gaps",
        "SELECT aggregate_id FROM journal GROUP BY aggregate_id HAVING COUNT(*) <> MAX(seq) OR MIN(seq) <> 1",
    ),
    (
        "every intent, attempt and permit is in the journal",
        "SELECT id FROM intents i WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.aggregate_id = i.id)
        UNION ALL SELECT i.id FROM intents i WHERE (SELECT COUNT(*) FROM permits p WHERE p.intent_id = i.id)
            <> (SELECT COUNT(*) FROM journal j WHERE j.aggregate_id = i.id AND j.event = 'permit.opened')
        UNION ALL SELECT i.id FROM intents i WHERE (SELECT COUNT(*) FROM attempts a WHERE a.intent_id = i.id)
            <> (SELECT COUNT(*) FROM journal j WHERE j.aggregate_id = i.id AND j.event = 'attempt.started')
        UNION ALL SELECT i.id FROM intents i WHERE
            (SELECT COUNT(*) FROM permits p WHERE p.intent_id = i.id AND p.status = 'dead')
            > (SELECT COUNT(*) FROM journal j WHERE j.aggregate_id = i.id AND j.event = 'permit.dead')",
    ),
    (
        "the events of a payment have no gaps",
        "SELECT id FROM intents i WHERE events_made <> (SELECT COUNT(*) FROM outbox o WHERE o.intent_id = i.id)
            OR events_made <> (SELECT COALESCE(MAX(sequence), 0) FROM outbox o WHERE o.intent_id = i.id)",
    ),
    (
        "every end is announced once",
        "SELECT id FROM intents i WHERE state = 'completed'
            AND (SELECT COUNT(*) FROM outbox o WHERE o.intent_id = i.id AND o.event = 'payment.completed') <> 1
        UNION ALL SELECT id FROM intents i WHERE state = 'failed'
            AND (SELECT COUNT(*) FROM outbox o WHERE o.intent_id = i.id AND o.event = 'payment.failed') <> 1
        UNION ALL SELECT id FROM intents i WHERE state IN ('expired', 'cancelled')
            AND (SELECT COUNT(*) FROM outbox o WHERE o.intent_id = i.id AND o.event = 'payment.expired') <> 1
        UNION ALL SELECT id FROM intents i WHERE state = 'mismatched'
            AND (SELECT COUNT(*) FROM outbox o WHERE o.intent_id = i.id AND o.event = 'payment.amount_mismatch') <> 1
        UNION ALL SELECT i.id FROM intents i WHERE
            (SELECT COUNT(*) FROM attempts a WHERE a.intent_id = i.id AND a.state = 'failed')
            > (SELECT COUNT(*) FROM outbox o WHERE o.intent_id = i.id AND o.event = 'payment.attempt.failed')",
    ),
    (
        "a completed intent is paid, and a paid one ends",
        "SELECT id FROM intents i WHERE state = 'completed'
            AND NOT EXISTS (SELECT 1 FROM permits p WHERE p.intent_id = i.id AND p.status = 'paid')
        UNION ALL SELECT i.id FROM intents i JOIN permits p ON p.intent_id = i.id AND p.status = 'paid'
            WHERE i.state IN ('open', 'failed', 'expired')",
    ),
    (
        "paid in full, or mismatched",
        "SELECT i.id FROM intents i JOIN permits p ON p.intent_id = i.id AND p.status = 'paid'
        WHERE i.state = 'completed' AND NOT EXISTS (SELECT 1 FROM facts f WHERE f.permit_id = p.id AND f.kind = 'captured'
            AND f.amount_minor = p.amount_minor AND f.currency = p.currency)",
    ),
    (
        "captures add up",
        "SELECT id FROM permits p WHERE captured_minor <> (SELECT COALESCE(SUM(f.amount_minor), 0) FROM facts f
            WHERE f.permit_id = p.id AND f.kind = 'captured' AND f.currency = p.currency)",
    ),
    (
        "no more is kept than the amount, or a surplus refund is open",
        "SELECT i.id FROM intents i WHERE i.state <> 'mismatched'
            AND NOT EXISTS (SELECT 1 FROM permits p WHERE p.intent_id = i.id AND p.status IN ('open', 'sent'))
            AND (SELECT COALESCE(SUM(p.captured_minor), 0) FROM permits p WHERE p.intent_id = i.id)
                > i.amount_minor + (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r
                    WHERE r.intent_id = i.id AND r.status <> 'failed')",
    ),
    (
        "refunds are reserved",
        "SELECT id FROM permits p WHERE refund_reserved_minor <> (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r
            WHERE r.permit_id = p.id AND r.status IN ('pending', 'processing'))",
    ),
    (
        "dead by a proof that its call allows",
        "SELECT p.id FROM permits p JOIN calls c ON c.permit_id = p.id AND c.kind = 'charge'
        WHERE (p.dead_proof = 'never_sent' AND c.outcome <> 'not_sent')
            OR (p.dead_proof = 'not_processed' AND c.outcome <> 'not_processed')
            OR (p.dead_proof = 'not_found_after_horizon' AND c.outcome <> 'unknown')",
    ),
    (
        "counters count",
        "SELECT id FROM intents i WHERE attempts_made <> (SELECT COUNT(*) FROM attempts a WHERE a.intent_id = i.id)
            OR permits_made <> (SELECT COUNT(*) FROM permits p WHERE p.intent_id = i.id)",
    ),
    (
        "a sent charge has its call",
        "SELECT id FROM permits p WHERE sent_at IS NOT NULL
            AND (SELECT COUNT(*) FROM calls c WHERE c.permit_id = p.id AND c.kind = 'charge') <> 1",
    ),
    (
        "a key is bound to what it made",
        "SELECT key FROM idempotency WHERE intent_id IS NULL",
    ),
    (
        "a chain has two fallbacks at most and tries no account twice",
        "SELECT a.id FROM attempts a JOIN attempts b ON b.intent_id = a.intent_id AND b.number < a.number
            AND b.number >= a.number - a.fallbacks_before
        WHERE a.fallbacks_before > 2 OR b.account_id = a.account_id OR b.amount_minor <> a.amount_minor
            OR b.currency <> a.currency OR b.method_code <> a.method_code",
    ),
    (
        "an ended intent has no live permit",
        "SELECT i.id FROM intents i JOIN permits p ON p.intent_id = i.id AND p.status IN ('open', 'sent')
        WHERE i.state IN ('completed', 'failed', 'expired', 'cancelled')",
    ),
    (
        "a held capture pays or goes back",
        "SELECT p.id FROM permits p WHERE p.status = 'dead'
            AND p.captured_minor > (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r WHERE r.permit_id = p.id)
            AND NOT EXISTS (SELECT 1 FROM permits o WHERE o.intent_id = p.intent_id AND o.status IN ('open', 'sent'))",
    ),
    (
        "no attempt starts after the end of its intent",
        "SELECT a.id FROM attempts a JOIN intents i ON i.id = a.intent_id WHERE a.created_at >= i.expires_at",
    ),
    (
        "only what is not the payer's falls back",
        "SELECT a.id FROM attempts a JOIN attempts b ON b.intent_id = a.intent_id AND b.number = a.number - 1
        WHERE a.fallbacks_before > 0 AND b.failure_code NOT IN ('operator_unavailable', 'gateway_unavailable',
            'gateway_credentials_refused', 'gateway_limit_reached')",
    ),
    (
        "a phone rests before the next prompt",
        "SELECT a.id FROM attempts a JOIN attempts b ON b.intent_id = a.intent_id AND b.number = a.number - 1
            JOIN permits p ON p.attempt_id = b.id AND p.dead_proof = 'not_found_after_horizon'
        WHERE a.fallbacks_before > 0 AND a.method_code = 'momo_mtn' AND a.created_at - p.ended_at < 30000",
    ),
    (
        "no step fails again and again",
        "SELECT kind || ' ' || aggregate_id FROM timers WHERE parked OR tries >= 3",
    ),
];

/// Every invariant that does not hold, with the first that breaks it.
pub(super) fn broken(tx: &mut Tx<'_>) -> Result<Vec<(&'static str, String)>, StoreError> {
    let mut broken = Vec::new();
    for (invariant, question) in MUST_BE_EMPTY {
        let first: Option<String> = tx.sql(question).optional()?;
        broken.extend(first.map(|first| (*invariant, first)));
    }
    Ok(broken)
}

/// A charge as the database permits it.
pub(super) struct Charge {
    pub(super) status: String,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
    pub(super) intent_state: String,
    /// Monotonic clock of the process that permitted it.
    pub(super) monotonic_ms: i64,
    /// Gateway and reference of the intent's other permits.
    pub(super) siblings: Vec<(String, String)>,
}

/// The permit of a reference at a gateway, with its call.
pub(super) fn charge(tx: &mut Tx<'_>, gateway: &str, reference: &str) -> Result<Option<Charge>, StoreError> {
    let found: Option<(String, i64, String, String, i64, String)> = tx
        .sql(
            "SELECT p.status, p.amount_minor, p.currency, i.state, c.monotonic_ms, i.id FROM permits p
                JOIN attempts a ON a.id = p.attempt_id JOIN intents i ON i.id = p.intent_id
                JOIN calls c ON c.permit_id = p.id AND c.kind = 'charge' AND c.outcome = 'open'
            WHERE a.gateway_code = ?1 AND p.merchant_ref = ?2",
        )
        .bind(gateway)
        .bind(reference)
        .optional()?;
    let Some((status, amount_minor, currency, intent_state, monotonic_ms, intent_id)) = found else {
        return Ok(None);
    };
    let siblings = tx
        .sql(
            "SELECT a.gateway_code, p.merchant_ref FROM permits p JOIN attempts a ON a.id = p.attempt_id
            WHERE p.intent_id = ?1 AND p.merchant_ref <> ?2",
        )
        .bind(intent_id)
        .bind(reference)
        .all()?;
    Ok(Some(Charge {
        status,
        amount_minor,
        currency,
        intent_state,
        monotonic_ms,
        siblings,
    }))
}

/// The state of every intent and attempt by id.
pub(super) fn states(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    tx.sql("SELECT id, state FROM intents UNION ALL SELECT id, state FROM attempts")
        .all()
}

/// A dead or paid permit: id, gateway, reference, status, proof.
pub(super) type Ended = (String, String, String, String, Option<String>);

/// Every permit that ended.
pub(super) fn ended(tx: &mut Tx<'_>) -> Result<Vec<Ended>, StoreError> {
    tx.sql(
        "SELECT p.id, a.gateway_code, p.merchant_ref, p.status, p.dead_proof FROM permits p
            JOIN attempts a ON a.id = p.attempt_id WHERE p.status IN ('paid', 'dead') AND p.sent_at IS NOT NULL",
    )
    .all()
}

/// A fact about money: external id, kind, minor units, currency, gateway and reference of its permit.
pub(super) type Taken = (Option<String>, String, Option<i64>, Option<String>, String, String);

/// Every capture and contradiction that was recorded.
pub(super) fn taken(tx: &mut Tx<'_>) -> Result<Vec<Taken>, StoreError> {
    tx.sql(
        "SELECT f.external_id, f.kind, f.amount_minor, f.currency, a.gateway_code, p.merchant_ref FROM facts f
            JOIN permits p ON p.id = f.permit_id JOIN attempts a ON a.id = p.attempt_id
        WHERE f.kind IN ('captured', 'contradiction')",
    )
    .all()
}

/// What is still undecided: references of sent permits, and open calls.
pub(super) fn undecided(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    tx.sql(
        "SELECT 'sent permit', merchant_ref FROM permits WHERE status IN ('open', 'sent')
        UNION ALL SELECT 'open call', p.merchant_ref FROM calls c JOIN permits p ON p.id = c.permit_id
            WHERE c.outcome = 'open'
        UNION ALL SELECT 'open intent', id FROM intents WHERE state = 'open'",
    )
    .all()
}

/// How many attempts were automatic fallbacks.
pub(super) fn fallbacks(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.sql("SELECT COUNT(*) FROM attempts WHERE fallbacks_before > 0").one()
}
