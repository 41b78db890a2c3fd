//! Conversions agree with long multiplication on paper.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use domain::currency::Currency;
use domain::exchange_rate::{ConversionError, CorrectionRate, ExchangeRate, convert};
use domain::money::{MAX_MINOR, Money};
use proptest::prelude::*;

/// Currencies without, with two and with three decimals.
const CURRENCIES: [(&str, usize); 5] = [("XOF", 0), ("UGX", 0), ("USD", 2), ("KES", 2), ("TND", 3)];

/// Digits, the lowest first.
fn digits(number: u64) -> Vec<u32> {
    number
        .to_string()
        .chars()
        .rev()
        .map(|digit| digit.to_digit(10).unwrap())
        .collect()
}

fn product(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut sum = vec![0; a.len() + b.len()];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            sum[i + j] += x * y;
        }
    }
    for place in 0..sum.len() - 1 {
        sum[place + 1] += sum[place] / 10;
        sum[place] %= 10;
    }
    sum
}

/// Drops decimals; the first of them decides whether one is added.
fn rounded(mut number: Vec<u32>, decimals: usize) -> String {
    number.resize(number.len().max(decimals + 1), 0);
    let up = decimals > 0 && number[decimals - 1] >= 5;
    let mut kept = number.split_off(decimals);
    kept.push(0);
    let mut place = 0;
    kept[0] += u32::from(up);
    while kept[place] > 9 {
        kept[place] -= 10;
        place += 1;
        kept[place] += 1;
    }
    let text: String = kept.iter().rev().map(u32::to_string).collect();
    let text = text.trim_start_matches('0');
    if text.is_empty() { "0" } else { text }.to_owned()
}

/// A number of steps of 10⁻⁸ as text.
fn text(steps: u64) -> String {
    format!("{}.{:08}", steps / 100_000_000, steps % 100_000_000)
}

fn check(minor: i64, (from, to): (usize, usize), steps: (u64, u64)) -> Result<(), TestCaseError> {
    let ((from, decimals), (to, decimals_of_to)) = (CURRENCIES[from], CURRENCIES[to]);
    let (from, to) = (Currency::parse(from).unwrap(), Currency::parse(to).unwrap());
    let rate = ExchangeRate::parse(&text(steps.0)).unwrap();
    let correction = CorrectionRate::parse(&text(steps.1)).unwrap();
    let found = convert(Money::from_minor(minor, from).unwrap(), &rate, &correction, to);

    let exact = product(
        &product(&digits(minor.unsigned_abs()), &digits(steps.0)),
        &digits(steps.1),
    );
    let exact = product(&exact, &digits(10_u64.pow(u32::try_from(decimals_of_to).unwrap())));
    let expected = rounded(exact, 16 + decimals);
    let too_large = expected.parse::<u128>().unwrap() > u128::from(MAX_MINOR.unsigned_abs());
    match found {
        Ok(money) => prop_assert_eq!((money.minor().to_string(), money.currency()), (expected, to)),
        Err(ConversionError::TooSmall) => prop_assert_eq!(expected, "0"),
        Err(ConversionError::TooLarge) => prop_assert!(too_large, "{} fits", expected),
    }
    prop_assert!(found.is_err() || !too_large);
    Ok(())
}

/// Any magnitude is as likely as any other.
fn of_any_size(largest: u64) -> impl Strategy<Value = u64> {
    let bits = u64::BITS - largest.leading_zeros();
    (0..bits).prop_flat_map(move |bit| (1_u64 << bit..=(2_u64 << bit) - 1).prop_map(move |n| n.min(largest)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn amounts_are_worth_what_paper_says(
        minor in of_any_size(MAX_MINOR.unsigned_abs()),
        pair in (0..CURRENCIES.len(), 0..CURRENCIES.len()),
        rate in of_any_size(100_000_000_000_000),
        correction in 50_000_000_u64..=200_000_000,
    ) {
        check(i64::try_from(minor).unwrap(), pair, (rate, correction))?;
    }

    /// Amounts whose exact worth ends in exactly one half.
    #[test]
    fn halves_go_up(whole in 0_i64..1_000_000) {
        let minor = 2 * whole + 1;
        check(minor, (0, 1), (50_000_000, 100_000_000))?;
        let half = CorrectionRate::parse("0.5").unwrap();
        let amount = Money::from_minor(minor, Currency::parse("XOF").unwrap()).unwrap();
        let found = convert(amount, &ExchangeRate::parse("1").unwrap(), &half, Currency::parse("UGX").unwrap());
        prop_assert_eq!(found.unwrap().minor(), whole + 1);
    }
}
