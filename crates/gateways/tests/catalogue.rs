//! The catalogue of this build is whole, and wrong data files are refused by name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use domain::country::Country;
use domain::currency::Currency;
use domain::method::{Family, MethodCode};
use domain::money::Money;
use domain::phone::Phone;
use gateways::catalogue::{Catalogue, Evidence, Flow, Objection};

fn builtin() -> &'static Catalogue {
    Catalogue::builtin().unwrap()
}

fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

fn method(code: &str) -> MethodCode {
    MethodCode::parse(code).unwrap()
}

fn money(text: &str, currency: &str) -> Money {
    Money::parse_major(text, Currency::parse(currency).unwrap()).unwrap()
}

#[test]
fn the_published_operators_and_currencies_are_there() {
    let published = [
        ("CI", "XOF", "orange_money mtn wave moov"),
        ("SN", "XOF", "orange_money wave free_money"),
        ("BJ", "XOF", "mtn moov"),
        ("BF", "XOF", "orange_money moov"),
        ("ML", "XOF", "orange_money"),
        ("GN", "GNF", "orange_money"),
        ("CM", "XAF", "orange_money mtn"),
        ("CD", "CDF", "mtn"),
        ("CD", "USD", "mtn"),
        ("KE", "KES", "mpesa airtel"),
        ("TN", "TND", ""),
    ];
    for (code, currency, operators) in published {
        let (place, currency) = (country(code), Currency::parse(currency).unwrap());
        let card = builtin().offer(method("card"), place).unwrap();
        assert_eq!(card.flow, Flow::Redirect);
        assert!(card.limit(currency).is_some(), "card in {code}");
        for operator in operators.split_whitespace() {
            let offer = builtin()
                .offer_of_operator(operator, place)
                .unwrap_or_else(|| panic!("{operator} in {code}"));
            assert!(offer.limit(currency).is_some(), "{operator} in {code} takes {currency}");
            assert_eq!(builtin().offer(offer.method, place), Some(offer));
        }
    }
    assert_eq!(builtin().offer(method("momo_mpesa"), country("CI")), None);
    assert_eq!(builtin().offer(method("card"), country("FR")), None);
}

#[test]
fn flows_are_as_the_operators_work() {
    let flow = |code: &str, place: &str| builtin().offer(method(code), country(place)).unwrap().flow;
    assert_eq!(flow("momo_mtn", "CI"), Flow::Prompt);
    assert_eq!(flow("momo_orange", "CI"), Flow::Otp);
    assert_eq!(flow("momo_orange", "BF"), Flow::Otp);
    assert_eq!(flow("momo_orange", "SN"), Flow::Qr);
    assert_eq!(flow("wallet_wave", "SN"), Flow::Redirect);
    assert_eq!(flow("momo_mpesa", "KE"), Flow::Prompt);

    let orange = |place: &str| builtin().offer(method("momo_orange"), country(place)).unwrap();
    assert_eq!(
        orange("CI").otp_dial_for(money("500", "XOF")).as_deref(),
        Some("#144*82#")
    );
    assert_eq!(
        orange("BF").otp_dial_for(money("500", "XOF")).as_deref(),
        Some("*144*4*6*500#")
    );
    assert_eq!(orange("CM").ussd_code.as_deref(), Some("#150*50#"));
}

#[test]
fn every_entry_is_complete_and_consistent() {
    let unsaid = |text: &domain::next_action::Text| text.en.trim().is_empty() || text.fr.trim().is_empty();
    assert_eq!(builtin().methods().len(), MethodCode::all().count());
    for info in builtin().methods() {
        assert!(!unsaid(&info.label) && !unsaid(&info.description), "{}", info.code);
    }
    for info in builtin().countries() {
        assert!(!unsaid(&info.name), "{}", info.country);
        for currency in &info.currencies {
            let is_taken = builtin()
                .offers_in(info.country)
                .any(|offer| offer.limit(*currency).is_some());
            assert!(is_taken, "{currency} in {}", info.country);
        }
    }
    for offer in builtin().offers() {
        assert!(builtin().method(offer.method).is_some());
        assert_eq!(offer.operator.is_none(), offer.method.family() == Family::Card);
        assert!((30..=1800).contains(&offer.prompt_lifetime_s) && offer.cool_down_s == 30 && offer.otp_length == 6);
        for limit in &offer.limits {
            assert_eq!((limit.objection(limit.min), limit.objection(limit.max)), (None, None));
        }
    }
}

