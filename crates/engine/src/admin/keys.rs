//! API keys: make, list, revoke, rotate. A key's text is shown once and kept as a hash. Nobody hands on a right that they
//! do not have themselves.

use std::sync::Arc;

use domain::rights::{Right, Rights};
use domain::scope::{ApiFamily, Environment, Scope};
use store::Tx;
use store::api_keys::{self, ApiKey, KeyFilter};
use store::page::Beyond;

use super::{Actor, Admin, AdminRefusal, Change, Members, audit, members};
use crate::Engine;
use crate::authenticate::{NewKey, draw_key};
use crate::draws::Draws;
use crate::house::{House, held};
use crate::start::KekOrigin;

const HOUR_MS: i64 = 3_600_000;

/// What an administrator asks for.
#[derive(Clone, Debug)]
pub struct KeyOrder {
    /// What it opens. An admin key belongs to the project; its environment is chosen with each request.
    pub scope: Scope,
    /// Which API it speaks.
    pub family: ApiFamily,
    /// Name for people.
    pub name: String,
    /// What it may do; `None` for what its family usually may, as far as the giver may.
    pub rights: Option<Rights>,
    /// Milliseconds UTC after which it is refused.
    pub expires_at_ms: Option<i64>,
}

/// How a key is rotated.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// For how long the old key still opens.
    pub overlap: Overlap,
    /// Milliseconds UTC after which the successor is refused.
    pub expires_at_ms: Option<i64>,
}

/// For how long a rotated key still opens, in hours: 0 to 720.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap(i64);

impl Overlap {
    /// Most hours.
    pub const HOURS_MAX: i64 = 720;
    /// Hours when nobody says otherwise.
    pub const HOURS_DEFAULT: i64 = 24;

    /// `None` outside 0 to 720.
    pub fn of_hours(hours: i64) -> Option<Self> {
        (0..=Self::HOURS_MAX).contains(&hours).then_some(Self(hours))
    }

    fn ms(self) -> i64 {
        self.0 * HOUR_MS
    }
}

impl Engine {
    /// Makes a key. Its text is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`AdminRefusal::MissingRight`] for a right that the giver lacks, [`AdminRefusal::Invalid`] for an expiry in the
    /// past or rights that the family cannot have, a conflict `kek_required` for a live key without a given
    /// key-encryption key, `environment_not_open`.
    pub async fn create_api_key(&self, by: &Admin, order: KeyOrder) -> Result<(ApiKey, NewKey), AdminRefusal> {
        self.open_environment(order.scope).await?;
        let scope = home(order.scope, order.family);
        self.may_make_keys(scope)?;
        let rights = granted(by, &order)?;
        self.must_be_ahead(order.expires_at_ms)?;
        let row = ApiKey {
            scope,
            rights,
            expires_at_ms: order.expires_at_ms,
            ..blank(scope, order.family, &order.name)
        };
        self.write_key(&by.actor, row, |_, _, _| Ok(())).await
    }

