//! Money, currencies, countries, methods and phones as the APIs receive them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use domain::country::{Country, CountryError};
use domain::currency::{Currency, CurrencyError};
use domain::method::{Family, MethodCode};
use domain::money::{MAX_MINOR, Money, MoneyError};
use domain::phone::{Phone, PhoneError};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

fn money(minor: i64, code: &str) -> Money {
    Money::from_minor(minor, currency(code)).unwrap()
}

#[test]
fn amounts_are_read_exactly() {
    for (text, code, minor, decimal) in [
        ("50", "XOF", 50, "50"),
        ("50.0", "XOF", 50, "50"),
        ("5e1", "XOF", 50, "50"),
        ("1E+2", "XOF", 100, "100"),
        ("500000e-4", "XOF", 50, "50"),
        ("0.00000050e8", "XOF", 50, "50"),
        ("12.34", "USD", 1234, "12.34"),
        ("12.30", "USD", 1230, "12.3"),
        ("0.01", "USD", 1, "0.01"),
        ("1.234", "TND", 1234, "1.234"),
        ("0.1e1", "TND", 1000, "1"),
        ("0", "USD", 0, "0"),
        ("-0.0", "XOF", 0, "0"),
        ("0e999999999999999999999", "USD", 0, "0"),
        ("999999999999", "XOF", MAX_MINOR, "999999999999"),
        ("9999999999.99", "USD", MAX_MINOR, "9999999999.99"),
    ] {
        let read = Money::parse_major(text, currency(code)).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            (read.minor(), read.decimal().as_str()),
            (minor, decimal),
            "{text} {code}"
        );
    }
}

#[test]
fn hostile_numbers_are_refused_with_their_reason() {
    let (xof, usd, tnd) = (currency("XOF"), currency("USD"), currency("TND"));
    let long = "9".repeat(100_000);
    let tiny = format!("1e-{long}");
    let huge = format!("1e{long}");
    for (text, currency, error) in [
        (
            "50.5",
            xof,
            MoneyError::TooPrecise {
                currency: xof,
                decimals: 1,
            },
        ),
        (
            "12.345",
            usd,
            MoneyError::TooPrecise {
                currency: usd,
                decimals: 3,
            },
        ),
        (
            "1.2345",
            tnd,
            MoneyError::TooPrecise {
                currency: tnd,
                decimals: 4,
            },
        ),
        (
            "1e-400",
            usd,
            MoneyError::TooPrecise {
                currency: usd,
                decimals: 400,
            },
        ),
        ("1000000000000", xof, MoneyError::TooLarge { currency: xof }),
        ("10000000000", usd, MoneyError::TooLarge { currency: usd }),
        ("1e308", xof, MoneyError::TooLarge { currency: xof }),
        ("1e999999999", xof, MoneyError::TooLarge { currency: xof }),
        (
            "99999999999999999999999999.5",
            usd,
            MoneyError::TooLarge { currency: usd },
        ),
        (huge.as_str(), xof, MoneyError::TooLarge { currency: xof }),
        (long.as_str(), xof, MoneyError::TooLarge { currency: xof }),
        ("-1", xof, MoneyError::Negative),
        ("-1e999", xof, MoneyError::Negative),
    ] {
        assert_eq!(Money::parse_major(text, currency), Err(error), "{:.40}", text);
    }
    assert!(matches!(
        Money::parse_major(&tiny, usd),
        Err(MoneyError::TooPrecise { .. })
    ));
    for text in [
        "", " ", "-", "+5", "05", ".5", "5.", "5e", "5e+", "e5", "1_000", "1,5", "0x10", "NaN", "Infinity", "٥",
        "\"50\"", "5 ", "1e1.5", "--1", "1.2.3",
    ] {
        assert_eq!(Money::parse_major(text, usd), Err(MoneyError::NotANumber), "{text:?}");
    }
    let text = Money::parse_major("50.5", xof).unwrap_err().to_string();
    assert_eq!(text, "XOF has no decimals; the amount has 1");
}

