//! Gateway accounts: make, show, change, close, reopen, try. Owns what may be changed of an account and what is shown of
//! its settings; a secret never leaves in a view, and no account is ever deleted.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use domain::ids::{AccountId, AuditId};
use domain::scope::{Environment, Scope};
use gateways::contract::{Account, Check, Contract, Reach, Role, Secrecy};
use secrecy::{ExposeSecret, SecretString};
use store::Tx;
use store::accounts::{self, AccountRow, AccountState};

use super::settings::{self, Given};
use super::{Actor, AdminRefusal, Change, Members, audit};
use crate::Engine;
use crate::case::Bench;
use crate::house::{sealed, settings_place, write_settings};
use crate::refusal::Refusal;

const UNKNOWN: AdminRefusal = AdminRefusal::Unknown("gateway account");

/// An account to be made.
#[derive(Clone, Debug)]
pub struct AccountOrder {
    /// Code of the gateway.
    pub gateway_code: String,
    /// Name for people.
    pub name: String,
    /// Settings by name.
    pub settings: Given,
}

/// What is to be other than it is.
#[derive(Clone, Debug, Default)]
pub struct AccountChanges {
    /// Name for people.
    pub name: Option<String>,
    /// Settings that get another value, by name.
    pub settings: Given,
}

/// An account, as administrators see it.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// Which.
    pub id: AccountId,
    /// The gateway's code.
    pub gateway_code: String,
    /// Name for people.
    pub name: String,
    /// Whether it takes new attempts.
    pub state: AccountState,
    /// Raised whenever its settings change.
    pub version: i64,
    /// The settings that its gateway declares, in that order.
    pub settings: Vec<(&'static str, SettingValue)>,
    /// Where the provider is to call back: the merchant's to give to the provider, and nobody else's to know.
    pub callback_url: String,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

/// What is shown of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// Its value, when there is one.
    Public(Option<String>),
    /// Of a secret only whether there is one.
    Secret(IsSet),
}

/// Whether a secret is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsSet {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What came of trying an account's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What the provider said.
    pub check: Check,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

