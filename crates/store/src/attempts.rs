//! Attempts: tries to have an intent paid.

use domain::attempt::AttemptState;
use domain::country::Country;
use domain::failure::{Failure, FailureCode};
use domain::ids::{AccountId, AttemptId, InstrumentId, IntentId};
use domain::method::MethodCode;
use domain::money::Money;
use domain::next_action::NextAction;
use domain::routing::decision::RouteStep;
use domain::scope::Scope;
use domain::transition::Transition;

use crate::action_codec;
use crate::codec::money;
use crate::route_codec;
use crate::{FromRow, Row, StoreError, Tx};

/// A stored attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which.
    pub id: AttemptId,
    /// Of which intent.
    pub intent_id: IntentId,
    /// 1 for the first of its intent.
    pub number: i64,
    /// Raised by every save.
    pub version: i64,
    /// Where it stands.
    pub state: AttemptState,
    /// How the payer pays.
    pub method: MethodCode,
    /// Where.
    pub country: Country,
    /// What the payer pays with, when a number was given.
    pub instrument_id: Option<InstrumentId>,
    /// What is to be paid, in the attempt's currency.
    pub amount: Money,
    /// Exact decimal text; `None` when the currencies are equal.
    pub exchange_rate: Option<String>,
    /// Exact decimal text; `None` when the currencies are equal.
    pub correction_rate: Option<String>,
    /// The gateway that runs it; `None` when none was found.
    pub gateway_code: Option<String>,
    /// The account that runs it; `None` when none was found.
    pub account_id: Option<AccountId>,
    /// Whether it runs elsewhere because the first choice failed or was down.
    pub is_fallback: bool,
    /// Automatic fallbacks of this chain before it; 0 for an attempt that somebody asked for.
    pub fallbacks_before: i64,
    /// Why each account was taken or passed over.
    pub route: Vec<RouteStep>,
    /// Sandbox scenario asked for by name.
    pub scenario: Option<String>,
    /// Wrong one-time codes so far.
    pub codes_refused: i64,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

impl FromRow for Attempt {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            intent_id: row.get(1)?,
            number: row.get(2)?,
            version: row.get(3)?,
            state: state(row)?,
            method: row.get(9)?,
            country: row.get(10)?,
            instrument_id: row.get(11)?,
            amount: money(row, 12, 13)?,
            exchange_rate: row.get(14)?,
            correction_rate: row.get(15)?,
            gateway_code: row.get(16)?,
            is_fallback: row.get(17)?,
            scenario: row.get(18)?,
            codes_refused: row.get(19)?,
            created_at_ms: row.get(20)?,
            account_id: row.get(21)?,
            fallbacks_before: row.get(22)?,
            route: row.parse(23, |text: String| route_codec::read(&text))?,
        })
    }
}

fn state(row: &Row<'_>) -> Result<AttemptState, StoreError> {
    let state: String = row.get(4)?;
    let ended_at: Option<i64> = row.get(5)?;
    let action: Option<String> = row.get(6)?;
    let failure_code: Option<String> = row.get(7)?;
    let failure = match failure_code {
        None => None,
        Some(text) => {
            let code = FailureCode::parse(&text).ok_or_else(|| row.invalid(7, "is no failure code"))?;
            Some(Failure {
                code,
                gateway_code: row.get(8)?,
            })
        }
    };
    match (state.as_str(), ended_at, action, failure) {
        ("processing", None, None, failure) => Ok(AttemptState::Processing(failure)),
        ("action_required", None, Some(text), failure) => {
            let action = action_codec::read(&text).map_err(|reason| row.invalid(6, reason))?;
            Ok(AttemptState::ActionRequired(action, failure))
        }
        ("completed", Some(at_ms), None, None) => Ok(AttemptState::Completed { at_ms }),
        ("failed", Some(at_ms), None, Some(failure)) => Ok(AttemptState::Failed { at_ms, failure }),
        ("cancelled", Some(at_ms), None, Some(failure)) => Ok(AttemptState::Cancelled { at_ms, failure }),
        _ => Err(row.invalid(4, "does not go with the columns beside it")),
    }
}

struct Columns {
    state: &'static str,
    ended_at: Option<i64>,
    action: Option<String>,
    action_kind: Option<&'static str>,
    failure_code: Option<&'static str>,
    failure_gateway_code: Option<String>,
}

