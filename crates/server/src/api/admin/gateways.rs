//! The gateways of this server, as they declare themselves.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{
    Ability, CallbackProof, CoveredMethod, GatewayView, Necessity, Reach, Role, Secrecy, Setting, StatusByOurRef,
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Example;
use super::caller::AdminCaller;
use crate::api::Api;
use crate::envelope::{self, Problem};
use crate::openapi::errors::AdminReadErrors;

/// Every gateway.
#[derive(Serialize, ToSchema)]
#[schema(as = Gateways)]
struct GatewaysBody {
    /// In the order in which they are built in.
    data: Vec<GatewayBody>,
}

/// A gateway: our side of a provider.
#[derive(Serialize, ToSchema)]
#[schema(as = BuiltInGateway)]
struct GatewayBody {
    /// Its stable code.
    code: &'static str,
    /// Where it may be used: `sandbox`, `live`, or both.
    environments: &'static [&'static str],
    /// What an account needs.
    settings: Vec<SettingBody>,
    /// What it takes.
    methods: Vec<CoveredBody>,
    /// `signed`: a callback proves itself; `confirmed_by_status`: the provider is asked whether it is true.
    callbacks: &'static str,
    /// Whether a payment can be asked about by our own reference. Without, no other account is tried after an unknown
    /// outcome.
    answers_by_our_reference: bool,
    /// Whether it can close a page or a code that was handed to the payer.
    closes_sessions: bool,
}

/// A setting of a gateway account.
#[derive(Serialize, ToSchema)]
#[schema(as = GatewaySetting)]
struct SettingBody {
    /// Its name.
    name: &'static str,
    /// What to enter.
    help: &'static str,
    /// Whether it is never shown again.
    is_secret: bool,
    /// Whether an account needs it.
    is_required: bool,
    /// Whether it can be changed. One that says whose account it is cannot: that is another account.
    is_changeable: bool,
    /// `url`, `token` (visible ASCII without spaces) or `line` (one line of text).
    format: &'static str,
    /// Fewest characters.
    length_min: usize,
    /// Most characters.
    length_max: usize,
}

/// A method that a gateway takes.
#[derive(Serialize, ToSchema)]
#[schema(as = GatewayMethod)]
struct CoveredBody {
    /// For example `momo_mtn`.
    method_code: &'static str,
    /// ISO 3166-1 alpha-2.
    countries: Vec<&'static str>,
    /// ISO 4217, over all of the countries.
    currencies: Vec<&'static str>,
}

/// List gateways
///
/// What this server can speak with in either environment, and what an account at each of them needs.
#[utoipa::path(get, path = "/admin/v1/gateways", tag = "Admin: gateways", operation_id = "list_gateways",
    responses((status = 200, description = "All gateways.", body = GatewaysBody), AdminReadErrors))]
pub(super) async fn list(State(api): State<Api>, _caller: AdminCaller) -> Result<Response, Problem> {
    let data = api.engine.gateways().iter().map(GatewayBody::of).collect();
    Ok(envelope::json(StatusCode::OK, &GatewaysBody { data }))
}

impl GatewayBody {
    fn of(view: &GatewayView) -> Self {
        Self {
            code: view.code,
            environments: match view.reach {
                Reach::SandboxOnly => &["sandbox"],
                Reach::Everywhere => &["sandbox", "live"],
            },
            settings: view.settings.iter().map(SettingBody::of).collect(),
            methods: view.covers.iter().map(CoveredBody::of).collect(),
            callbacks: match view.callback_proof {
                CallbackProof::Signed => "signed",
                CallbackProof::ConfirmByStatus => "confirmed_by_status",
            },
            answers_by_our_reference: view.status_by_our_ref == StatusByOurRef::Yes,
            closes_sessions: view.closing == Ability::Offered,
        }
    }
}

impl SettingBody {
    fn of(setting: &Setting) -> Self {
        let (length_min, length_max) = setting.format.bounds();
        Self {
            name: setting.name,
            help: setting.help,
            is_secret: setting.secrecy == Secrecy::Secret,
            is_required: setting.necessity == Necessity::Required,
            is_changeable: setting.role == Role::Credential,
            format: setting.format.code(),
            length_min,
            length_max,
        }
    }
}

impl CoveredBody {
    fn of(covered: &CoveredMethod) -> Self {
        Self {
            method_code: covered.method.code(),
            countries: covered.countries.iter().map(|country| country.code()).collect(),
            currencies: covered.currencies.clone(),
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let setting = json!({
        "name": "api_key", "help": "The secret key of your account.", "is_secret": true, "is_required": true,
        "is_changeable": true, "format": "token", "length_min": 1, "length_max": 200,
    });
    let gateway = json!({
        "code": "gateway_a", "environments": ["sandbox"], "settings": [setting],
        "methods": [{"method_code": "momo_mtn", "countries": ["BJ", "CI"], "currencies": ["XOF"]}],
        "callbacks": "signed", "answers_by_our_reference": true, "closes_sessions": true,
    });
    vec![("list_gateways", 200, json!({"data": [gateway]}))]
}
