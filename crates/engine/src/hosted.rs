//! Our own page of a payment: an address that nobody can guess and that opens this one payment only. Made of the payment alone,
//! so that it needs no table and stays the same for as long as the payment. Owns who is let in; never what the page shows.

use data_encoding::BASE64URL_NOPAD;
use domain::ids::{IntentId, ProjectId};
use domain::scope::{ApiFamily, Environment, Scope};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::intents::Intent;
use subtle::ConstantTimeEq;

use crate::Engine;
use crate::refusal::Refusal;
use crate::views::PaymentView;

/// Bytes of the part that cannot be guessed.
const TAG_BYTES: usize = 18;

/// Characters of an id.
const ID_CHARS: usize = 26;

/// The path of a payment's page.
pub fn path(view: &PaymentView) -> String {
    format!("/pay/{}", token(view.scope, &view.intent))
}

impl Engine {
    /// The payment that a token opens, as it is; looking brings the next question to its provider forward.
    ///
    /// # Errors
    /// [`Refusal::UnknownIntent`] for everything that is no token of a payment.
    pub async fn hosted_payment(&self, given: &str) -> Result<PaymentView, Refusal> {
        let unknown = || Refusal::UnknownIntent(String::new());
        let (scope, id) = read(given).ok_or_else(unknown)?;
        let known = self
            .payment_as_it_is(scope, id)
            .await
            .map_err(|refusal| match refusal {
                Refusal::Busy | Refusal::Unavailable(_) => refusal,
                _ => unknown(),
            })?;
        let own = token(scope, &known.intent);
        match bool::from(own.as_bytes().ct_eq(given.as_bytes())) {
            true => self.payment(scope, id).await,
            false => Err(unknown()),
        }
    }

    /// Hands over the code that a payer wrote on the page.
    ///
    /// # Errors
    /// [`Refusal::UnknownIntent`], or a [`Refusal`] of the code.
    pub async fn hosted_code(&self, given: &str, code: String) -> Result<(), Refusal> {
        let view = self.hosted_payment(given).await?;
        let Some(attempt_id) = view.intent.active_attempt_id else {
            return Err(Refusal::CodeNotExpected {
                intent_id: view.intent.id,
            });
        };
        let target = (view.intent.id, attempt_id);
        self.submit_otp(view.scope, target, code, (ApiFamily::Payment, None))
            .await
            .map(drop)
    }
}

fn read(given: &str) -> Option<(Scope, IntentId)> {
    let environment = match given.get(ID_CHARS..=ID_CHARS)? {
        "l" => Environment::Live,
        "s" => Environment::Sandbox,
        _ => return None,
    };
    let scope = Scope {
        project_id: ProjectId::from_stored(given.get(..ID_CHARS)?)?,
        environment,
    };
    let id = IntentId::from_stored(given.get(ID_CHARS + 1..2 * ID_CHARS + 1)?)?;
    Some((scope, id))
}

fn token(scope: Scope, intent: &Intent) -> String {
    let environment = match scope.environment {
        Environment::Live => 'l',
        Environment::Sandbox => 's',
    };
    format!(
        "{}{environment}{}{}",
        scope.project_id.stored(),
        intent.id.stored(),
        tag(intent)
    )
}

fn tag(intent: &Intent) -> String {
    // The seed of references is a keyed hash or random, and never leaves the database.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(intent.ref_seed.as_bytes()) else {
        return String::new();
    };
    mac.update(b"hosted page");
    mac.update(intent.id.stored().as_bytes());
    let bytes = mac.finalize().into_bytes();
    BASE64URL_NOPAD.encode(bytes.get(..TAG_BYTES).unwrap_or(&bytes))
}
