//! Who calls: reads the bearer key and asks the engine whose it is. Never tells a caller why a key is not valid.

use axum::extract::{FromRequestParts, MatchedPath};
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

/// Writes to routes with one of these words send money away.
const SENDS_MONEY: [&str; 2] = ["refunds", "payouts"];

/// Somebody who looks, with a key of the payment API.
pub(crate) struct PaymentCaller(pub(crate) Scope);

impl FromRequestParts<Api> for PaymentCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let (caller, right) = payment_caller(parts, api).await?;
        rate_limits::count(api, &caller, right).await?;
        Ok(Self(caller.scope))
    }
}

/// The holder of a key of the payment API, who may do what is asked, and the right that it needs. Not counted yet.
pub(crate) async fn payment_caller(parts: &Parts, api: &Api) -> Result<(Caller, Right), Problem> {
    let caller = caller(parts, api, ApiFamily::Payment).await?;
    let right = right_of(parts);
    match caller.rights.include(right) {
        true => Ok((caller, right)),
        false => Err(Problem::missing_right(right)),
    }
}

/// What a request of a public API needs: its method and its route say so.
pub(crate) fn right_of(parts: &Parts) -> Right {
    let route = parts.extensions.get::<MatchedPath>();
    match needed(&parts.method) {
        Right::Write if route.is_some_and(|route| sends_money(route.as_str())) => Right::MoneyOut,
        right => right,
    }
}

/// Whether a route is about what sends money away.
fn sends_money(route: &str) -> bool {
    route.split('/').any(|word| SENDS_MONEY.contains(&word))
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

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Method, Request};
    use axum::routing::any;
    use engine::domain::rights::Right;
    use http_body_util::BodyExt;
    use tower::Service;

    use super::right_of;

    /// The right that a request to this route needs, as a handler behind the real routing sees it.
    async fn needed(route: &'static str, method: Method, path: &str) -> String {
        let tell = |request: Request<Body>| async { right_of(&request.into_parts().0).code() };
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = Router::new().route(route, any(tell)).call(request).await.unwrap();
        String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn what_sends_money_away_needs_a_right_of_its_own() {
        let (payouts, refunds) = ("/v1/payouts", "/v1/payment/intents/{id}/refunds");
        for (route, method, path, right) in [
            (payouts, Method::POST, "/v1/payouts", Right::MoneyOut),
            (payouts, Method::GET, "/v1/payouts", Right::Read),
            (
                refunds,
                Method::POST,
                "/v1/payment/intents/TRX1/refunds",
                Right::MoneyOut,
            ),
            (
                "/v1/payouts/{id}/cancel",
                Method::POST,
                "/v1/payouts/po_1/cancel",
                Right::MoneyOut,
            ),
            (
                "/v1/customers/{id}",
                Method::PATCH,
                "/v1/customers/payouts",
                Right::Write,
            ),
            ("/v1/customers/{id}", Method::GET, "/v1/customers/cus_1", Right::Read),
            (
                "/v1/payment/intents/{id}/cancel",
                Method::POST,
                "/v1/payment/intents/refunds/cancel",
                Right::Write,
            ),
        ] {
            assert_eq!(
                needed(route, method.clone(), path).await,
                right.code(),
                "{method} {path}"
            );
        }
    }
}
