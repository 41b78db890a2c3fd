//! What the gateways of this build are, as they declare themselves. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::country::Country;
use domain::currency::Currency;
use domain::method::MethodCode;
use gateways::contract::{CallbackProof, Gateway, Reach, Setting, StatusByOurRef};

use crate::Engine;

/// A gateway.
#[derive(Clone, Debug)]
pub struct GatewayView {
    /// Its stable code.
    pub code: &'static str,
    /// Where it may be used.
    pub reach: Reach,
    /// What an account needs.
    pub settings: &'static [Setting],
    /// What it takes of the catalogue, by method.
    pub covers: Vec<CoveredMethod>,
    /// How its callbacks are proven.
    pub callback_proof: CallbackProof,
    /// Whether an attempt can be asked about by our own reference; without, there is no fallback after an unknown outcome.
    pub status_by_our_ref: StatusByOurRef,
    /// Whether open sessions can be closed.
    pub closing: Ability,
}

/// One method that a gateway takes.
#[derive(Clone, Debug)]
pub struct CoveredMethod {
    /// Which.
    pub method: MethodCode,
    /// Where, in the order of the codes.
    pub countries: Vec<Country>,
    /// In which currencies, in the order of the codes.
    pub currencies: Vec<&'static str>,
}

/// Whether a gateway can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// It can.
    Offered,
    /// It cannot.
    Missing,
}

impl Engine {
    /// Every gateway of this build.
    pub fn gateways(&self) -> Vec<GatewayView> {
        self.house
            .registry
            .all()
            .map(|gateway| self.gateway_view(gateway))
            .collect()
    }

    fn gateway_view(&self, gateway: &dyn Gateway) -> GatewayView {
        let contract = gateway.contract();
        let mut taken: BTreeMap<MethodCode, (BTreeSet<Country>, BTreeSet<&'static str>)> = BTreeMap::new();
        for offer in self.house.catalogue.offers() {
            let takes = |currency: &Currency| contract.takes(offer.method, offer.country, *currency);
            let currencies: Vec<&'static str> = offer.currencies().filter(takes).map(Currency::code).collect();
            if !currencies.is_empty() {
                let (countries, all) = taken.entry(offer.method).or_default();
                countries.insert(offer.country);
                all.extend(currencies);
            }
        }
        let covers = taken
            .into_iter()
            .map(|(method, (countries, currencies))| CoveredMethod {
                method,
                countries: countries.into_iter().collect(),
                currencies: currencies.into_iter().collect(),
            });
        GatewayView {
            code: contract.code,
            reach: contract.reach,
            settings: contract.settings,
            covers: covers.collect(),
            callback_proof: contract.callback_proof,
            status_by_our_ref: contract.status_by_our_ref,
            closing: match gateway.closing() {
                Some(_) => Ability::Offered,
                None => Ability::Missing,
            },
        }
    }
}
