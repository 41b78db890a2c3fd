//! Permits: the table in which a double charge cannot be written.

use domain::country::Country;
use domain::ids::{AccountId, AttemptId, FactId, InstrumentId, IntentId, PermitId};
use domain::method::MethodCode;
use domain::money::Money;
use domain::permit::{ChargeKnowledge, DeathProof, PermitState};
use domain::scope::Scope;
use domain::transition::Transition;

use crate::codec::{coded, money};
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

/// A stored permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// Which.
    pub id: PermitId,
    /// Of which intent.
    pub intent_id: IntentId,
    /// Of which attempt.
    pub attempt_id: AttemptId,
    /// 1 for the first of its intent.
    pub number: i64,
    /// At which gateway account.
    pub account_id: AccountId,
    /// The reference that we give the provider.
    pub merchant_ref: String,
    /// What may be taken.
    pub amount: Money,
    /// Where it stands.
    pub state: PermitState,
    /// Whether the provider ever acknowledged the charge.
    pub acknowledged: bool,
    /// The provider's id of the (first) transaction.
    pub external_id: Option<String>,
    /// What was taken under it, in minor units of its currency; more than one capture adds up.
    pub captured_minor: i64,
    /// Of that, promised back.
    pub refund_reserved_minor: i64,
    /// Milliseconds UTC of T1 of the charge.
    pub sent_at_ms: Option<i64>,
    /// Milliseconds UTC at which it was paid or proven dead.
    pub ended_at_ms: Option<i64>,
    /// Questions asked since its death.
    pub asked_after_death: u32,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

coded! {
    ChargeKnowledge, Self::parse;
    DeathProof, Self::parse;
}

impl FromRow for Permit {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let status: String = row.get(8)?;
        let knowledge: Option<ChargeKnowledge> = row.get(9)?;
        let proof: Option<DeathProof> = row.get(10)?;
        let state = match (status.as_str(), knowledge, proof) {
            ("open", None, None) => PermitState::Open,
            ("sent", Some(knowledge), None) => PermitState::Sent(knowledge),
            ("paid", None, None) => PermitState::Paid,
            ("dead", None, Some(proof)) => PermitState::Dead(proof),
            _ => return Err(row.invalid(8, "does not go with the columns beside it")),
        };
        Ok(Self {
            id: row.get(0)?,
            intent_id: row.get(1)?,
            attempt_id: row.get(2)?,
            number: row.get(3)?,
            account_id: row.get(4)?,
            merchant_ref: row.get(5)?,
            amount: money(row, 6, 7)?,
            state,
            acknowledged: row.get(11)?,
            external_id: row.get(12)?,
            captured_minor: row.get(13)?,
            refund_reserved_minor: row.get(14)?,
            sent_at_ms: row.get(15)?,
            ended_at_ms: row.get(16)?,
            asked_after_death: row.get(17)?,
            created_at_ms: row.get(18)?,
        })
    }
}

/// Writes a new open permit. The database refuses a second live or paid one of the same intent.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, permit: &Permit) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO permits (project_id, environment, id, intent_id, attempt_id, number, account_id, merchant_ref,
            amount_minor, currency, status, acknowledged, captured_minor, refund_reserved_minor, refunded_minor,
            external_refunded_minor, asked_after_death, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'open', FALSE, 0, 0, 0, 0, 0, ?11)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit.id)
    .bind(permit.intent_id)
    .bind(permit.attempt_id)
    .bind(permit.number)
    .bind(permit.account_id)
    .bind(&permit.merchant_ref)
    .bind(permit.amount.minor())
    .bind(permit.amount.currency())
    .bind(permit.created_at_ms)
    .execute()?;
    Ok(())
}

/// The guarded step that gives the right to charge: open becomes sent. Returns the rows changed; only 1 gives it.
pub fn send(tx: &mut Tx<'_>, scope: &Scope, id: PermitId, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE permits SET status = 'sent', knowledge = 'in_flight', sent_at = ?4
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND status = 'open'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(at_ms)
    .execute()
}