    /// Up to `limit` keys of the project, of both environments, beyond `page`.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn api_keys(
        &self,
        scope: Scope,
        filter: KeyFilter,
        page: Beyond<String>,
        limit: i64,
    ) -> Result<Vec<ApiKey>, AdminRefusal> {
        self.house
            .store
            .read(move |tx| Ok(api_keys::list(tx, &scope, &filter, page.clone(), limit)?))
            .await
    }

    /// One key of the project, of whichever environment.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn api_key(&self, scope: Scope, id: &str) -> Result<ApiKey, AdminRefusal> {
        let id = id.to_owned();
        self.house.store.read(move |tx| find(tx, &scope, &id)).await
    }

    /// Refuses a key from now on: here at once, on every other node within a second.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`], a conflict `key_not_valid` when it is revoked already, or
    /// [`AdminRefusal::MissingRight`] when it may do what the caller may not and is an admin key.
    pub async fn revoke_api_key(&self, by: &Admin, scope: Scope, id: &str) -> Result<ApiKey, AdminRefusal> {
        let (draws, by, id) = (Draws::new(&self.house.world), by.clone(), id.to_owned());
        let revoked = self
            .house
            .store
            .write(move |tx| {
                let before = find(tx, &scope, &id)?;
                if before.rights.include(Right::Installation) && !by.rights.include(Right::Installation) {
                    return Err(AdminRefusal::MissingRight(Right::Installation));
                }
                let at_ms = store::clock(tx)?;
                if api_keys::revoke(tx, &scope, &id, at_ms)? == 0 {
                    return Err(AdminRefusal::conflict("key_not_valid", "The key is revoked already."));
                }
                let after = find(tx, &scope, &id)?;
                let (was, is) = (Some(told(&before)), Some(told(&after)));
                tell(tx, &mut draws.clone(), (&by.actor, "api_key.revoke"), &after, (was, is))?;
                Ok(after)
            })
            .await?;
        held(&self.house.api_keys).remove(&revoked.id);
        tracing::info!(event = "key_revoked", key_id = revoked.id);
        Ok(revoked)
    }

    /// Makes a successor of a key with its name and rights; the old one still opens for the overlap.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`], a conflict `key_not_valid` when the key is revoked or has expired, or
    /// [`AdminRefusal::MissingRight`] when it may do what the caller may not, or [`AdminRefusal::Invalid`] for an expiry in
    /// the past.
    pub async fn rotate_api_key(
        &self,
        by: &Admin,
        scope: Scope,
        id: &str,
        rotation: Rotation,
    ) -> Result<(ApiKey, NewKey), AdminRefusal> {
        let old = self.api_key(scope, id).await?;
        self.may_make_keys(old.scope)?;
        may_grant(by, &old.rights)?;
        self.must_be_ahead(rotation.expires_at_ms)?;
        let successor = ApiKey {
            rights: old.rights.clone(),
            expires_at_ms: rotation.expires_at_ms,
            ..blank(old.scope, old.family, &old.name)
        };
        let (old_id, actor) = (old.id.clone(), by.actor.clone());
        let made = self
            .write_key(&by.actor, successor, move |tx, draws, at_ms| {
                let before = find(tx, &scope, &old_id)?;
                if before.revoked_at_ms.is_some() || before.expires_at_ms.is_some_and(|end_ms| end_ms <= at_ms) {
                    return Err(AdminRefusal::conflict(
                        "key_not_valid",
                        "The key is revoked or has expired: make a new one.",
                    ));
                }
                api_keys::expire(tx, &scope, &old_id, at_ms + rotation.overlap.ms())?;
                let after = find(tx, &scope, &old_id)?;
                let facts = (Some(told(&before)), Some(told(&after)));
                tell(tx, draws, (&actor, "api_key.rotate"), &after, facts)
            })
            .await?;
        held(&self.house.api_keys).remove(&old.id);
        Ok(made)
    }

    /// Whether any key for real money exists that is not revoked.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn has_live_keys(&self) -> Result<bool, AdminRefusal> {
        self.house.store.read(|tx| Ok(api_keys::has_live(tx)?)).await
    }

    /// Writes a key, and whatever belongs to its making, in one transaction.
    async fn write_key(
        &self,
        actor: &Actor,
        row: ApiKey,
        mut besides: impl FnMut(&mut Tx<'_>, &mut Draws, i64) -> Result<(), AdminRefusal> + Send + 'static,
    ) -> Result<(ApiKey, NewKey), AdminRefusal> {
        let (new, row) = draw_key(&self.house, row);
        let (draws, actor) = (Draws::new(&self.house.world), actor.clone());
        let row = self
            .house
            .store
            .write(move |tx| {
                let (mut draws, at_ms) = (draws.clone(), store::clock(tx)?);
                besides(tx, &mut draws, at_ms)?;
                insert(
                    tx,
                    &mut draws,
                    &actor,
                    ApiKey {
                        created_at_ms: at_ms,
                        ..row.clone()
                    },
                )
            })
            .await?;
        tracing::info!(event = "key_created", key_id = row.id, family = row.family.code());
        Ok((row, new))
    }

    fn must_be_ahead(&self, expires_at_ms: Option<i64>) -> Result<(), AdminRefusal> {
        match expires_at_ms.is_some_and(|at_ms| at_ms <= self.now_ms()) {
            true => Err(AdminRefusal::field("expires_at", "Must be in the future.")),
            false => Ok(()),
        }
    }

    /// Keys for real money need a key-encryption key that somebody keeps.
    fn may_make_keys(&self, scope: Scope) -> Result<(), AdminRefusal> {
        match scope.environment {
            Environment::Sandbox => Ok(()),
            Environment::Live => needs_given_kek(&self.house),
        }
    }
}

