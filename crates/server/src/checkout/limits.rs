//! How often pages for payers may be used: forms and wrong tokens by where they come from, tries and codes by their checkout.
//! Owns the limits; the engine counts. How often a phone may ring is the engine's.

use axum::extract::Request;
use axum::http::Method;
use engine::Visit;

use crate::api::Api;
use crate::client_address::ClientAddress;
use crate::config::RateLimits;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Forms from one address: behind that of a mobile network may stand thousands of phones.
const FORMS_PER_MINUTE: i64 = 300;
/// Tokens that open nothing, from one address.
const WRONG_TOKENS_PER_MINUTE: i64 = 20;
/// Tries that payers begin on one page.
const ATTEMPTS_PER_HOUR: usize = 10;
/// One-time codes on one page.
const CODES_PER_HOUR: i64 = 10;
/// Attempts that are looked at: each may have been followed by two by itself.
const ATTEMPTS_LOOKED_AT: i64 = 30;

/// Who is counted on one request, and for what.
pub(crate) struct Turnstile {
    address: Option<String>,
    is_form: bool,
}

impl Turnstile {
    /// Of a request; nobody is counted while limits are off.
    pub(crate) fn of(api: &Api, request: &Request) -> Self {
        let found = ClientAddress::of(request.extensions(), request.headers(), &api.config.trusted_proxies);
        let is_on = api.config.rate_limits == RateLimits::Default;
        Self {
            address: found.filter(|_| is_on).and_then(ClientAddress::counted_as),
            is_form: request.method() == Method::POST,
        }
    }

    /// Counts a form.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`] for one too many.
    pub(crate) async fn enter(&self, api: &Api) -> Result<(), Problem> {
        match self.is_form {
            true => self.count(api, "form", FORMS_PER_MINUTE).await,
            false => Ok(()),
        }
    }

    /// Counts a refusal that says that a token opens nothing. Returns what is said instead when there were too many.
    pub(crate) async fn refused(&self, api: &Api, problem: &Problem) -> Option<Problem> {
        match problem.code() {
            ErrorCode::NotFound => self.count(api, "wrong token", WRONG_TOKENS_PER_MINUTE).await.err(),
            _ => None,
        }
    }

    async fn count(&self, api: &Api, what: &str, most: i64) -> Result<(), Problem> {
        let Some(address) = &self.address else {
            return Ok(());
        };
        let (times, ends_at_ms) = api.engine.count_stranger(what, address, MINUTE_MS).await?;
        within(api, (times, most), ends_at_ms)
    }
}

/// Refuses one try too many on a page. What went on by itself after a try does not count.
///
/// # Errors
/// [`ErrorCode::RateLimited`].
pub(crate) async fn check_attempts(api: &Api, visit: &Visit) -> Result<(), Problem> {
    let intent = &visit.payment.intent;
    let made = usize::try_from(intent.attempts_made).unwrap_or(usize::MAX);
    if api.config.rate_limits == RateLimits::Off || made < ATTEMPTS_PER_HOUR {
        return Ok(());
    }
    let scope = visit.payment.scope;
    let latest = api
        .engine
        .attempts(scope, intent.id, i64::MAX, ATTEMPTS_LOOKED_AT)
        .await?;
    let begun = latest.iter().filter(|view| view.attempt.fallbacks_before == 0);
    match begun.map(|view| view.attempt.created_at_ms).nth(ATTEMPTS_PER_HOUR - 1) {
        Some(at_ms) if at_ms + HOUR_MS > api.engine.now_ms() => Err(too_often(api, at_ms + HOUR_MS)),
        Some(_) | None => Ok(()),
    }
}

/// Counts a one-time code on a page.
///
/// # Errors
/// [`ErrorCode::RateLimited`] for one too many.
pub(crate) async fn count_code(api: &Api, visit: &Visit) -> Result<(), Problem> {
    if api.config.rate_limits == RateLimits::Off {
        return Ok(());
    }
    let (scope, bucket) = (visit.payment.scope, format!("code {}", visit.payment.intent.id));
    let (times, ends_at_ms) = api.engine.count_call(scope, &bucket, HOUR_MS).await?;
    within(api, (times, CODES_PER_HOUR), ends_at_ms)
}

fn within(api: &Api, (times, most): (i64, i64), ends_at_ms: i64) -> Result<(), Problem> {
    match times <= most {
        true => Ok(()),
        false => Err(too_often(api, ends_at_ms)),
    }
}

fn too_often(api: &Api, until_ms: i64) -> Problem {
    let wait_ms = u64::try_from(until_ms - api.engine.now_ms()).unwrap_or(0);
    Problem::new(ErrorCode::RateLimited).retry_after(wait_ms.div_ceil(1_000).max(1))
}
