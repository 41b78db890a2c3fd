//! `cargo xtask gen`: writes again what in `docs/generated` are snapshots of tests; this only asks the tests to write instead of
//! compare. What a long run measured is written by that run.

use crate::host::{self, Result};

/// The tests that own a generated document: package and test.
const DOCUMENTS: [(&str, &str); 2] = [("cowry-domain", "states"), ("cowry-server", "openapi")];

pub(crate) fn run() -> Result<()> {
    for (package, test) in DOCUMENTS {
        host::run(host::cargo(&format!("test -p {package} --test {test}")).env("COWRY_UPDATE", "1"))?;
    }
    Ok(())
}
