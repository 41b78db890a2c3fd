//! Which crate may name which: the house's arrows point one way. Reads manifests only.

use super::Problem;
use crate::packages::Package;

/// A crate, what it may depend on, what its tests may use besides, and libraries that would break its promise.
struct Rule {
    package: &'static str,
    may: &'static [&'static str],
    tests_may: &'static [&'static str],
    never: &'static [&'static str],
}

/// The arrows. `docs/adr/0001-crates-and-edges.md` says why; a new arrow changes both.
const RULES: [Rule; 13] = [
    Rule {
        package: "cowry-world",
        may: &[],
        tests_may: &[],
        never: &["serde_json", "rusqlite", "postgres", "hyper"],
    },
    Rule {
        package: "cowry-domain",
        may: &[],
        tests_may: &[],
        never: &[
            "tokio",
            "serde",
            "serde_json",
            "tracing",
            "getrandom",
            "rusqlite",
            "postgres",
            "hyper",
            "axum",
        ],
    },
    Rule {
        package: "cowry-store",
        may: &["cowry-domain", "cowry-world"],
        tests_may: &[],
        never: &["hyper", "axum", "reqwest"],
    },
    Rule {
        package: "cowry-gateways",
        may: &["cowry-domain", "cowry-world"],
        tests_may: &["cowry-simulator"],
        never: &["rusqlite", "postgres", "axum", "reqwest"],
    },
    Rule {
        package: "cowry-webhooks",
        may: &["cowry-domain", "cowry-world"],
        tests_may: &[],
        never: &["rusqlite", "postgres", "axum", "reqwest"],
    },
    Rule {
        package: "cowry-mail",
        may: &["cowry-domain"],
        tests_may: &[],
        never: &["rusqlite", "postgres", "axum", "hyper", "reqwest", "serde_json"],
    },
    Rule {
        package: "cowry-engine",
        may: &[
            "cowry-domain",
            "cowry-world",
            "cowry-store",
            "cowry-gateways",
            "cowry-webhooks",
            "cowry-mail",
        ],
        tests_may: &["cowry-simulator"],
        never: &["rusqlite", "postgres", "serde_json", "http", "hyper", "axum", "reqwest"],
    },
    Rule {
        package: "cowry-server",
        may: &["cowry-engine"],
        tests_may: &[
            "cowry-simulator",
            "cowry-store",
            "cowry-domain",
            "cowry-gateways",
            "cowry-world",
        ],
        never: &["rusqlite", "postgres", "reqwest"],
    },
    Rule {
        package: "cowry-simulator",
        may: &[],
        tests_may: &[],
        never: &[],
    },
    Rule {
        package: "cowry",
        may: &["cowry-server", "cowry-engine", "cowry-simulator"],
        tests_may: &[
            "cowry-store",
            "cowry-domain",
            "cowry-gateways",
            "cowry-webhooks",
            "cowry-world",
        ],
        never: &["rusqlite", "postgres"],
    },
    Rule {
        package: "bench",
        may: ANYTHING,
        tests_may: &[],
        never: &[],
    },
    Rule {
        package: "verify",
        may: ANYTHING,
        tests_may: &[],
        never: &["rusqlite", "postgres", "hyper", "reqwest"],
    },
    Rule {
        package: "xtask",
        may: ANYTHING,
        tests_may: &[],
        never: &[],
    },
];

/// For what is not shipped.
const ANYTHING: &[&str] = &["*"];

/// Every dependency of one of our crates on another must be in the table, and no library may break a promise.
pub(super) fn check(packages: &[Package]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for package in packages {
        let place = format!("{}/Cargo.toml", package.name);
        let Some(rule) = RULES.iter().find(|rule| rule.package == package.name) else {
            problems.push(Problem::new(
                place,
                "a new crate: say in xtask/src/tidy/edges.rs what it may depend on",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let is_ours = packages.iter().any(|other| other.name == name);
            let is_test = dependency.kind.as_deref() == Some("dev");
            let is_allowed =
                rule.may == ANYTHING || rule.may.contains(&name) || (is_test && rule.tests_may.contains(&name));
            if is_ours && !is_allowed {
                problems.push(Problem::new(&place, refusal(rule, name)));
            }
            if !is_test && rule.never.contains(&name) {
                let text = format!("{name} would break what {} promises never to do (ADR 1)", rule.package);
                problems.push(Problem::new(&place, text));
            }
        }
    }
    problems
}

fn refusal(rule: &Rule, name: &str) -> String {
    let may = if rule.may.is_empty() {
        "none of our crates".to_owned()
    } else {
        rule.may.join(", ")
    };
    format!(
        "{} must not depend on {name} (it may depend on {may}). What a crate cannot name, it cannot do: move the code to \
         the crate that may, or take the value as a parameter",
        rule.package
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::packages::{Dependency, Package};

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependencies = dependencies
            .iter()
            .map(|(name, kind)| Dependency {
                name: (*name).into(),
                kind: kind.map(Into::into),
            })
            .collect();
        Package {
            id: name.into(),
            name: name.into(),
            manifest_path: "Cargo.toml".into(),
            dependencies,
        }
    }

    #[test]
    fn an_arrow_that_points_the_wrong_way_is_found() {
        let packages = [
            package("cowry-domain", &[("cowry-store", None), ("thiserror", None)]),
            package("cowry-store", &[("cowry-domain", None)]),
            package(
                "cowry-server",
                &[("cowry-engine", None), ("cowry-simulator", Some("dev"))],
            ),
            package("cowry-engine", &[]),
            package("cowry-simulator", &[]),
        ];
        let problems = check(&packages);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0]
                .text
                .starts_with("cowry-domain must not depend on cowry-store")
        );
    }

    #[test]
    fn a_library_that_breaks_the_promise_is_found_but_not_in_tests() {
        let engine = package("cowry-engine", &[("rusqlite", None), ("serde_json", Some("dev"))]);
        let problems = check(&[engine]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].text.starts_with("rusqlite would break"));
    }

    #[test]
    fn what_tests_may_use_the_product_may_not() {
        let packages = [
            package("cowry-server", &[("cowry-simulator", None)]),
            package("cowry-simulator", &[]),
        ];
        assert_eq!(check(&packages).len(), 1);
    }
}
