//! Whose data a thing belongs to: project and environment. Owns the pair that every tenant query begins with.

use crate::ids::ProjectId;

words! {
    /// Real money, or the simulator's.
    Environment {
        /// Real money.
        Live = "live",
        /// The simulator.
        Sandbox = "sandbox",
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

words! {
    /// Which public API made a thing or is being spoken.
    ApiFamily {
        /// `/v1`.
        Payment = "payment",
        /// `/api/v1/payment-intents`.
        PaymentIntents = "payment_intents",
        /// `/admin/v1`.
        Admin = "admin",
    }
}