#[test]
fn amounts_keep_their_bounds_and_their_currency() {
    let (xof, usd) = (currency("XOF"), currency("USD"));
    assert_eq!(Money::from_minor(-1, xof), Err(MoneyError::Negative));
    assert_eq!(
        Money::from_minor(MAX_MINOR + 1, xof),
        Err(MoneyError::TooLarge { currency: xof })
    );
    assert_eq!(
        money(MAX_MINOR, "XOF").checked_add(money(1, "XOF")),
        Err(MoneyError::TooLarge { currency: xof })
    );
    assert_eq!(money(1, "XOF").checked_sub(money(2, "XOF")), Err(MoneyError::Negative));
    assert_eq!(
        money(5, "XOF").checked_sub(money(5, "XOF")).map(Money::is_zero),
        Ok(true)
    );
    let mixed = Err(MoneyError::CurrencyMismatch { left: xof, right: usd });
    assert_eq!(money(5, "XOF").checked_add(money(5, "USD")), mixed);
    assert_eq!(money(5, "XOF").checked_sub(money(5, "USD")), mixed);

    assert_eq!(
        (money(50, "XOF").fixed(2), money(50, "XOF").fixed(0)),
        ("50.00".to_owned(), "50".to_owned())
    );
    assert_eq!(
        (money(1203, "TND").fixed(3), money(1203, "TND").fixed(2)),
        ("1.203".to_owned(), "1.203".to_owned())
    );
    assert_eq!(money(1230, "USD").to_string(), "12.3 USD");
}

#[test]
fn conversion_rounds_half_up_and_nothing_else() {
    let convert = |minor, from, rate: &str, factor: &str, to| {
        let (rate, factor) = (rate.parse::<Decimal>().unwrap(), factor.parse::<Decimal>().unwrap());
        money(minor, from).convert(rate, factor, currency(to)).map(Money::minor)
    };
    assert_eq!(convert(100, "EUR", "655.957", "1", "XOF"), Ok(656));
    assert_eq!(convert(1, "EUR", "50", "1", "XOF"), Ok(1));
    assert_eq!(convert(1, "EUR", "49.99999999", "1", "XOF"), Ok(0));
    assert_eq!(convert(10_000, "XOF", "0.00152449", "1.025", "EUR"), Ok(1563));
    assert_eq!(convert(1, "USD", "3.1", "1.00000000", "TND"), Ok(31));
    assert_eq!(convert(5, "XOF", "0", "1", "EUR"), Err(MoneyError::RateNotPositive));
    assert_eq!(convert(5, "XOF", "1", "-1", "EUR"), Err(MoneyError::RateNotPositive));
    assert_eq!(
        convert(5, "XOF", "0.000000001", "1", "EUR"),
        Err(MoneyError::RateTooPrecise)
    );
    let too_large = Err(MoneyError::TooLarge {
        currency: currency("TND"),
    });
    assert_eq!(
        convert(
            MAX_MINOR,
            "XOF",
            "79228162514264337593543950335",
            "79228162514264337593543950335",
            "TND"
        ),
        too_large
    );
}

fn any_currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["XOF", "USD", "TND"]).prop_map(currency)
}

