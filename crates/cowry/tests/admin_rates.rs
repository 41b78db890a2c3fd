//! Exchange rates by the command line: given, imported from a file, listed, withdrawn.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use serde_json::Value;
use support::{Home, Options, Server};

fn json(home: &Home, words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&home.stdout(&words)).unwrap()
}

#[test]
fn rates_are_given_imported_listed_and_withdrawn() {
    let server = Server::start(Options::default());
    let home = &server.home;
    let words = [
        "rates",
        "set",
        "--base",
        "XOF",
        "--quote",
        "KES",
        "--rate",
        "0.2145",
        "--expires",
        "2099-01-01",
    ];
    let set = json(home, &words);
    let id = set["rates"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&set["rates"][0]["rate"], &set["rates"][0]["correction_rate"]),
        (&"0.2145".into(), &"1".into())
    );
    let file = home.data_dir().with_file_name("rates.csv");
    std::fs::write(
        &file,
        "base_currency,quote_currency,rate,expires_at\nXOF,EUR,0.00152,2099-01-01\nXOF,EUR,nonsense,2099-01-01\n",
    )
    .unwrap();
    let refused = home
        .command(&["rates", "import", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("Line 3, rate"), "{told}");
    std::fs::write(
        &file,
        "base_currency,quote_currency,rate,expires_at\nXOF,EUR,0.00152,2099-01-01\n",
    )
    .unwrap();
    let given = json(home, &["rates", "import", file.to_str().unwrap()]);
    assert_eq!(given["rates"], 1);
    assert_eq!(json(home, &["rates", "list"])["rates"].as_array().unwrap().len(), 2);
    home.stdout(&["rates", "withdraw", &id]);
    let table = home.stdout(&["rates", "list", "--at", "2098-01-01"]);
    assert!(table.contains("EUR") && !table.contains("KES"), "{table}");
}
