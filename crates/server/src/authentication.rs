//! Who calls: reads the bearer key and asks the engine whose it is. Never tells a caller why a key is not valid.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use engine::AuthRefusal;
use engine::Caller;
use engine::domain::scope::{ApiFamily, Scope};

use crate::api::Api;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::request::Note;

/// A caller with a key of the payment API.
pub(crate) struct PaymentCaller(pub(crate) Scope);

/// A caller with a key of the admin API.
pub(crate) struct AdminCaller(pub(crate) Scope);

impl FromRequestParts<Api> for PaymentCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        caller(parts, api, ApiFamily::Payment)
            .await
            .map(|caller| Self(caller.scope))
    }
}

impl FromRequestParts<Api> for AdminCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        caller(parts, api, ApiFamily::Admin)
            .await
            .map(|caller| Self(caller.scope))
    }
}

async fn caller(parts: &Parts, api: &Api, family: ApiFamily) -> Result<Caller, Problem> {
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
