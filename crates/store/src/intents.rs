//! Payment intents.

use domain::country::Country;
use domain::ids::{AttemptId, CheckoutId, CustomerId, IntentId};
use domain::intent::IntentState;
use domain::language::Language;
use domain::money::Money;
use domain::scope::{ApiFamily, Scope};
use domain::transition::Transition;

use crate::codec::money;
use crate::{FromRow, Row, StoreError, Tx};

/// A stored intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Which.
    pub id: IntentId,
    /// Raised by every save.
    pub version: i64,
    /// Where it stands.
    pub state: IntentState,
    /// What is to be paid.
    pub amount: Money,
    /// The payer, when known.
    pub customer_id: Option<CustomerId>,
    /// What for.
    pub description: Option<String>,
    /// Where the payer goes afterwards.
    pub return_url: Option<String>,
    /// The payment's own webhook.
    pub webhook_url: Option<String>,
    /// What stands on the payer's statement.
    pub statement_descriptor: Option<String>,
    /// Where the receipt goes.
    pub receipt_email: Option<String>,
    /// The merchant's metadata: a JSON object as text.
    pub metadata: String,
    /// Which API made it.
    pub family: ApiFamily,
    /// Countries that the payment-intents API was told.
    pub countries: Countries,
    /// The page that it was made with.
    pub checkout_id: Option<CheckoutId>,
    /// The language in which its payer is spoken to, when it is known.
    pub payer_language: Option<Language>,
    /// Whether it ends with the chain of the attempt given at creation.
    pub fail_with_attempt: bool,
    /// Seed of its references at providers.
    pub ref_seed: String,
    /// Attempts made so far.
    pub attempts_made: i64,
    /// Permits made so far.
    pub permits_made: i64,
    /// Events announced so far.
    pub events_made: i64,
    /// Events of the payment-intents API announced so far.
    pub intents_events_made: i64,
    /// The latest attempt.
    pub active_attempt_id: Option<AttemptId>,
    /// The routing that was in force when its first attempt started; `None` before that.
    pub routing_revision: Option<i64>,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// Milliseconds UTC after which no attempt starts.
    pub expires_at_ms: i64,
}

/// Where a payment takes place, as the payment-intents API is told; none of it in the payment API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Countries {
    /// Of the sale: decides what is eligible.
    pub transaction: Option<Country>,
    /// Of the payer.
    pub payer: Option<Country>,
    /// Of the rail that the money takes.
    pub rail: Option<Country>,
}

/// What a list of intents shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct IntentFilter {
    /// Stored states, at most three; the list is the union.
    pub states: Vec<&'static str>,
    /// Of the open ones only those whose latest attempt stands so, at most four: a stored state, the kind of its next action
    /// instead of `action_required`, or `none` for an intent without attempts. Empty leaves the filter out.
    pub latest_attempts: Vec<&'static str>,
    /// Of one customer.
    pub customer_id: Option<CustomerId>,
    /// Created at or after, milliseconds UTC.
    pub created_from_ms: Option<i64>,
    /// Created at or before, milliseconds UTC.
    pub created_to_ms: Option<i64>,
}

/// Where a page begins: strictly beyond this row.
#[derive(Clone, Copy, Debug)]
pub enum Page {
    /// The newest.
    First,
    /// Older than this row, newest first.
    OlderThan(i64, IntentId),
    /// Newer than this row, oldest first.
    NewerThan(i64, IntentId),
}

impl FromRow for Intent {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let state: String = row.get(2)?;
        let ended_at: Option<i64> = row.get(3)?;
        let state = match (state.as_str(), ended_at) {
            ("open", None) => IntentState::Open,
            ("mismatched", None) => IntentState::Mismatched,
            ("completed", Some(at_ms)) => IntentState::Completed { at_ms },
            ("failed", Some(at_ms)) => IntentState::Failed { at_ms },
            ("expired", Some(at_ms)) => IntentState::Expired { at_ms },
            ("cancelled", Some(at_ms)) => IntentState::Cancelled { at_ms },
            _ => return Err(row.invalid(2, "does not go with ended_at")),
        };
        Ok(Self {
            id: row.get(0)?,
            version: row.get(1)?,
            state,
            amount: money(row, 4, 5)?,
            customer_id: row.get(6)?,
            description: row.get(7)?,
            return_url: row.get(8)?,
            webhook_url: row.get(9)?,
            statement_descriptor: row.get(10)?,
            receipt_email: row.get(11)?,
            metadata: row.get(12)?,
            family: row.get(13)?,
            fail_with_attempt: row.get(14)?,
            ref_seed: row.get(15)?,
            attempts_made: row.get(16)?,
            permits_made: row.get(17)?,
            events_made: row.get(18)?,
            active_attempt_id: row.get(19)?,
            created_at_ms: row.get(20)?,
            expires_at_ms: row.get(21)?,
            routing_revision: row.get(22)?,
            countries: Countries {
                transaction: row.get(23)?,
                payer: row.get(24)?,
                rail: row.get(25)?,
            },
            intents_events_made: row.get(26)?,
            checkout_id: row.get(27)?,
            payer_language: row.get(28)?,
        })
    }
}

