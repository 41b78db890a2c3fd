//! The secret that signs events to the URLs that payments name themselves, and the one of development. Shown to who asks, by
//! POST: every look is told to the audit log.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::ShownSecret;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Example;
use super::caller::{AdminCaller, AdminWrite};
use super::webhook_endpoints::{RotateShape, SECRET, overlap_ms};
use crate::api::Api;
use crate::api::payment::render::time;
use crate::envelope::{self, Problem, Written};
use crate::openapi::errors::{AdminConflictErrors, AdminWriteErrors};

/// A secret.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSecret)]
struct SecretBody {
    /// `whsec_…`
    secret: String,
    /// Until when the one before signs too; null when it does not.
    previous_secret_until: Option<String>,
}

/// A secret of development.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDevelopmentSecret)]
struct DevelopmentBody {
    /// `whsec_…`
    secret: String,
}

/// Reveal the project's webhook secret
///
/// It signs events to the `webhook_url` of payments in the chosen environment; endpoints have secrets of their own.
#[utoipa::path(post, path = "/admin/v1/webhook-secret/reveal", tag = "Admin: webhooks", operation_id = "reveal_webhook_secret",
    responses((status = 200, description = "The secret.", body = Written<SecretBody>), AdminWriteErrors))]
pub(super) async fn reveal(State(api): State<Api>, caller: AdminCaller) -> Result<Response, Problem> {
    let shown = api
        .engine
        .reveal_webhook_secret(&caller.admin.actor, caller.scope)
        .await?;
    Ok(written("Webhook secret revealed.", &shown))
}

/// Replace the project's webhook secret
///
/// For `overlap_hours` the one before signs too: `webhook-signature` carries both.
#[utoipa::path(post, path = "/admin/v1/webhook-secret/rotate", tag = "Admin: webhooks", operation_id = "rotate_webhook_secret",
    request_body(content = RotateShape, description = "For how long the one before signs too."),
    responses((status = 200, description = "The new secret.", body = Written<SecretBody>), AdminWriteErrors))]
pub(super) async fn rotate(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let overlap_ms = overlap_ms(&write.body)?;
    let shown = api
        .engine
        .rotate_webhook_secret(&write.admin.actor, write.scope, overlap_ms)
        .await?;
    Ok(written("Webhook secret replaced.", &shown))
}

/// Show the secret of development
///
/// `cowry listen` signs with it: always the same for one sandbox, and good for nothing else. There is none for the live
/// environment.
#[utoipa::path(post, path = "/admin/v1/webhook-secret/development", tag = "Admin: webhooks", operation_id = "show_development_webhook_secret",
    responses((status = 200, description = "The secret.", body = Written<DevelopmentBody>), AdminConflictErrors))]
pub(super) async fn development(State(api): State<Api>, caller: AdminCaller) -> Result<Response, Problem> {
    let secret = api.engine.development_webhook_secret(caller.scope).await?;
    let message = "The secret that cowry listen signs with.".to_owned();
    let data = DevelopmentBody {
        secret: secret.expose().to_owned(),
    };
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

fn written(message: &str, shown: &ShownSecret) -> Response {
    let message = message.to_owned();
    let data = SecretBody {
        secret: shown.secret.expose().to_owned(),
        previous_secret_until: shown.previous_until_ms.map(time::iso),
    };
    envelope::json(StatusCode::OK, &Written { message, data })
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let written = |operation, message: &str, until: Option<&str>| {
        let data = json!({"secret": SECRET, "previous_secret_until": until});
        (operation, 200, json!({"message": message, "data": data}))
    };
    vec![
        written("reveal_webhook_secret", "Webhook secret revealed.", None),
        written(
            "rotate_webhook_secret",
            "Webhook secret replaced.",
            Some("2026-06-09T12:00:00+00:00"),
        ),
        (
            "show_development_webhook_secret",
            200,
            json!({"message": "The secret that cowry listen signs with.", "data": {"secret": SECRET}}),
        ),
    ]
}
