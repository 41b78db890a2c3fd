//! What every write of this API begins with: the caller, the idempotency key, the body, the stored answer if there is one.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use engine::commands::Claim;
use engine::domain::scope::{ApiFamily, Scope};

use super::caller::caller;
use super::card_numbers;
use crate::api::Api;
use crate::api::payment::scenario::{Scenario, scenario_of};
use crate::envelope::{self, Problem};
use crate::json::Json;
use crate::{body, idempotency};

/// Lengths of an idempotency key in this API, in characters.
const KEY_CHARS: (usize, usize) = (1, 255);

/// A write whose caller is known and whose body is JSON.
pub(super) struct Write {
    /// Whose data it is about.
    pub(super) scope: Scope,
    /// Public part of the key.
    pub(super) key_id: String,
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
        let caller = caller(parts, api).await?;
        let scope = caller.scope;
        let key = idempotency::key_within(&parts.headers, KEY_CHARS)?;
        let body = body::json(parts)?;
        card_numbers::refuse(&body)?;
        let claim = key.map(|key| Claim {
            key,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            fingerprint: idempotency::fingerprint(&body),
            family: ApiFamily::PaymentIntents,
        });
        Ok(Self {
            scope,
            key_id: caller.key_id,
            claim,
            scenario: scenario_of(parts, api, scope),
            body,
        })
    }
}

impl Write {
    /// The stored answer of this write, when an earlier request with its key has one.
    pub(super) async fn replay(&self, api: &Api) -> Result<Option<Response>, Problem> {
        let answer = match &self.claim {
            Some(claim) => api.engine.replay(self.scope, claim).await?,
            None => None,
        };
        Ok(answer.map(envelope::answered))
    }
}