/// Writes a new intent.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, intent: &Intent) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO intents (project_id, environment, id, version, state, ended_at, amount_minor, currency, customer_id,
            description, return_url, webhook_url, statement_descriptor, receipt_email, metadata, family,
            fail_with_attempt, ref_seed, attempts_made, permits_made, events_made, active_attempt_id, created_at,
            expires_at, routing_revision, transaction_country, payer_country, rail_country, intents_events_made,
            checkout_id, payer_language)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
            ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent.id)
    .bind(intent.version)
    .bind(intent.state.code())
    .bind(intent.state.ended_at_ms())
    .bind(intent.amount.minor())
    .bind(intent.amount.currency())
    .bind(intent.customer_id)
    .bind(intent.description.as_ref())
    .bind(intent.return_url.as_ref())
    .bind(intent.webhook_url.as_ref())
    .bind(intent.statement_descriptor.as_ref())
    .bind(intent.receipt_email.as_ref())
    .bind(&intent.metadata)
    .bind(intent.family)
    .bind(intent.fail_with_attempt)
    .bind(&intent.ref_seed)
    .bind(intent.attempts_made)
    .bind(intent.permits_made)
    .bind(intent.events_made)
    .bind(intent.active_attempt_id)
    .bind(intent.created_at_ms)
    .bind(intent.expires_at_ms)
    .bind(intent.routing_revision)
    .bind(intent.countries.transaction)
    .bind(intent.countries.payer)
    .bind(intent.countries.rail)
    .bind(intent.intents_events_made)
    .bind(intent.checkout_id)
    .bind(intent.payer_language)
    .execute()?;
    Ok(())
}

/// One intent.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: IntentId) -> Result<Option<Intent>, StoreError> {
    tx.sql(
        "SELECT id, version, state, ended_at, amount_minor, currency, customer_id, description, return_url, webhook_url,
            statement_descriptor, receipt_email, metadata, family, fail_with_attempt, ref_seed, attempts_made,
            permits_made, events_made, active_attempt_id, created_at, expires_at,
            routing_revision, transaction_country, payer_country, rail_country, intents_events_made, checkout_id,
            payer_language
        FROM intents WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// One intent, held until the transaction ends: the first lock of every transaction that moves a payment.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope, id: IntentId) -> Result<Option<Intent>, StoreError> {
    tx.sql(
        "SELECT id, version, state, ended_at, amount_minor, currency, customer_id, description, return_url, webhook_url,
            statement_descriptor, receipt_email, metadata, family, fail_with_attempt, ref_seed, attempts_made,
            permits_made, events_made, active_attempt_id, created_at, expires_at,
            routing_revision, transaction_country, payer_country, rail_country, intents_events_made, checkout_id,
            payer_language
        FROM intents WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .for_update()
    .optional()
}

/// Saves a move of the intent if nobody moved it since it was read. Returns the rows changed: 0 or 1.
pub fn save(
    tx: &mut Tx<'_>,
    scope: &Scope,
    intent: &Intent,
    change: &Transition<IntentState>,
) -> Result<u64, StoreError> {
    let after = change.after();
    tx.sql(
        "UPDATE intents SET version = version + 1, state = ?5, ended_at = ?6
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent.id)
    .bind(intent.version)
    .bind(after.code())
    .bind(after.ended_at_ms())
    .execute()
}

/// Saves the counters, the latest attempt and the routing of an intent that is held. Returns the rows changed: 0 or 1.
pub fn save_counters(tx: &mut Tx<'_>, scope: &Scope, intent: &Intent) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE intents SET version = version + 1, attempts_made = ?5, permits_made = ?6, events_made = ?7,
            active_attempt_id = ?8, routing_revision = ?9, intents_events_made = ?10
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent.id)
    .bind(intent.version)
    .bind(intent.attempts_made)
    .bind(intent.permits_made)
    .bind(intent.events_made)
    .bind(intent.active_attempt_id)
    .bind(intent.routing_revision)
    .bind(intent.intents_events_made)
    .execute()
}

