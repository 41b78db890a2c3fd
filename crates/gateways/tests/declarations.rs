//! What every gateway of the build says of itself holds together.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;

use domain::country::Country;
use domain::currency::Currency;
use domain::method::MethodCode;
use gateways::catalogue::Catalogue;
use gateways::contract::{Coverage, Role, Secrecy};
use gateways::http::{Http, Tls};
use gateways::registry::{Registry, Sandbox};
use world::World;

fn registry() -> Registry {
    let sandbox = Sandbox {
        speed: 1,
        simulator_url: None,
    };
    Registry::new(&Http::sockets(World::system(), Tls::public().unwrap()), &sandbox)
}

#[test]
fn codes_are_told_apart_and_settings_can_be_given() {
    let registry = registry();
    let codes: BTreeSet<&str> = registry.all().map(|gateway| gateway.contract().code).collect();
    assert_eq!(codes.len(), registry.all().count());
    for gateway in registry.all() {
        let contract = gateway.contract();
        let names: BTreeSet<&str> = contract.settings.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), contract.settings.len(), "{}", contract.code);
        for setting in contract.settings {
            let what = format!("{} {}", contract.code, setting.name);
            let is_snake = setting
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let (least, most) = setting.format.bounds();
            assert!(is_snake && least >= 1 && least <= most, "{what}");
            assert!(setting.help.ends_with('.'), "{what}: a sentence for a person");
            // Identity is shown, so that people can tell their accounts apart.
            assert!(
                setting.role == Role::Credential || setting.secrecy == Secrecy::Public,
                "{what}"
            );
        }
    }
}

#[test]
fn everything_that_is_covered_is_in_the_catalogue() {
    let catalogue = Catalogue::builtin().unwrap();
    for gateway in registry().all() {
        let contract = gateway.contract();
        let Coverage::Only(covers) = contract.coverage else {
            continue;
        };
        for cover in covers {
            let method = MethodCode::parse(cover.method).unwrap();
            let offer = catalogue.offer(method, Country::parse(cover.country).unwrap()).unwrap();
            for currency in cover.currencies {
                let currency = Currency::parse(currency).unwrap();
                assert!(offer.limit(currency).is_some(), "{} {cover:?}", contract.code);
            }
        }
    }
}
