//! Moving a database to another key-encryption key: every data key and every secret of the whole database is opened with the
//! old one and sealed under the new one, in one transaction. No process may run on the database meanwhile: it would
//! hold on to the old key.

use domain::scope::Scope;
use store::{Store, StoreError, Tx, instances, projects};
use world::World;

use crate::admin::{Actor, Change, audit};
use crate::beat::SILENCE_MS;
use crate::draws::Draws;
use crate::vault::{Sealed, SecretKey, data_key_place};

/// What a move found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrapped {
    /// So many environments were moved to the new key.
    Moved {
        /// Data keys that were sealed anew.
        environments: usize,
    },
    /// Everything stood under the new key already: an earlier move had got this far.
    AlreadyThere,
}

/// Why a database was not moved. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RewrapError {
    /// The database refused.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// Something is sealed under neither of the two keys, or under different ones.
    #[error("the key-encryption key does not open this database")]
    WrongKey,
    /// A process runs on the database, or ran until just now.
    #[error("a process still runs on this database")]
    InUse,
}

impl From<Sealed> for RewrapError {
    fn from(_: Sealed) -> Self {
        Self::WrongKey
    }
}

/// Moves a database that no process works on from the `old` key to the `new` one.
///
/// # Errors
/// A [`RewrapError`].
pub async fn rewrap(store: &Store, world: &World, old: &SecretKey, new: &SecretKey) -> Result<Rewrapped, RewrapError> {
    let draws = Draws::new(world);
    let keys = (old.clone(), new.clone());
    // The lock on a SQLite database tells that we are alone on it; elsewhere the signs of life do.
    let is_shared = store.engine_name() != "sqlite";
    store
        .write(move |tx| {
            if is_shared && somebody_lives(tx)? {
                return Err(RewrapError::InUse);
            }
            let sealed = sealed(tx)?;
            let opens = |key: &SecretKey| sealed.iter().all(|one| key.open(&one.place, &one.text).is_ok());
            if opens(&keys.1) {
                return Ok(Rewrapped::AlreadyThere);
            }
            let mut draws = draws.clone();
            for one in &sealed {
                one.reseal(tx, &mut draws, (&keys.0, &keys.1))?;
            }
            let environments = sealed.iter().filter_map(|one| one.scope());
            for scope in environments.clone() {
                let change = Change {
                    actor: &Actor::CommandLine,
                    action: "kek.rotate",
                    subject_id: scope.project_id.to_string(),
                    before: None,
                    after: None,
                };
                audit(tx, &mut draws, scope, change)?;
            }
            Ok(Rewrapped::Moved {
                environments: environments.count(),
            })
        })
        .await
}

fn somebody_lives(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let silent_since_ms = store::clock(tx)? - SILENCE_MS;
    let all = instances::all(tx)?;
    let lives = |one: &instances::Instance| one.fenced_at_ms.is_none() && one.heartbeat_at_ms >= silent_since_ms;
    Ok(all.iter().any(lives))
}

/// One text that is sealed under the key-encryption key.
struct SealedText {
    /// Where it stands: it opens only there.
    place: String,
    text: String,
    of: Of,
}

enum Of {
    Environment(Scope),
    Secret(String),
}

/// Everything that is sealed under the key-encryption key itself.
fn sealed(tx: &mut Tx<'_>) -> Result<Vec<SealedText>, StoreError> {
    let environments = projects::all_environments(tx)?.into_iter().map(|row| SealedText {
        place: data_key_place(&row.scope),
        text: row.data_key,
        of: Of::Environment(row.scope),
    });
    let secrets = projects::secrets(tx)?.into_iter().map(|(name, text)| SealedText {
        place: name.clone(),
        text,
        of: Of::Secret(name),
    });
    Ok(environments.chain(secrets).collect())
}

impl SealedText {
    fn scope(&self) -> Option<&Scope> {
        match &self.of {
            Of::Environment(scope) => Some(scope),
            Of::Secret(_) => None,
        }
    }

    fn reseal(
        &self,
        tx: &mut Tx<'_>,
        draws: &mut Draws,
        (old, new): (&SecretKey, &SecretKey),
    ) -> Result<(), RewrapError> {
        let plain = old.open(&self.place, &self.text)?;
        let text = new.seal(&self.place, draws.nonce(), &plain)?;
        let rows = match &self.of {
            Of::Environment(scope) => projects::rewrap(tx, scope, &text)?,
            Of::Secret(name) => projects::reseal_secret(tx, name, &text)?,
        };
        match rows {
            1 => Ok(()),
            _ => Err(StoreError::Missing.into()),
        }
    }
}
