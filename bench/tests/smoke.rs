//! A short run: every cell is served without errors. No times are asserted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::process::Command;

use serde_json::Value;

#[test]
fn every_cell_is_served_without_errors() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["--check-smoke", "--json"])
        .arg(&json)
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{stdout}\n{stderr}");

    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let served = |cell: &Value| cell["served"].as_u64().unwrap() > 0 && cell["errors"] == 0;
    assert_eq!(report["echo"].as_array().unwrap().len(), 2);
    assert!(report["echo"].as_array().unwrap().iter().all(served));
    let engines = report["engines"].as_array().unwrap();
    assert_eq!(engines[0]["engine"], "sqlite");
    for engine in engines {
        let rows = engine["rows"].as_array().unwrap();
        for scenario in ["store", "create", "pay", "retrieve"] {
            let cells = rows.iter().filter(|row| row["scenario"] == scenario);
            assert_eq!(cells.filter(|cell| served(cell)).count(), 2, "{engine:#}");
        }
        let minutes = engine["outage"]["minutes"].as_array().unwrap();
        let count = |minute: usize, what: &str| minutes[minute][what].as_u64().unwrap();
        assert!((0..3).all(|minute| count(minute, "payments") > 0), "{engine:#}");
        assert!(
            (0..3).all(|minute| count(minute, "paid") == count(minute, "payments")),
            "{engine:#}"
        );
        assert!(count(0, "on_first") > count(0, "on_second"), "{engine:#}");
        assert!(count(1, "on_second") > 0, "{engine:#}");
        let letters = |told: &Value| told["letters"].as_u64().unwrap();
        assert!(letters(&engine["drain"]) >= 400, "{engine:#}");
        assert!(served(&engine["drain"]["floor"]), "{engine:#}");
        assert!(letters(&engine["tarpits"]["without"]) > 0, "{engine:#}");
        assert!(letters(&engine["tarpits"]["with"]) > 0, "{engine:#}");
    }
    assert!(
        engines.len() == 2 || stdout.contains("PostgreSQL was not measured"),
        "{stdout}"
    );
}
