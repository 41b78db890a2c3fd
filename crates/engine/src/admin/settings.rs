//! Settings of gateway accounts as they are given, against what the gateway declares. Never keeps or shows a value.

use std::collections::BTreeMap;

use gateways::contract::{Contract, Necessity};
use secrecy::{ExposeSecret, SecretString};

use super::AdminRefusal;

/// Settings by name.
pub type Given = BTreeMap<String, SecretString>;

/// Names everything that is wrong with these settings at once: unknown, missing, malformed.
pub(super) fn check(contract: &Contract, given: &Given) -> Result<(), AdminRefusal> {
    let path = |name: &str| format!("settings.{name}");
    let unknown = given.keys().filter(|name| contract.setting(name).is_none());
    let mut problems: Vec<(String, String)> = unknown
        .map(|name| (path(name), format!("{} has no setting of this name.", contract.code)))
        .collect();
    for setting in contract.settings {
        let problem = match (given.get(setting.name), setting.necessity) {
            (Some(value), _) => setting.format.problem(value.expose_secret()),
            (None, Necessity::Required) => Some(format!("This setting is required: {}", setting.help)),
            (None, Necessity::Optional) => None,
        };
        problems.extend(problem.map(|text| (path(setting.name), text)));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(AdminRefusal::Invalid(problems)),
    }
}
