//! The gateways of this build. Owns the list; a new provider is one line here and one file in `providers/`.

use std::sync::Arc;

use crate::contract::Gateway;
use crate::http::Http;
use crate::providers::sim::Sim;

/// How the simulated gateways run in this process.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Divides their declared timings; 1 or more.
    pub speed: u32,
    /// Where the simulator is, unless an account names another; without it they send nothing.
    pub simulator_url: Option<String>,
}

/// Every gateway, found by its code.
#[derive(Clone)]
pub struct Registry {
    gateways: Arc<Vec<Box<dyn Gateway>>>,
    simulator_url: Option<String>,
}

impl Registry {
    /// Builds all gateways over one door to the network.
    pub fn new(http: &Http, sandbox: &Sandbox) -> Self {
        let gateways: Vec<Box<dyn Gateway>> = vec![
            Box::new(Sim::new("sim_a", http.clone(), sandbox)),
            Box::new(Sim::new("sim_b", http.clone(), sandbox)),
        ];
        Self {
            gateways: Arc::new(gateways),
            simulator_url: sandbox.simulator_url.clone(),
        }
    }

    /// The gateway of that code.
    pub fn get(&self, code: &str) -> Option<&dyn Gateway> {
        self.all().find(|gateway| gateway.contract().code == code)
    }

    /// Whether an address is that of the simulator of this server, which an account may name wherever it is.
    pub fn is_own_simulator(&self, url: &str) -> bool {
        self.simulator_url.as_deref().is_some_and(|own| is_same_base(own, url))
    }

    /// Every gateway.
    pub fn all(&self) -> impl Iterator<Item = &dyn Gateway> {
        self.gateways.iter().map(AsRef::as_ref)
    }

    /// Whether any gateway knows a sandbox scenario of that name.
    pub fn knows_scenario(&self, name: &str) -> bool {
        self.all().any(|gateway| gateway.knows_scenario(name))
    }
}

/// Whether two base addresses are the same but for slashes at the end.
pub(crate) fn is_same_base(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}