fn columns(state: &AttemptState) -> Result<Columns, StoreError> {
    let ended_at = match state {
        AttemptState::Processing(_) | AttemptState::ActionRequired(..) => None,
        AttemptState::Completed { at_ms }
        | AttemptState::Failed { at_ms, .. }
        | AttemptState::Cancelled { at_ms, .. } => Some(*at_ms),
    };
    let action = state
        .next_action()
        .map(action_codec::write)
        .transpose()
        .map_err(StoreError::Other)?;
    let failure = state.failure();
    Ok(Columns {
        state: state.code(),
        ended_at,
        action,
        action_kind: state.next_action().map(NextAction::kind),
        failure_code: failure.map(|f| f.code.code()),
        failure_gateway_code: failure.and_then(|f| f.gateway_code.clone()),
    })
}

/// Writes a new attempt.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, attempt: &Attempt) -> Result<(), StoreError> {
    let columns = columns(&attempt.state)?;
    let route = route_codec::write(&attempt.route).map_err(StoreError::Other)?;
    tx.sql(
        "INSERT INTO attempts (project_id, environment, id, intent_id, number, version, state, ended_at, next_action,
            failure_code, failure_gateway_code, method_code, country, instrument_id, amount_minor, currency,
            exchange_rate, correction_rate, gateway_code, is_fallback, scenario, codes_refused, created_at, account_id,
            fallbacks_before, route, next_action_kind)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
            ?23, ?24, ?25, ?26, ?27)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(attempt.id)
    .bind(attempt.intent_id)
    .bind(attempt.number)
    .bind(attempt.version)
    .bind(columns.state)
    .bind(columns.ended_at)
    .bind(columns.action)
    .bind(columns.failure_code)
    .bind(columns.failure_gateway_code)
    .bind(attempt.method)
    .bind(attempt.country)
    .bind(attempt.instrument_id)
    .bind(attempt.amount.minor())
    .bind(attempt.amount.currency())
    .bind(attempt.exchange_rate.as_ref())
    .bind(attempt.correction_rate.as_ref())
    .bind(attempt.gateway_code.as_ref())
    .bind(attempt.is_fallback)
    .bind(attempt.scenario.as_ref())
    .bind(attempt.codes_refused)
    .bind(attempt.created_at_ms)
    .bind(attempt.account_id)
    .bind(attempt.fallbacks_before)
    .bind(route)
    .bind(columns.action_kind)
    .execute()?;
    Ok(())
}

/// One attempt of an intent.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: AttemptId) -> Result<Option<Attempt>, StoreError> {
    tx.sql(
        "SELECT id, intent_id, number, version, state, ended_at, next_action, failure_code, failure_gateway_code,
            method_code, country, instrument_id, amount_minor, currency, exchange_rate, correction_rate, gateway_code,
            is_fallback, scenario, codes_refused, created_at, account_id, fallbacks_before, route
        FROM attempts WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// Up to `limit` attempts of an intent with a number below `below`, newest first.
pub fn of_intent(
    tx: &mut Tx<'_>,
    scope: &Scope,
    intent_id: IntentId,
    below: i64,
    limit: i64,
) -> Result<Vec<Attempt>, StoreError> {
    tx.sql(
        "SELECT id, intent_id, number, version, state, ended_at, next_action, failure_code, failure_gateway_code,
            method_code, country, instrument_id, amount_minor, currency, exchange_rate, correction_rate, gateway_code,
            is_fallback, scenario, codes_refused, created_at, account_id, fallbacks_before, route
        FROM attempts WHERE project_id = ?1 AND environment = ?2 AND intent_id = ?3 AND number < ?4
        ORDER BY number DESC LIMIT ?5",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent_id)
    .bind(below)
    .bind(limit)
    .all()
}

/// Saves a move of the attempt if nobody moved it since it was read. Returns the rows changed: 0 or 1.
pub fn save(
    tx: &mut Tx<'_>,
    scope: &Scope,
    attempt: &Attempt,
    change: &Transition<AttemptState>,
) -> Result<u64, StoreError> {
    let columns = columns(change.after())?;
    tx.sql(
        "UPDATE attempts SET version = version + 1, state = ?5, ended_at = ?6, next_action = ?7, failure_code = ?8,
            failure_gateway_code = ?9, codes_refused = ?10, next_action_kind = ?11
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(attempt.id)
    .bind(attempt.version)
    .bind(columns.state)
    .bind(columns.ended_at)
    .bind(columns.action)
    .bind(columns.failure_code)
    .bind(columns.failure_gateway_code)
    .bind(attempt.codes_refused)
    .bind(columns.action_kind)
    .execute()
}