/// Saves what is newly known of a sent charge. Returns the rows changed: 0 or 1.
pub fn learn(
    tx: &mut Tx<'_>,
    scope: &Scope,
    permit: &Permit,
    change: &Transition<PermitState>,
) -> Result<u64, StoreError> {
    let PermitState::Sent(knowledge) = change.after() else {
        return Err(StoreError::Other("only a sent permit learns".to_owned()));
    };
    tx.sql(
        "UPDATE permits SET knowledge = ?4, acknowledged = acknowledged OR ?5
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND status = 'sent'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit.id)
    .bind(*knowledge)
    .bind(*knowledge == ChargeKnowledge::Accepted)
    .execute()
}

/// The proof by which a permit dies, and the fact that carries it.
#[derive(Clone, Copy, Debug)]
pub struct Death {
    /// The proof.
    pub proof: DeathProof,
    /// The fact; none is needed for a permit that was never sent.
    pub fact_id: Option<FactId>,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

/// Kills a permit that stands as it was read. Returns the rows changed: 0 or 1.
pub fn kill(tx: &mut Tx<'_>, scope: &Scope, permit: &Permit, death: Death) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE permits SET status = 'dead', knowledge = NULL, dead_proof = ?5, dead_fact_id = ?6, ended_at = ?7
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND status = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit.id)
    .bind(permit.state.code())
    .bind(death.proof)
    .bind(death.fact_id)
    .bind(death.at_ms)
    .execute()
}

/// Gives a permit the intent's seat as paid. Returns the rows changed: 0 or 1.
pub fn pay(tx: &mut Tx<'_>, scope: &Scope, permit: &Permit, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE permits SET status = 'paid', knowledge = NULL, dead_proof = NULL, dead_fact_id = NULL, ended_at = ?5,
            sent_at = COALESCE(sent_at, ?5)
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND status = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit.id)
    .bind(permit.state.code())
    .bind(at_ms)
    .execute()
}

/// Adds a capture to the permit's counter.
pub fn add_capture(tx: &mut Tx<'_>, scope: &Scope, id: PermitId, minor: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE permits SET captured_minor = captured_minor + ?4
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(minor)
    .execute()
}

/// Promises a part of what was captured back. Returns 0 rows when that much is not there.
pub fn reserve_refund(tx: &mut Tx<'_>, scope: &Scope, id: PermitId, minor: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE permits SET refund_reserved_minor = refund_reserved_minor + ?4
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3
            AND refund_reserved_minor + refunded_minor + external_refunded_minor + ?4 <= captured_minor",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(minor)
    .execute()
}

/// Keeps the provider's id of the first transaction that became known.
pub fn name_external(tx: &mut Tx<'_>, scope: &Scope, id: PermitId, external_id: &str) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE permits SET external_id = ?4
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND external_id IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(external_id)
    .execute()
}

/// Keeps when a page, code or link was first handed out: in the transaction that saves the answer.
pub fn show_url(tx: &mut Tx<'_>, scope: &Scope, id: PermitId, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE permits SET url_shown_at = ?4
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND url_shown_at IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(at_ms)
    .execute()
}

/// Counts one question about a dead permit.
pub fn count_question(tx: &mut Tx<'_>, scope: &Scope, id: PermitId) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE permits SET asked_after_death = asked_after_death + 1
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .execute()
}

