//! What every verb needs at hand: the store, the world, the gateways, the keys. Owns no rule.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::{AccountId, IntentId};
use domain::scope::{ApiFamily, Environment, Scope};
use gateways::catalogue::Catalogue;
use gateways::contract::{Account, Gateway};
use gateways::registry::Registry;
use mail::Postman;
use secrecy::SecretString;
use store::accounts::AccountRow;
use store::api_keys::ApiKey;
use store::projects::{self, EnvironmentRow};
use store::{Store, StoreError, webhook_endpoints};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use webhooks::Sender;
use world::World;

use crate::calls_at_work::CallsAtWork;
use crate::fence::Fence;
use crate::pace::Buckets;
use crate::rate::Counters;
use crate::refusal::Refusal;
use crate::render::Render;
use crate::start::KekOrigin;
use crate::vault::{ScopeKeys, SecretKey, data_key_place};

/// How long a key or a policy may be held in memory: revoking works within this time on every node.
pub(crate) const FRESH_MS: i64 = 1_000;

pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) world: World,
    pub(crate) registry: Registry,
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) kek: SecretKey,
    pub(crate) kek_origin: KekOrigin,
    pub(crate) reference_key: SecretKey,
    pub(crate) render: Arc<dyn Render>,
    pub(crate) public_url: String,
    /// This process's number on this database.
    pub(crate) epoch: i64,
    pub(crate) tenants: Mutex<HashMap<Scope, (i64, Arc<Tenant>)>>,
    pub(crate) api_keys: Mutex<HashMap<String, (i64, ApiKey)>>,
    /// Keys used since the last sign of life, and when: milliseconds UTC.
    pub(crate) key_uses: Mutex<HashMap<String, i64>>,
    pub(crate) nudged: Mutex<HashMap<IntentId, i64>>,
    pub(crate) buckets: Buckets,
    /// Calls of keys, where this process is alone with its database.
    pub(crate) counters: Counters,
    pub(crate) fence: Fence,
    pub(crate) calls: CallsAtWork,
    /// Work may be due sooner than the worker thinks.
    pub(crate) wake: Notify,
    /// The door to the merchants' receivers.
    pub(crate) sender: Sender,
    /// The way to the mail server, where one is known.
    pub(crate) postman: Option<Postman>,
    /// Whether simulated operators can be reached: this is, besides what else it may be, a sandbox.
    pub(crate) has_simulator: bool,
    /// Told to all who wait whenever this process has published events.
    pub(crate) published: Notify,
    /// Told when somebody asked for a delivery now.
    pub(crate) deliver_now: Notify,
    /// Requests and calls under way.
    pub(crate) running: TaskTracker,
}

/// One environment of a project, opened.
pub(crate) struct Tenant {
    pub(crate) scope: Scope,
    pub(crate) keys: ScopeKeys,
    pub(crate) row: EnvironmentRow,
    /// Whether an endpoint of the payment-intents API listens.
    pub(crate) tells_intents: bool,
}

impl House {
    /// The way to the mail server, for mails of an environment that are sent.
    pub(crate) fn postman_of(&self, environment: Environment) -> Option<&Postman> {
        self.postman.as_ref().filter(|postman| postman.carries(environment))
    }

    /// The keys and policies of a scope, at most [`FRESH_MS`] old.
    pub(crate) async fn tenant(&self, scope: Scope) -> Result<Arc<Tenant>, Refusal> {
        let now = self.world.monotonic_ms();
        if let Some((read_at, tenant)) = held(&self.tenants).get(&scope)
            && now - read_at < FRESH_MS
        {
            return Ok(Arc::clone(tenant));
        }
        let row = self
            .store
            .read(move |tx| {
                let tells_intents = webhook_endpoints::listens(tx, &scope, ApiFamily::PaymentIntents)?;
                Ok::<_, StoreError>(projects::environment(tx, &scope)?.map(|row| (row, tells_intents)))
            })
            .await?
            .ok_or(StoreError::Missing)?;
        let tenant = Arc::new(self.open_tenant(row.0, row.1)?);
        held(&self.tenants).insert(scope, (now, Arc::clone(&tenant)));
        Ok(tenant)
    }

    /// Lets go of what is held of a scope: it has changed.
    pub(crate) fn forget_tenant(&self, scope: &Scope) {
        held(&self.tenants).remove(scope);
    }

    pub(crate) fn open_tenant(&self, row: EnvironmentRow, tells_intents: bool) -> Result<Tenant, Refusal> {
        let place = data_key_place(&row.scope);
        let data_key = self.kek.open(&place, &row.data_key).map_err(sealed)?;
        let bytes: [u8; 32] = data_key
            .as_slice()
            .try_into()
            .map_err(|_| sealed(crate::vault::Sealed))?;
        Ok(Tenant {
            scope: row.scope,
            keys: ScopeKeys::of(&SecretKey::new(bytes)),
            row,
            tells_intents,
        })
    }

    /// The gateway of a code.
    pub(crate) fn gateway(&self, code: &str) -> Result<&dyn Gateway, Refusal> {
        self.registry
            .get(code)
            .ok_or_else(|| Refusal::Unavailable(format!("this build has no gateway {code}")))
    }

    /// Opens an account's settings for a call.
    pub(crate) fn open_account(&self, tenant: &Tenant, row: &AccountRow) -> Result<Account, Refusal> {
        let plain = tenant
            .keys
            .columns
            .open(&settings_place(row.id), &row.settings)
            .map_err(sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| sealed(crate::vault::Sealed))?;
        let settings = read_settings(text);
        Ok(Account { id: row.id, settings })
    }

    /// Where the provider calls back.
    pub(crate) fn callback_url(&self, row: &AccountRow) -> String {
        format!("{}/callbacks/{}", self.public_url, row.callback_path)
    }
}

/// Where an account's settings stand.
pub(crate) fn settings_place(id: AccountId) -> String {
    format!("accounts.settings {id}")
}

/// Settings as one line each: `name=value`, with `\` and line ends escaped.
pub(crate) fn write_settings<'s>(settings: impl Iterator<Item = (&'s str, &'s str)>) -> String {
    let escape = |value: &str| value.replace('\\', "\\\\").replace('\n', "\\n");
    settings
        .map(|(name, value)| format!("{name}={}\n", escape(value)))
        .collect()
}

fn read_settings(text: &str) -> std::collections::BTreeMap<String, SecretString> {
    let unescape = |value: &str| {
        let mut out = String::with_capacity(value.len());
        let mut chars = value.chars();
        while let Some(c) = chars.next() {
            match (c, c == '\\') {
                (_, true) => out.push(match chars.next() {
                    Some('n') => '\n',
                    Some(other) => other,
                    None => '\\',
                }),
                (plain, false) => out.push(plain),
            }
        }
        out
    };
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), SecretString::from(unescape(value))))
        .collect()
}

/// A lock whose holder cannot have left half a change behind.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn sealed(error: crate::vault::Sealed) -> Refusal {
    Refusal::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn settings_round_trip_whatever_they_hold() {
        let given = [("base_url", "http://127.0.0.1:1/x=y"), ("api_key", "a\\n\nb=c\\")];
        let read = read_settings(&write_settings(given.into_iter()));
        for (name, value) in given {
            assert_eq!(read.get(name).unwrap().expose_secret(), value);
        }
    }
}
