//! What administrators may do: one file per noun. Every change is told to the audit log in the transaction that makes it.
//! Owns who acts, why an order is refused, and how a change is told; never whether a caller has a right that only an
//! address of the API decides.

mod accounts;
mod attention;
mod audit_log;
mod deliveries;
mod exchange_rates;
mod gateways;
mod health;
mod keys;
mod links;
mod projects;
mod resends;
mod routing;
mod rules;
mod settings;
mod webhook_endpoints;
mod webhook_secrets;
mod webhook_trials;

use std::fmt;

use domain::rights::{Right, Rights};
use domain::scope::Scope;
use store::audit::AuditRow;
use store::{StoreError, Tx};

pub use ::gateways::contract::{CallbackProof, Check, Necessity, Reach, Role, Secrecy, Setting, StatusByOurRef};
pub use accounts::{AccountChanges, AccountOrder, AccountView, Checked, IsSet, SettingValue};
pub use deliveries::{DeliveryStory, DeliveryView};
pub use exchange_rates::RateOrder;
pub use gateways::{Ability, CoveredMethod, GatewayView};
pub use health::HealthView;
pub use keys::{KeyOrder, Overlap, Rotation};
pub(crate) use keys::{blank, insert as insert_key};
pub use projects::{EnvironmentView, ProjectChanges, ProjectOrder, ProjectView, SandboxKeysWanted};
pub use resends::{RESENT_MAX, Resend, Resent};
pub use routing::{FallsBack, PolicyChanges, RoutingView};
pub use rules::{ACCOUNTS_MAX, NO_SUCH_ACCOUNT, RuleAccountView, RuleOrder, RuleView};
pub use secrecy::SecretString;
pub use settings::Given;
pub use store::accounts::AccountState;
pub use store::api_keys::{ApiKey, KeyFilter};
pub use store::attention::{AttentionFilter, Entry as AttentionEntry, Standing as AttentionStanding};
pub use store::audit::{AuditFilter, Members};
pub use store::deliveries::{Delivery, DeliveryFilter};
pub use store::delivery_tries::Try;
pub use store::exchange_rates::{RateFilter, RateRow};
pub use store::page::Beyond;
pub use store::rules::{Direction, Match, RuleAccount};
pub use webhook_endpoints::{
    ENDPOINTS_MAX, EndpointChanges, EndpointCommand, EndpointOrder, EndpointOutcome, EndpointView, ShowEndpoint,
};
pub use webhook_secrets::ShownSecret;
pub use webhook_trials::Tested;

use crate::draws::Draws;
use crate::refusal::Refusal;

/// Who changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The holder of an admin key, told by its public part.
    Key(String),
    /// Whoever may use the command line of this machine.
    CommandLine,
    /// Nobody: it happened by itself.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key {id}"),
            Self::CommandLine => f.write_str("command line"),
            Self::System => f.write_str("system"),
        }
    }
}

/// Who acts and what they may do: needed where rights are handed on.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Who.
    pub actor: Actor,
    /// What they may do, and so may let others do.
    pub rights: Rights,
}

/// Why an administrator's order is not carried out. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminRefusal {
    /// There is no such thing in this project and environment; says what kind of thing.
    #[error("no such {0}")]
    Unknown(&'static str),
    /// Fields that cannot be so: path and message of each.
    #[error("not valid")]
    Invalid(Vec<(String, String)>),
    /// It contradicts what is there.
    #[error("{message}")]
    Conflict {
        /// Stable code in snake_case, one of the server's table.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// The caller lacks a right.
    #[error("this needs the right {}", .0.code())]
    MissingRight(Right),
    /// The database, the disk or the deadline.
    #[error("{0}")]
    Unavailable(Refusal),
}

impl AdminRefusal {
    /// One field that cannot be so.
    pub fn field(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![(path.into(), message.into())])
    }

    /// A conflict.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            message: message.into(),
        }
    }
}

impl From<Refusal> for AdminRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Unavailable(refusal)
    }
}

impl From<StoreError> for AdminRefusal {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// One change, as the audit log tells it. Members are public facts; of a secret only `set` or `changed` is told.
pub(crate) struct Change<'a> {
    pub(crate) actor: &'a Actor,
    /// Such as `gateway_account.update`.
    pub(crate) action: &'static str,
    /// Public id of what was changed.
    pub(crate) subject_id: String,
    pub(crate) before: Option<Members>,
    pub(crate) after: Option<Members>,
}

/// Tells a change to the audit log. To be called in the transaction of the change.
pub(crate) fn audit(tx: &mut Tx<'_>, draws: &mut Draws, scope: &Scope, change: Change<'_>) -> Result<(), StoreError> {
    let at_ms = store::clock(tx)?;
    let row = AuditRow {
        id: draws.id(at_ms),
        actor: change.actor.to_string(),
        action: change.action.to_owned(),
        subject_id: change.subject_id,
        before: change.before,
        after: change.after,
        at_ms,
    };
    store::audit::insert(tx, scope, &row)
}

/// Members from names and values.
pub(crate) fn members<const N: usize>(facts: [(&str, String); N]) -> Members {
    facts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
