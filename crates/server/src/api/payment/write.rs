//! What every write begins with, in this order: the caller, the idempotency key, the body, the stored answer if there is
//! one. Never parses a command.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use engine::Caller;
use engine::commands::Claim;
use engine::domain::rights::Right;
use engine::domain::scope::{ApiFamily, Scope};

use crate::api::Api;
use crate::api::payment::scenario::{Scenario, scenario_of};
use crate::authentication::payment_caller;
use crate::envelope::{self, Problem};
use crate::json::Json;
use crate::{body, idempotency, rate_limits};

/// A write whose caller is known and whose body is JSON.
pub(super) struct Write {
    caller: Caller,
    right: Right,
    /// Whose data it is about.
    pub(super) scope: Scope,
    /// The idempotency key and what it stands for, when one was sent.
    pub(super) claim: Option<Claim>,
    /// The body.
    pub(super) body: Json,
    /// The scenario asked for.
    pub(super) scenario: Scenario,
}

impl FromRequestParts<Api> for Write {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let (caller, right) = payment_caller(parts, api).await?;
        let scope = caller.scope;
        let key = idempotency::key(&parts.headers)?;
        let body = body::json(parts)?;
        let claim = key.map(|key| Claim {
            key,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            fingerprint: idempotency::fingerprint(&body),
            family: ApiFamily::Payment,
        });
        Ok(Self {
            scope,
            claim,
            body,
            scenario: scenario_of(parts, api, scope),
            caller,
            right,
        })
    }
}

impl Write {
    /// The stored answer of this write, when an earlier request with its key has one. The call counts from here on: a
    /// conflict is found before a limit.
    pub(super) async fn replay(&self, api: &Api) -> Result<Option<Response>, Problem> {
        let answer = match &self.claim {
            Some(claim) => api.engine.replay(self.scope, claim).await?,
            None => None,
        };
        rate_limits::count(api, &self.caller, self.right).await?;
        Ok(answer.map(envelope::answered))
    }
}
