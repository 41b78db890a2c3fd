//! Who calls this API: holders of `ik_` keys.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use engine::Caller;
use engine::domain::scope::{ApiFamily, Scope};

use crate::api::Api;
use crate::authentication::{self, right_of};
use crate::envelope::Problem;
use crate::rate_limits;

/// Somebody who looks.
pub(super) struct IntentsCaller(pub(super) Scope);

impl FromRequestParts<Api> for IntentsCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        Ok(Self(caller(parts, api).await?.scope))
    }
}

/// The holder of a key of this family, who may do what is asked.
pub(super) async fn caller(parts: &Parts, api: &Api) -> Result<Caller, Problem> {
    let caller = authentication::caller(parts, api, ApiFamily::PaymentIntents).await?;
    rate_limits::count_in_minute(api, &caller, parts).await?;
    let right = right_of(parts);
    match caller.rights.include(right) {
        true => Ok(caller),
        false => Err(Problem::missing_right(right)),
    }
}