#[test]
fn only_sourced_limits_refuse() {
    let moov = builtin().offer(method("momo_moov"), country("BJ")).unwrap().limits[0];
    assert_eq!(moov.evidence, Evidence::Sourced);
    assert_eq!(moov.objection(money("99", "XOF")), Some(Objection::OutOfRange));
    assert_eq!(moov.objection(money("2000001", "XOF")), Some(Objection::OutOfRange));
    assert_eq!(moov.objection(money("2000000", "XOF")), None);
    let wave = builtin().offer(method("wallet_wave"), country("CI")).unwrap().limits[0];
    assert_eq!(wave.evidence, Evidence::Unverified);
    assert_eq!(wave.objection(money("999999999999", "XOF")), None);

    let methods = include_str!("../../../catalogue/methods.toml");
    let ghana = include_str!("../../../catalogue/countries/gh.toml");
    let whole = |entry: &str| {
        let text = ghana.replace(
            "currency = \"GHS\", ",
            &format!("currency = \"GHS\", decimals = {entry}, "),
        );
        let catalogue = Catalogue::read(methods, &[("gh.toml", &text)]).map_err(|error| error.problem)?;
        let limit = catalogue.offer(method("momo_mtn"), country("GH")).unwrap().limits[0];
        Ok::<_, String>(limit.objection(money("1.50", "GHS")))
    };
    assert_eq!(
        whole("{ digits = 0, source = \"a contract\" }"),
        Ok(Some(Objection::TooManyDecimals))
    );
    assert_eq!(whole("{ digits = 0, unverified = true }"), Ok(None));
    let too_many = whole("{ digits = 3, source = \"a contract\" }").unwrap_err();
    assert!(too_many.contains("momo_mtn: limits, GHS: decimals"), "{too_many}");
}

/// Sandbox numbers end in the digits of a scenario: each must be a possible number wherever something is offered.
#[test]
fn sandbox_numbers_are_read_in_every_country() {
    let stems = [
        ("CI", "0700000"),
        ("SN", "770000"),
        ("BJ", "0197000"),
        ("BJ", "97000"),
        ("BF", "70000"),
        ("ML", "70000"),
        ("GN", "620000"),
        ("CM", "670000"),
        ("CD", "810000"),
        ("KE", "712000"),
        ("KE", "0712000"),
        ("TN", "20000"),
        ("TG", "90000"),
        ("NE", "90000"),
        ("GA", "074000"),
        ("CG", "060000"),
        ("TD", "60000"),
        ("GH", "240000"),
        ("TZ", "740000"),
        ("UG", "770000"),
        ("RW", "780000"),
        ("ZM", "960000"),
        ("MW", "990000"),
        ("NG", "0803000"),
        ("SL", "76000"),
        ("GM", "3000"),
        ("MZ", "840000"),
        ("ET", "700000"),
        ("LS", "50000"),
        ("MG", "320000"),
        ("SC", "2700"),
    ];
    for info in builtin().countries() {
        assert!(
            stems.iter().any(|(code, _)| *code == info.country.code()),
            "{}",
            info.country
        );
    }
    for (code, stem) in stems {
        let prefix = &builtin().country(country(code)).unwrap().dial_prefix;
        for digits in 100..=147 {
            let national = Phone::read(&format!("{stem}{digits}"), country(code)).unwrap();
            assert_eq!(national.last_digits(3), digits.to_string());
            assert_eq!(format!("+{}", national.country_code()), *prefix);
            assert_eq!(Phone::read(national.e164(), country(code)).unwrap(), national);
            if !stem.starts_with('0') || code == "CI" {
                let international = Phone::read(&format!("{prefix} {stem}{digits}"), country("FR")).unwrap();
                assert_eq!(international, national);
            }
        }
    }
}

