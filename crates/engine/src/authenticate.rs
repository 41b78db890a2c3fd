//! API keys: drawn and checked. A key's secret part is shown once and kept as a hash. Owns who calls; never what they
//! may do.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::rights::Rights;
use domain::scope::{ApiFamily, Environment, Scope};
use sha2::{Digest, Sha256};
use store::api_keys::{self, ApiKey};
use subtle::ConstantTimeEq;

use crate::Engine;
use crate::house::{FRESH_MS, House, held};
use crate::refusal::{AuthRefusal, Refusal};

const KEY_ID_LENGTH: usize = 8;

/// The last use of a key is written down at most once in this time.
const USE_EVERY_MS: i64 = 60_000;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// What the key opens.
    pub scope: Scope,
    /// Which API it speaks.
    pub family: ApiFamily,
    /// Its public part.
    pub key_id: String,
    /// What it may do.
    pub rights: Rights,
}

/// A key as it is shown once.
#[derive(Clone)]
pub struct NewKey {
    /// Its public part.
    pub id: String,
    /// The whole key.
    pub text: String,
}

impl Engine {
    /// Checks a key as it came in an `Authorization` header.
    ///
    /// # Errors
    /// [`AuthRefusal::NotValid`] for everything that is no valid key.
    pub async fn authenticate(&self, bearer: &str) -> Result<Caller, AuthRefusal> {
        let given = Parsed::of(bearer).ok_or(AuthRefusal::NotValid)?;
        let key = self.key(given.id).await?.ok_or(AuthRefusal::NotValid)?;
        let hash = hash(given.secret);
        let same = bool::from(hash.as_bytes().ct_eq(key.hash.as_bytes()));
        let now_ms = self.house.world.now_ms();
        let expired = key.expires_at_ms.is_some_and(|at_ms| at_ms <= now_ms);
        let fits = key.family == given.family && given.environment.is_none_or(|e| e == key.scope.environment);
        if !same || !fits || expired || key.revoked_at_ms.is_some() {
            return Err(AuthRefusal::NotValid);
        }
        self.note_use(&key, now_ms);
        Ok(Caller {
            scope: key.scope,
            family: key.family,
            key_id: key.id,
            rights: key.rights,
        })
    }

    /// Whether the key with that public part is still neither revoked nor expired. To ask is to use it.
    ///
    /// # Errors
    /// [`AuthRefusal::Unavailable`].
    pub(crate) async fn still_opens(&self, id: &str) -> Result<bool, AuthRefusal> {
        let now_ms = self.house.world.now_ms();
        let key = self.key(id).await?;
        let good =
            key.filter(|key| key.revoked_at_ms.is_none() && key.expires_at_ms.is_none_or(|at_ms| at_ms > now_ms));
        if let Some(key) = &good {
            self.note_use(key, now_ms);
        }
        Ok(good.is_some())
    }

    fn note_use(&self, key: &ApiKey, now_ms: i64) {
        if key.last_used_at_ms.is_none_or(|at_ms| now_ms - at_ms >= USE_EVERY_MS) {
            held(&self.house.key_uses).insert(key.id.clone(), now_ms);
        }
    }

    async fn key(&self, id: &str) -> Result<Option<ApiKey>, AuthRefusal> {
        let now_ms = self.house.world.monotonic_ms();
        if let Some((read_at, key)) = held(&self.house.api_keys).get(id)
            && now_ms - read_at < FRESH_MS
        {
            return Ok(Some(key.clone()));
        }
        let wanted = id.to_owned();
        let found = self
            .house
            .store
            .read(move |tx| api_keys::by_id(tx, &wanted).map_err(Refusal::from))
            .await;
        let found = found.map_err(|refusal| AuthRefusal::Unavailable(refusal.to_string()))?;
        let mut known = held(&self.house.api_keys);
        match &found {
            Some(key) => drop(known.insert(id.to_owned(), (now_ms, key.clone()))),
            None => drop(known.remove(id)),
        }
        Ok(found)
    }
}

/// Draws the id and the secret part of a key. Its row's creation time is set when it is written.
pub(crate) fn draw_key(house: &House, row: ApiKey) -> (NewKey, ApiKey) {
    let mut random = [0_u8; 37];
    house.world.fill(&mut random);
    let (id_bytes, secret_bytes) = random.split_at(5);
    let id = data_encoding::BASE32_NOPAD.encode(id_bytes).to_lowercase();
    let secret = BASE64URL_NOPAD.encode(secret_bytes);
    let environment = match row.scope.environment {
        Environment::Live => "live_",
        Environment::Sandbox => "test_",
    };
    let prefix = match row.family {
        ApiFamily::Payment => format!("sk_{environment}"),
        ApiFamily::PaymentIntents => format!("ik_{environment}"),
        ApiFamily::Admin => "adm_".to_owned(),
    };
    let new = NewKey {
        text: format!("{prefix}{id}_{secret}"),
        id: id.clone(),
    };
    let hash = hash(&secret);
    (new, ApiKey { id, hash, ..row })
}

/// Writes down which keys were used since the last time. What cannot be written now is tried again with the next use.
pub(crate) async fn remember_uses(house: &House) {
    let used = std::mem::take(&mut *held(&house.key_uses));
    if used.is_empty() {
        return;
    }
    let written = house.store.write(move |tx| {
        for (id, at_ms) in &used {
            api_keys::touch(tx, id, *at_ms, at_ms - USE_EVERY_MS)?;
        }
        Ok::<_, Refusal>(())
    });
    if let Err(refusal) = written.await {
        tracing::warn!(event = "key_uses_not_written", error = %refusal);
    }
}

fn hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

struct Parsed<'k> {
    family: ApiFamily,
    environment: Option<Environment>,
    id: &'k str,
    secret: &'k str,
}

impl<'k> Parsed<'k> {
    fn of(text: &'k str) -> Option<Self> {
        let forms = [
            ("sk_live_", ApiFamily::Payment, Some(Environment::Live)),
            ("sk_test_", ApiFamily::Payment, Some(Environment::Sandbox)),
            ("ik_live_", ApiFamily::PaymentIntents, Some(Environment::Live)),
            ("ik_test_", ApiFamily::PaymentIntents, Some(Environment::Sandbox)),
            ("adm_", ApiFamily::Admin, None),
        ];
        let (rest, family, environment) = forms
            .into_iter()
            .find_map(|(prefix, family, env)| text.strip_prefix(prefix).map(|r| (r, family, env)))?;
        let (id, secret) = rest.split_at_checked(KEY_ID_LENGTH)?;
        let secret = secret.strip_prefix('_')?;
        (secret.len() == 43).then_some(Self {
            family,
            environment,
            id,
            secret,
        })
    }
}