impl Engine {
    /// Every account of an environment, newest first.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn accounts(&self, scope: Scope) -> Result<Vec<AccountView>, AdminRefusal> {
        let bench = self.bench(scope).await?;
        self.house
            .store
            .read(move |tx| {
                let rows = accounts::all(tx, &scope)?;
                rows.iter().rev().map(|row| view(&bench, row)).collect()
            })
            .await
    }

    /// One account.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn account(&self, scope: Scope, id: AccountId) -> Result<AccountView, AdminRefusal> {
        let bench = self.bench(scope).await?;
        self.house
            .store
            .read(move |tx| view(&bench, &accounts::get(tx, &scope, id)?.ok_or(UNKNOWN)?))
            .await
    }

    /// Makes an account, open to new attempts.
    ///
    /// # Errors
    /// [`AdminRefusal::Invalid`] names everything that is wrong with the gateway and the settings at once.
    pub async fn create_account(
        &self,
        actor: &Actor,
        scope: Scope,
        order: AccountOrder,
    ) -> Result<AccountView, AdminRefusal> {
        let bench = self.bench(scope).await?;
        let contract = contract(&bench, &order.gateway_code, scope)?;
        settings::check(contract, (&order.settings, &order.settings), &self.house)?;
        let actor = actor.clone();
        let made = self.house.store.write(move |tx| {
            let (mut draws, at_ms) = (bench.draws.clone(), store::clock(tx)?);
            let id: AccountId = draws.id(at_ms);
            let row = AccountRow {
                id,
                gateway_code: order.gateway_code.clone(),
                name: order.name.clone(),
                settings: seal(&bench, id, draws.nonce(), &order.settings)?,
                version: 1,
                callback_path: BASE64URL_NOPAD.encode(&draws.bytes()),
                state: AccountState::Active,
                created_at_ms: at_ms,
            };
            accounts::insert(tx, &scope, &row)?;
            let view = view(&bench, &row)?;
            let change = Change {
                actor: &actor,
                action: "gateway_account.create",
                subject_id: id.to_string(),
                before: None,
                after: Some(told(&view, &Given::new())),
            };
            audit(tx, &mut draws, &scope, change)?;
            Ok::<_, AdminRefusal>(view)
        });
        let made = made.await?;
        tracing::info!(event = "account_created", account = %made.id, gateway = made.gateway_code);
        Ok(made)
    }

    /// Changes an account's name, and those of its settings that do not say whose account it is. New settings raise its
    /// version.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`]; [`AdminRefusal::Invalid`]; a conflict `identity_setting` for another user, wallet or host.
    pub async fn change_account(
        &self,
        actor: &Actor,
        scope: Scope,
        id: AccountId,
        changes: AccountChanges,
    ) -> Result<AccountView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| change(tx, &bench, (&actor, id), &changes))
            .await
    }

    /// Closes an account to new attempts, or opens it to them again. What runs on it goes on, and so do its look-ups.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn set_account_state(
        &self,
        actor: &Actor,
        scope: Scope,
        id: AccountId,
        state: AccountState,
    ) -> Result<AccountView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let row = accounts::lock(tx, &scope, id)?.ok_or(UNKNOWN)?;
                let before = view(&bench, &row)?;
                if row.state == state {
                    return Ok(before);
                }
                accounts::set_state(tx, &scope, id, state)?;
                let after = AccountView {
                    state,
                    ..before.clone()
                };
                let change = Change {
                    actor: &actor,
                    action: match state {
                        AccountState::Active => "gateway_account.reopen",
                        AccountState::Closed => "gateway_account.close",
                    },
                    subject_id: id.to_string(),
                    before: Some(told(&before, &Given::new())),
                    after: Some(told(&after, &Given::new())),
                };
                audit(tx, &mut bench.draws.clone(), &scope, change)?;
                Ok::<_, AdminRefusal>(after)
            })
            .await
    }

    /// Asks the provider whether it takes an account's credentials. Moves no money and changes nothing.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`]; busy when the account is asked too often.
    pub async fn test_account(&self, scope: Scope, id: AccountId) -> Result<Checked, AdminRefusal> {
        let bench = self.bench(scope).await?;
        let row = self
            .house
            .store
            .read(move |tx| accounts::get(tx, &scope, id)?.ok_or(UNKNOWN))
            .await?;
        let gateway = self.house.gateway(&row.gateway_code)?;
        let account = self.house.open_account(&bench.tenant, &row)?;
        let begun_ms = self.house.world.monotonic_ms();
        let pace = gateway.contract().status_rate_per_s;
        if self.house.buckets.take(id, pace, begun_ms).is_err() {
            return Err(Refusal::Busy.into());
        }
        let unused: AuditId = bench.draws.clone().id(self.house.world.now_ms());
        let check = gateway.check(&unused.stored(), &account).await;
        let took_ms = self.house.world.monotonic_ms() - begun_ms;
        tracing::info!(event = "account_tested", account = %id, gateway = row.gateway_code, ?check, ms = took_ms);
        Ok(Checked { check, took_ms })
    }

    pub(super) async fn bench(&self, scope: Scope) -> Result<Bench, Refusal> {
        Ok(Bench::new(&self.house, &self.house.tenant(scope).await?))
    }
}

