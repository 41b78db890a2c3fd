//! Whose data a thing belongs to: project and environment. Owns the pair that every tenant query begins with.

use crate::ids::ProjectId;

/// Real money, or the simulator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Environment {
    /// Real money.
    Live,
    /// The simulator.
    Sandbox,
}

impl Environment {
    /// Stored and published spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        }
    }

    /// Reads the stored spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Live, Self::Sandbox].into_iter().find(|e| e.code() == text)
    }
}

/// The tenant: every query of a tenant table takes it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The project.
    pub project_id: ProjectId,
    /// The environment.
    pub environment: Environment,
}

/// Which public API made a thing or is being spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiFamily {
    /// `/v1`.
    Payment,
    /// `/api/v1/payment-intents`.
    PaymentIntents,
    /// `/admin/v1`.
    Admin,
}

impl ApiFamily {
    /// Stored spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::PaymentIntents => "payment_intents",
            Self::Admin => "admin",
        }
    }

    /// Reads the stored spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Payment, Self::PaymentIntents, Self::Admin]
            .into_iter()
            .find(|f| f.code() == text)
    }
}
