//! Who calls: reads the bearer key and asks the engine whose it is. Never tells a caller why a key is not valid.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use engine::AuthRefusal;
use engine::Caller;
use engine::domain::rights::Right;
use engine::domain::scope::{ApiFamily, Scope};

use crate::api::Api;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::rate_limits;
use crate::request::Note;

/// Somebody who looks, with a key of the payment API.
pub(crate) struct PaymentCaller(pub(crate) Scope);

impl FromRequestParts<Api> for PaymentCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let caller = payment_caller(parts, api).await?;
        rate_limits::count(api, &caller, &parts.method).await?;
        Ok(Self(caller.scope))
    }
}

/// The holder of a key of the payment API, who may do what the method needs. Not counted yet.
pub(crate) async fn payment_caller(parts: &Parts, api: &Api) -> Result<Caller, Problem> {
    let caller = caller(parts, api, ApiFamily::Payment).await?;
    let right = needed(&parts.method);
    match caller.rights.include(right) {
        true => Ok(caller),
        false => Err(Problem::missing_right(right)),
    }
}

/// What every operation of a method needs at least.
pub(crate) fn needed(method: &Method) -> Right {
    match method.is_safe() {
        true => Right::Read,
        false => Right::Write,
    }
}

/// The holder of the bearer key, which must be one of that family.
pub(crate) async fn caller(parts: &Parts, api: &Api, family: ApiFamily) -> Result<Caller, Problem> {
    let bearer = bearer(parts).ok_or_else(|| Problem::new(ErrorCode::Unauthenticated))?;
    let caller = api.engine.authenticate(bearer).await.map_err(|refusal| match refusal {
        AuthRefusal::NotValid => Problem::new(ErrorCode::Unauthenticated),
        AuthRefusal::Unavailable(why) => {
            tracing::warn!(why, "a key cannot be checked");
            Problem::new(ErrorCode::Unavailable).retry_after(1)
        }
    })?;
    if let Some(note) = parts.extensions.get::<Note>() {
        note.set_project(caller.scope.project_id.to_string());
    }
    match caller.family == family {
        true => Ok(caller),
        false => Err(Problem::new(ErrorCode::Forbidden)),
    }
}

/// The key of the one `Authorization: Bearer …` header.
fn bearer(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}