#[test]
fn wrong_data_is_refused_with_its_file() {
    let methods = include_str!("../../../catalogue/methods.toml");
    let good = include_str!("../../../catalogue/countries/ci.toml");
    let refuse = |methods: &str, country: &str| Catalogue::read(methods, &[("ci.toml", country)]).unwrap_err();

    assert!(Catalogue::read(methods, &[("ci.toml", good)]).is_ok());
    assert!(Catalogue::read(methods, &[("ci.toml", good), ("ci2.toml", good)]).is_err());
    let short = methods.replacen("code = \"card\"", "code = \"momo_mtn\"", 1);
    assert_eq!(refuse(&short, good).file, "methods.toml");
    for (from, to, says) in [
        ("momo_mtn", "momo_nobody", "unknown"),
        ("momo_mtn", "momo_orange", "twice"),
        ("currency = \"XOF\"", "currency = \"EUR\"", "does not list"),
        ("min = \"1\"", "min = \"0.5\"", "min: "),
        ("\"+225\"", "\"225\"", "dial_prefix"),
        ("[\"XOF\"]", "[\"XOOF\"]", "currencies"),
        ("\"CI\"", "\"ZZ\"", "code"),
        ("min = \"1\"", "min = \"3000000\"", "not above max"),
        ("source = \"pawaPay v2 active-conf\"", "unverified = false", "source or"),
        ("otp_dial = \"#144*82#\"", "", "otp_dial"),
        ("cool_down_s = 30", "cool_down_minutes = 30", "unknown field"),
    ] {
        let error = refuse(methods, &good.replacen(from, to, 1));
        assert_eq!(error.file, "ci.toml");
        assert!(error.problem.contains(says), "{from} -> {to}: {error}");
    }
}

/// A country file that `embedded.rs` does not name would be read by nobody.
#[test]
fn every_country_file_is_in_the_build() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue/countries");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut built: Vec<String> = builtin()
        .countries()
        .iter()
        .map(|info| format!("{}.toml", info.country.code().to_lowercase()))
        .collect();
    files.sort();
    built.sort();
    assert_eq!(built, files);
}

#[test]
fn every_method_of_the_fixed_list_is_offered_somewhere() {
    for code in MethodCode::all() {
        assert!(builtin().offers().any(|offer| offer.method == code), "{code}");
    }
}

#[test]
fn a_number_tells_its_likely_operator_and_old_numbers_do_too() {
    for (written, place, expected) in [
        ("+2250700000001", "CI", "momo_orange"),
        ("+2250500000001", "CI", "momo_mtn"),
        ("07000001", "CI", "momo_orange"),
        ("97000001", "BJ", "momo_mtn"),
        ("+221771234567", "SN", "momo_orange"),
        ("+237650123456", "CM", "momo_mtn"),
        ("+237655123456", "CM", "momo_orange"),
        ("+254712345678", "KE", "momo_mpesa"),
        ("+233241234567", "GH", "momo_mtn"),
    ] {
        let predictions = builtin().predict(&Phone::read(written, country(place)).unwrap());
        let first = predictions.first().unwrap_or_else(|| panic!("{written}"));
        assert_eq!(
            (first.method.code(), first.country),
            (expected, country(place)),
            "{written}"
        );
        assert!((1..1_000).contains(&first.confidence_permille));
    }
    let elsewhere = Phone::read("+33612345678", country("FR")).unwrap();
    assert!(builtin().predict(&elsewhere).is_empty());
    assert_eq!(builtin().country(country("SN")).unwrap().flag(), "🇸🇳");
}

#[test]
fn prefixes_that_two_operators_claim_are_refused_by_name() {
    let methods = include_str!("../../../catalogue/methods.toml");
    let ghana = include_str!("../../../catalogue/countries/gh.toml");
    let clash = ghana.replace("numbers = [\"20\"", "numbers = [\"24\"");
    let error = Catalogue::read(methods, &[("countries/gh.toml", &clash)]).unwrap_err();
    assert_eq!(error.file, "countries/gh.toml");
    assert!(
        error.problem.contains("momo_vodafone") && error.problem.contains("24"),
        "{error}"
    );
}
