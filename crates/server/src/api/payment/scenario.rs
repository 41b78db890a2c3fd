//! The sandbox scenario that a request asks for by a header. Live keys ask for none.

use axum::http::request::Parts;
use engine::domain::scope::{Environment, Scope};

use super::requests::fields::Problems;
use crate::api::Api;

/// Chooses how the simulated operator behaves.
const HEADER: &str = "x-sandbox-scenario";

/// Which sandbox scenario is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// None, or the key is live.
    None,
    /// One that exists.
    Named(String),
    /// One that does not exist.
    Unknown,
}

impl Scenario {
    /// Its name; an unknown one is a problem.
    pub(crate) fn named(self, problems: &mut Problems) -> Option<String> {
        match self {
            Self::None => None,
            Self::Named(name) => Some(name),
            Self::Unknown => {
                problems.add("X-Sandbox-Scenario", "No sandbox scenario has this name.");
                None
            }
        }
    }
}

/// The scenario of a request.
pub(crate) fn scenario_of(parts: &Parts, api: &Api, scope: Scope) -> Scenario {
    match (parts.headers.get(HEADER), scope.environment) {
        (None, _) | (_, Environment::Live) => Scenario::None,
        (Some(value), Environment::Sandbox) => {
            let name = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            if api.engine.knows_scenario(&name) {
                Scenario::Named(name)
            } else {
                Scenario::Unknown
            }
        }
    }
}