/// Saves what a merchant may change of an intent that is held. Returns the rows changed: 0 or 1.
pub fn save_description(tx: &mut Tx<'_>, scope: &Scope, intent: &Intent) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE intents SET version = version + 1, description = ?5, metadata = ?6, return_url = ?7
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent.id)
    .bind(intent.version)
    .bind(intent.description.as_ref())
    .bind(&intent.metadata)
    .bind(intent.return_url.as_ref())
    .execute()
}

/// Keeps the language in which the payer of an intent that is held is spoken to. Returns the rows changed: 0 or 1.
pub fn save_language(tx: &mut Tx<'_>, scope: &Scope, intent: &Intent) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE intents SET version = version + 1, payer_language = ?5
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent.id)
    .bind(intent.version)
    .bind(intent.payer_language)
    .execute()
}

/// Up to `limit` intents beyond `page`. Newest first, but oldest first for [`Page::NewerThan`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &IntentFilter,
    page: Page,
    limit: i64,
) -> Result<Vec<Intent>, StoreError> {
    let (at, id) = match page {
        Page::First => (i64::MAX, None),
        Page::OlderThan(at, id) | Page::NewerThan(at, id) => (at, Some(id)),
    };
    let state = |index: usize| filter.states.get(index).copied();
    let latest = |index: usize| filter.latest_attempts.get(index).copied();
    let statement = match page {
        Page::First | Page::OlderThan(..) => tx.sql(
            "SELECT id, version, state, ended_at, amount_minor, currency, customer_id, description, return_url,
                webhook_url, statement_descriptor, receipt_email, metadata, family, fail_with_attempt, ref_seed,
                attempts_made, permits_made, events_made, active_attempt_id, created_at, expires_at,
                routing_revision, transaction_country, payer_country, rail_country, intents_events_made, checkout_id,
                payer_language
            FROM intents WHERE project_id = ?1 AND environment = ?2
                AND (created_at < ?3 OR (created_at = ?3 AND id < CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR state IN (?5, ?6, ?7))
                AND (CAST(?8 AS TEXT) IS NULL OR customer_id = ?8)
                AND created_at >= ?9 AND created_at <= ?10
                AND (CAST(?12 AS TEXT) IS NULL OR state <> 'open' OR COALESCE(
                    (SELECT COALESCE(latest.next_action_kind, latest.state) FROM attempts latest
                    WHERE latest.project_id = ?1 AND latest.environment = ?2 AND latest.id = intents.active_attempt_id),
                    'none') IN (?12, ?13, ?14, ?15))
            ORDER BY created_at DESC, id DESC LIMIT ?11",
        ),
        Page::NewerThan(..) => tx.sql(
            "SELECT id, version, state, ended_at, amount_minor, currency, customer_id, description, return_url,
                webhook_url, statement_descriptor, receipt_email, metadata, family, fail_with_attempt, ref_seed,
                attempts_made, permits_made, events_made, active_attempt_id, created_at, expires_at,
                routing_revision, transaction_country, payer_country, rail_country, intents_events_made, checkout_id,
                payer_language
            FROM intents WHERE project_id = ?1 AND environment = ?2
                AND (created_at > ?3 OR (created_at = ?3 AND id > CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR state IN (?5, ?6, ?7))
                AND (CAST(?8 AS TEXT) IS NULL OR customer_id = ?8)
                AND created_at >= ?9 AND created_at <= ?10
                AND (CAST(?12 AS TEXT) IS NULL OR state <> 'open' OR COALESCE(
                    (SELECT COALESCE(latest.next_action_kind, latest.state) FROM attempts latest
                    WHERE latest.project_id = ?1 AND latest.environment = ?2 AND latest.id = intents.active_attempt_id),
                    'none') IN (?12, ?13, ?14, ?15))
            ORDER BY created_at, id LIMIT ?11",
        ),
    };
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(at)
        .bind(id)
        .bind(state(0))
        .bind(state(1))
        .bind(state(2))
        .bind(filter.customer_id)
        .bind(filter.created_from_ms.unwrap_or(i64::MIN))
        .bind(filter.created_to_ms.unwrap_or(i64::MAX))
        .bind(limit)
        .bind(latest(0))
        .bind(latest(1))
        .bind(latest(2))
        .bind(latest(3))
        .all()
}