/// Which intent a permit belongs to.
pub fn intent_of(tx: &mut Tx<'_>, scope: &Scope, id: PermitId) -> Result<Option<IntentId>, StoreError> {
    tx.sql("SELECT intent_id FROM permits WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .optional()
}

/// The permit and intent behind one of our references at an account.
pub fn by_reference(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: AccountId,
    merchant_ref: &str,
) -> Result<Option<(PermitId, IntentId)>, StoreError> {
    tx.sql(
        "SELECT id, intent_id FROM permits
        WHERE project_id = ?1 AND environment = ?2 AND account_id = ?3 AND merchant_ref = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(account)
    .bind(merchant_ref)
    .optional()
}

/// Every permit of an intent, oldest first.
pub fn of_intent(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId) -> Result<Vec<Permit>, StoreError> {
    tx.sql(
        "SELECT id, intent_id, attempt_id, number, account_id, merchant_ref, amount_minor, currency, status, knowledge,
            dead_proof, acknowledged, external_id, captured_minor, refund_reserved_minor, sent_at, ended_at,
            asked_after_death, created_at
        FROM permits WHERE project_id = ?1 AND environment = ?2 AND intent_id = ?3 ORDER BY number",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent_id)
    .all()
}

/// The fact that carries a permit's death, if it died by one.
pub fn fact_of_death(tx: &mut Tx<'_>, scope: &Scope, id: PermitId) -> Result<Option<FactId>, StoreError> {
    let found: Option<Option<FactId>> = tx
        .sql("SELECT dead_fact_id FROM permits WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .optional()?;
    Ok(found.flatten())
}

/// The latest permit of each attempt of an intent that has any, oldest first: what the merchant sees of gateways.
pub fn latest_of_attempt(tx: &mut Tx<'_>, scope: &Scope, attempt_id: AttemptId) -> Result<Option<Permit>, StoreError> {
    tx.sql(
        "SELECT id, intent_id, attempt_id, number, account_id, merchant_ref, amount_minor, currency, status, knowledge,
            dead_proof, acknowledged, external_id, captured_minor, refund_reserved_minor, sent_at, ended_at,
            asked_after_death, created_at
        FROM permits WHERE project_id = ?1 AND environment = ?2 AND attempt_id = ?3
        ORDER BY number DESC LIMIT 1",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(attempt_id)
    .optional()
}

/// When a permit of that instrument and method last died in a way that may leave a prompt on the phone:
/// milliseconds UTC and the proof, newest first.
pub fn last_prompt_left(
    tx: &mut Tx<'_>,
    scope: &Scope,
    instrument: InstrumentId,
    method: MethodCode,
) -> Result<Option<i64>, StoreError> {
    tx.sql(
        "SELECT p.ended_at FROM permits p JOIN attempts a ON a.project_id = p.project_id
            AND a.environment = p.environment AND a.id = p.attempt_id
        WHERE a.project_id = ?1 AND a.environment = ?2 AND a.instrument_id = ?3 AND a.method_code = ?4
            AND p.status = 'dead'
            AND p.dead_proof IN ('closed_by_us', 'not_found_after_horizon', 'attested_by_person')
            AND p.url_shown_at IS NULL
        ORDER BY p.ended_at DESC LIMIT 1",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(instrument)
    .bind(method)
    .optional()
}

/// The charges of that instrument that left since `since_ms`, newest first, at most 100: how and where each was to be paid,
/// and when it left, milliseconds UTC. Those that are proven to have come to nothing do not count.
pub fn charges_sent(
    tx: &mut Tx<'_>,
    scope: &Scope,
    instrument: InstrumentId,
    since_ms: i64,
) -> Result<Vec<(MethodCode, Country, i64)>, StoreError> {
    tx.sql(
        "SELECT a.method_code, a.country, p.sent_at FROM permits p JOIN attempts a ON a.project_id = p.project_id
            AND a.environment = p.environment AND a.id = p.attempt_id
        WHERE a.project_id = ?1 AND a.environment = ?2 AND a.instrument_id = ?3 AND p.sent_at >= ?4
            AND (p.dead_proof IS NULL OR p.dead_proof NOT IN ('never_sent', 'not_processed'))
        ORDER BY p.sent_at DESC LIMIT 100",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(instrument)
    .bind(since_ms)
    .all()
}