proptest! {
    #[test]
    fn decimal_text_reads_back(minor in 0..=MAX_MINOR, currency in any_currency(), decimals in 0_u32..6) {
        let money = Money::from_minor(minor, currency).unwrap();
        prop_assert_eq!(Money::parse_major(&money.decimal(), currency), Ok(money));
        prop_assert_eq!(Money::parse_major(&money.fixed(decimals), currency), Ok(money));
        prop_assert_eq!(Money::parse_major(&format!("{minor}e-{}", currency.exponent()), currency), Ok(money));
        prop_assert!(!money.decimal().contains('.') || !money.decimal().ends_with('0'));
    }

    #[test]
    fn reading_never_panics_and_agrees_with_itself(text in "-?[0-9]{0,14}(\\.[0-9]{0,6})?([eE][+-]?[0-9]{1,3})?", currency in any_currency()) {
        if let Ok(money) = Money::parse_major(&text, currency) {
            prop_assert_eq!(Money::parse_major(&money.decimal(), currency), Ok(money));
        }
    }

    #[test]
    fn conversion_is_half_up_of_whole_numbers(
        minor in 0_i64..=1_000_000, rate in 1_i64..=100_000_000_000, factor in 1_i64..=200_000_000,
        (from, to) in (any_currency(), any_currency()),
    ) {
        let converted = Money::from_minor(minor, from).unwrap().convert(Decimal::new(rate, 8), Decimal::new(factor, 8), to);
        let scaled = i128::from(minor) * i128::from(rate) * i128::from(factor) * 10_i128.pow(to.exponent());
        let unit = 10_i128.pow(16 + from.exponent());
        // Half up of scaled / unit is the floor of (2 scaled + unit) / 2 unit.
        let expected = (2 * scaled + unit) / (2 * unit);
        match converted {
            Ok(money) => prop_assert_eq!(i128::from(money.minor()), expected),
            Err(error) => {
                prop_assert_eq!(error, MoneyError::TooLarge { currency: to });
                prop_assert!(expected > i128::from(MAX_MINOR));
            }
        }
    }

    #[test]
    fn reading_a_phone_never_panics_and_is_stable(text in "\\+?[0-9 ().-]{0,34}", place in prop::sample::select(vec!["CI", "BJ", "KE", "US", "AQ"])) {
        if let Ok(phone) = Phone::read(&text, country(place)) {
            prop_assert_eq!(&Phone::from_e164(phone.e164()).unwrap(), &phone);
            let printed = format!("{phone:?}");
            prop_assert!(!printed.contains(phone.last_digits(4)));
        }
    }
}

#[test]
fn currencies_without_a_usable_minor_unit_are_refused() {
    for (code, exponent) in [
        ("XOF", 0),
        ("XAF", 0),
        ("GNF", 0),
        ("CDF", 2),
        ("KES", 2),
        ("USD", 2),
        ("TND", 3),
    ] {
        assert_eq!((currency(code).exponent(), currency(code).code()), (exponent, code));
    }
    for code in ["XAU", "XAG", "XXX", "XTS", "XDR", "XSU", "CLF", "UYW"] {
        assert_eq!(Currency::parse(code), Err(CurrencyError::NotPayable), "{code}");
    }
    for code in ["AAA", "FCF", "ZZZ"] {
        assert_eq!(Currency::parse(code), Err(CurrencyError::Unknown), "{code}");
    }
    for code in ["", "xof", "XO", "XOFF", "X0F", " XOF", "CFÀ", "€"] {
        assert_eq!(Currency::parse(code), Err(CurrencyError::Malformed), "{code}");
    }
}

#[test]
fn countries_and_methods_are_those_of_their_lists() {
    assert_eq!((country("CI").code(), country("KE").name_en()), ("CI", "Kenya"));
    for (code, error) in [
        ("XX", CountryError::Unknown),
        ("EU", CountryError::Unknown),
        ("UK", CountryError::Unknown),
        ("XK", CountryError::Unknown),
        ("ci", CountryError::Malformed),
        ("CIV", CountryError::Malformed),
        ("", CountryError::Malformed),
        ("É", CountryError::Malformed),
    ] {
        assert_eq!(Country::parse(code), Err(error), "{code}");
    }
    for (code, family) in [
        ("momo_mtn", Family::MobileMoney),
        ("momo_zamani_cash", Family::MobileMoney),
        ("wallet_wave", Family::Wallet),
        ("card", Family::Card),
    ] {
        let method = MethodCode::parse(code).unwrap();
        assert_eq!(
            (method.code(), method.family(), method.needs_phone()),
            (code, family, code != "card")
        );
    }
    for code in ["", "mtn", "MOMO_MTN", "momo_", "momo_mtn_ci", "card "] {
        assert!(MethodCode::parse(code).is_err(), "{code}");
    }
    assert_eq!(MethodCode::all().count(), 21);
}