/// Refuses what only a house with a given key-encryption key may do.
pub(super) fn needs_given_kek(house: &Arc<House>) -> Result<(), AdminRefusal> {
    match house.kek_origin {
        KekOrigin::Given => Ok(()),
        KekOrigin::DataFolder => Err(AdminRefusal::conflict(
            "kek_required",
            "The live environment needs a key-encryption key that you keep apart from the data: move to one with `cowry \
             kek rotate`, and start with --kek-file or COWRY_KEK.",
        )),
    }
}

/// Writes a key and tells it to the audit log.
pub(crate) fn insert(tx: &mut Tx<'_>, draws: &mut Draws, actor: &Actor, row: ApiKey) -> Result<ApiKey, AdminRefusal> {
    api_keys::insert(tx, &row)?;
    tell(tx, draws, (actor, "api_key.create"), &row, (None, Some(told(&row))))?;
    Ok(row)
}

fn find(tx: &mut Tx<'_>, scope: &Scope, id: &str) -> Result<ApiKey, AdminRefusal> {
    api_keys::get(tx, scope, id)?.ok_or(AdminRefusal::Unknown("API key"))
}

/// Admin keys are kept with the sandbox: the live environment may not be open yet.
fn home(scope: Scope, family: ApiFamily) -> Scope {
    let environment = match family {
        ApiFamily::Admin => Environment::Sandbox,
        ApiFamily::Payment | ApiFamily::PaymentIntents => scope.environment,
    };
    Scope { environment, ..scope }
}

/// The rights that a key gets: those asked for, all of which the giver must have.
fn granted(by: &Admin, order: &KeyOrder) -> Result<Rights, AdminRefusal> {
    let Some(wanted) = &order.rights else {
        let usual = Rights::of_project();
        return Ok(usual.iter().filter(|right| by.rights.include(*right)).collect());
    };
    if wanted.iter().next().is_none() {
        return Err(AdminRefusal::field("rights", "Must name at least one right."));
    }
    if wanted.include(Right::Installation) && order.family != ApiFamily::Admin {
        return Err(AdminRefusal::field(
            "rights",
            "Only admin keys can have the right installation.",
        ));
    }
    may_grant(by, wanted)?;
    Ok(wanted.clone())
}

fn may_grant(by: &Admin, wanted: &Rights) -> Result<(), AdminRefusal> {
    match wanted.iter().find(|right| !by.rights.include(*right)) {
        Some(right) => Err(AdminRefusal::MissingRight(right)),
        None => Ok(()),
    }
}

/// A key before it is drawn.
pub(crate) fn blank(scope: Scope, family: ApiFamily, name: &str) -> ApiKey {
    ApiKey {
        scope,
        id: String::new(),
        family,
        hash: String::new(),
        name: name.to_owned(),
        rights: Rights::of_project(),
        created_at_ms: 0,
        expires_at_ms: None,
        revoked_at_ms: None,
        last_used_at_ms: None,
    }
}

fn tell(
    tx: &mut Tx<'_>,
    draws: &mut Draws,
    (actor, action): (&Actor, &'static str),
    key: &ApiKey,
    (before, after): (Option<Members>, Option<Members>),
) -> Result<(), AdminRefusal> {
    let change = Change {
        actor,
        action,
        subject_id: key.id.clone(),
        before,
        after,
    };
    Ok(audit(tx, draws, &key.scope, change)?)
}

fn told(key: &ApiKey) -> Members {
    let mut told = members([
        ("family", key.family.code().to_owned()),
        ("name", key.name.clone()),
        ("rights", key.rights.to_string()),
    ]);
    let times = [
        ("expires_at_ms", key.expires_at_ms),
        ("revoked_at_ms", key.revoked_at_ms),
    ];
    for (name, at_ms) in times {
        told.extend(at_ms.map(|at_ms| (name.to_owned(), at_ms.to_string())));
    }
    told
}
