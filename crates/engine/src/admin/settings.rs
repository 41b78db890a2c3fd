//! Settings of gateway accounts as they are given, against what the gateway declares. Never keeps or shows a value.

use std::collections::BTreeMap;

use gateways::contract::{Contract, Format, Necessity};
use secrecy::{ExposeSecret, SecretString};
use webhooks::{UrlRefusal, WebhookUrl};

use super::AdminRefusal;
use crate::house::House;

/// Settings by name.
pub type Given = BTreeMap<String, SecretString>;

/// Names everything that is wrong with these settings at once: unknown, missing, malformed. Of those that are `new` also
/// whether this server calls there.
pub(super) fn check(contract: &Contract, (all, new): (&Given, &Given), house: &House) -> Result<(), AdminRefusal> {
    let path = |name: &str| format!("settings.{name}");
    let unknown = all.keys().filter(|name| contract.setting(name).is_none());
    let mut problems: Vec<(String, String)> = unknown
        .map(|name| (path(name), format!("{} has no setting of this name.", contract.code)))
        .collect();
    for setting in contract.settings {
        let problem = match (all.get(setting.name), setting.necessity) {
            (Some(value), _) => {
                let said = setting.format.problem(value.expose_secret());
                let is_new_address = setting.format == Format::WebAddress && new.contains_key(setting.name);
                said.or_else(|| is_new_address.then(|| unreachable(value.expose_secret(), house))?)
            }
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

/// Why a web address that a merchant gives is not called: it is judged as those of webhooks are. The simulator of this server
/// may stand anywhere.
fn unreachable(value: &str, house: &House) -> Option<String> {
    if house.registry.is_own_simulator(value) {
        return None;
    }
    let refusal = WebhookUrl::parse(value, house.sender.destinations()).err()?;
    let hint = match refusal {
        UrlRefusal::NotPublic => " For development there is `cowry serve --allow-private-webhooks`.",
        _ => "",
    };
    Some(format!("{refusal}{hint}"))
}