#[test]
fn phones_are_read_as_people_of_the_country_write_them() {
    for (text, place, e164) in [
        ("+225 07 07 00 00 00", "CI", "+2250707000000"),
        ("0700000130", "CI", "+2250700000130"),
        ("07-00.00 (01)/30", "CI", "+2250700000130"),
        ("00225 0700000130", "CI", "+2250700000130"),
        ("2250700000130", "CI", "+2250700000130"),
        ("+2250700000130", "SN", "+2250700000130"),
        ("+221\u{a0}77\u{202f}000 01 00", "CI", "+221770000100"),
        ("770000100", "SN", "+221770000100"),
        ("0712000110", "KE", "+254712000110"),
        ("712000110", "KE", "+254712000110"),
        ("0810000100", "CD", "+243810000100"),
        ("20000100", "TN", "+21620000100"),
        // Before Benin's renumbering of 2024.
        ("+22997000135", "BJ", "+2290197000135"),
        ("+22997000135", "FR", "+2290197000135"),
        ("0022997000135", "BJ", "+2290197000135"),
        ("22997000135", "BJ", "+2290197000135"),
        ("97 00 01 35", "BJ", "+2290197000135"),
        ("0197000135", "BJ", "+2290197000135"),
        ("+2290197000135", "BJ", "+2290197000135"),
        // Before Côte d'Ivoire's renumbering of 2021: Moov, MTN, Orange.
        ("01000130", "CI", "+2250101000130"),
        ("+22505000130", "CI", "+2250505000130"),
        ("+22547000130", "SN", "+2250747000130"),
        ("22578000130", "CI", "+2250778000130"),
        // An eight-digit country is not taken for either of them.
        ("70000130", "BF", "+22670000130"),
    ] {
        let phone = Phone::read(text, country(place)).unwrap_or_else(|error| panic!("{text} {place}: {error}"));
        assert_eq!(phone.e164(), e164, "{text} {place}");
        assert_eq!(Phone::from_e164(e164), Ok(phone));
    }
}

#[test]
fn impossible_phones_are_refused_without_being_repeated() {
    for (text, place, error) in [
        ("", "CI", PhoneError::Empty),
        (" - ", "CI", PhoneError::Empty),
        ("+", "CI", PhoneError::Empty),
        ("070000013", "CI", PhoneError::TooShort),
        ("0700000130000", "CI", PhoneError::TooLong),
        ("20210130", "CI", PhoneError::OldIvorianNumber),
        ("+22560000130", "CI", PhoneError::OldIvorianNumber),
        ("01970001", "BJ", PhoneError::TooShort),
        ("+999123456789", "CI", PhoneError::UnknownPrefix),
        ("12345678", "AQ", PhoneError::UnknownPrefix),
        ("0700000130 ext 5", "CI", PhoneError::NotANumber),
        ("1-800-FLOWERS", "US", PhoneError::NotANumber),
        ("07+00000130", "CI", PhoneError::NotANumber),
        ("++2250700000130", "CI", PhoneError::NotANumber),
        ("٠٧٠٠٠٠٠١٣٠", "CI", PhoneError::NotANumber),
    ] {
        assert_eq!(Phone::read(text, country(place)), Err(error), "{text} {place}");
    }
    let long = "0".repeat(33);
    assert_eq!(Phone::read(&long, country("CI")), Err(PhoneError::InputTooLong));
    for text in [
        "",
        "+",
        "2250700000130",
        "+0250700000130",
        "+225",
        "+225070000013012345",
        "+225 0700000130",
        "+9991234567",
    ] {
        assert_eq!(Phone::from_e164(text), Err(PhoneError::NotE164), "{text}");
    }
}

#[test]
fn phones_show_little_of_themselves() {
    let phone = Phone::read("+2250700000130", country("CI")).unwrap();
    assert_eq!(phone.masked(), "+225•••••130");
    assert_eq!(format!("{phone:?}"), "Phone(+225•••••130)");
    assert_eq!(
        (phone.last_digits(3), phone.last_digits(99), phone.country_code()),
        ("130", "2250700000130", 225)
    );
    assert_eq!(Phone::from_e164("+29022222").unwrap().masked(), "+290•••••22");
}