fn change(
    tx: &mut Tx<'_>,
    bench: &Bench,
    (actor, id): (&Actor, AccountId),
    changes: &AccountChanges,
) -> Result<AccountView, AdminRefusal> {
    let scope = bench.tenant.scope;
    let mut row = accounts::lock(tx, &scope, id)?.ok_or(UNKNOWN)?;
    let before = view(bench, &row)?;
    let contract = contract(bench, &row.gateway_code, scope)?;
    let Account { settings: present, .. } = bench.house.open_account(&bench.tenant, &row)?;
    let is_new = |name: &String, value: &SecretString| {
        present.get(name).map(ExposeSecret::expose_secret) != Some(value.expose_secret())
    };
    let changed: Given = changes
        .settings
        .iter()
        .filter(|(name, value)| is_new(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut merged: Given = present.clone();
    merged.extend(changed.clone());
    if !changed.is_empty() {
        refuse_another_identity(contract, &changed)?;
        settings::check(contract, (&merged, &changed), &bench.house)?;
    }
    let mut draws = bench.draws.clone();
    if let Some(name) = changes.name.as_ref().filter(|name| **name != row.name) {
        accounts::rename(tx, &scope, id, name)?;
        row.name.clone_from(name);
    }
    if !changed.is_empty() {
        row.settings = seal(bench, id, draws.nonce(), &merged)?;
        accounts::reseal(tx, &scope, id, &row.settings)?;
        row.version += 1;
    }
    let after = view(bench, &row)?;
    if row.version == before.version && row.name == before.name {
        return Ok(after);
    }
    let change = Change {
        actor,
        action: "gateway_account.update",
        subject_id: id.to_string(),
        before: Some(told(&before, &Given::new())),
        after: Some(told(&after, &changed)),
    };
    audit(tx, &mut draws, &scope, change)?;
    Ok(after)
}

/// What the provider knows of the payments of one user, wallet or host, it does not know of another's.
fn refuse_another_identity(contract: &Contract, changed: &Given) -> Result<(), AdminRefusal> {
    let identity = |name: &&String| {
        contract
            .setting(name)
            .is_some_and(|setting| setting.role == Role::Identity)
    };
    match changed.keys().find(identity) {
        None => Ok(()),
        Some(name) => Err(AdminRefusal::conflict(
            "identity_setting",
            format!(
                "The setting {name} says whose account this is, so it cannot be changed: make a new account, put it into \
                 the rules, and close this one."
            ),
        )),
    }
}

/// The declaration of a gateway that may be used in this environment.
fn contract<'b>(bench: &'b Bench, code: &str, scope: Scope) -> Result<&'b Contract, AdminRefusal> {
    let field = |text: String| AdminRefusal::field("gateway_code", text);
    let Some(gateway) = bench.house.registry.get(code) else {
        return Err(field("This server has no such gateway.".to_owned()));
    };
    match (gateway.contract().reach, scope.environment) {
        (Reach::SandboxOnly, Environment::Live) => Err(field(format!("{code} may be used in the sandbox only."))),
        (Reach::SandboxOnly, Environment::Sandbox) | (Reach::Everywhere, _) => Ok(gateway.contract()),
    }
}

fn seal(bench: &Bench, id: AccountId, nonce: [u8; 24], given: &Given) -> Result<String, Refusal> {
    let lines = given.iter().map(|(name, value)| (name.as_str(), value.expose_secret()));
    let text = SecretString::from(write_settings(lines));
    let keys = &bench.tenant.keys;
    keys.columns
        .seal(&settings_place(id), nonce, text.expose_secret().as_bytes())
        .map_err(sealed)
}

fn view(bench: &Bench, row: &AccountRow) -> Result<AccountView, AdminRefusal> {
    let account = bench.house.open_account(&bench.tenant, row)?;
    let declared = bench.house.registry.get(&row.gateway_code);
    let declared = declared.map_or(&[][..], |gateway| gateway.contract().settings);
    let settings = declared.iter().map(|setting| {
        let value = account.settings.get(setting.name);
        let shown = match (setting.secrecy, value) {
            (Secrecy::Public, value) => SettingValue::Public(value.map(|value| value.expose_secret().to_owned())),
            (Secrecy::Secret, Some(_)) => SettingValue::Secret(IsSet::Yes),
            (Secrecy::Secret, None) => SettingValue::Secret(IsSet::No),
        };
        (setting.name, shown)
    });
    Ok(AccountView {
        id: row.id,
        gateway_code: row.gateway_code.clone(),
        name: row.name.clone(),
        state: row.state,
        version: row.version,
        settings: settings.collect(),
        callback_url: bench.house.callback_url(row),
        created_at_ms: row.created_at_ms,
    })
}

/// The facts of an account for the audit log; of a secret only whether it is set or was changed.
fn told(view: &AccountView, changed: &Given) -> Members {
    let mut facts: Members = BTreeMap::from([
        ("gateway_code".to_owned(), view.gateway_code.clone()),
        ("name".to_owned(), view.name.clone()),
        ("state".to_owned(), view.state.code().to_owned()),
        ("version".to_owned(), view.version.to_string()),
    ]);
    for (name, value) in &view.settings {
        let text = match value {
            SettingValue::Public(Some(value)) => value.clone(),
            SettingValue::Secret(IsSet::Yes) if changed.contains_key(*name) => "changed".to_owned(),
            SettingValue::Secret(IsSet::Yes) => "set".to_owned(),
            SettingValue::Public(None) | SettingValue::Secret(IsSet::No) => continue,
        };
        facts.insert(format!("settings.{name}"), text);
    }
    facts
}
