//! Which rate holds at a time: never one before its time, after its end, withdrawn, or of another pair.

use domain::currency::Currency;
use domain::exchange_rate::{CorrectionRate, ExchangeRate};
use store::StoreError;
use store::exchange_rates::{self, RateRow};

use crate::house::{House, NOON_MS, Tenant, id};

fn pair(base: &str, quote: &str) -> (Currency, Currency) {
    (Currency::parse(base).unwrap(), Currency::parse(quote).unwrap())
}

/// A rate of XOF in KES that holds between two times, in milliseconds after noon; its number is also the rate.
fn rate(number: u32, (from_ms, to_ms): (i64, i64)) -> RateRow {
    let (base, quote) = pair("XOF", "KES");
    RateRow {
        id: id(number),
        base,
        quote,
        rate: ExchangeRate::parse(&number.to_string()).unwrap(),
        correction: CorrectionRate::parse("0.98765432").unwrap(),
        valid_from_ms: NOON_MS + from_ms,
        expires_at_ms: NOON_MS + to_ms,
        created_at_ms: NOON_MS + i64::from(number),
        withdrawn_at_ms: None,
    }
}

impl House {
    async fn rate_at(&self, tenant: Tenant, pair: (Currency, Currency), after_ms: i64) -> Option<RateRow> {
        self.write(move |tx| exchange_rates::valid(tx, &tenant.scope, pair, NOON_MS + after_ms))
            .await
    }
}

#[tokio::test]
async fn of_the_rates_that_hold_the_one_that_began_last_is_used() {
    let (house, tenant) = House::with_tenant().await;
    let (long, inner, same) = (rate(1, (0, 100)), rate(2, (10, 50)), rate(3, (10, 20)));
    let rows = [long.clone(), inner.clone(), same.clone()];
    house
        .write(move |tx| {
            let insert = |row| exchange_rates::insert(tx, &tenant.scope, row);
            rows.iter().try_for_each(insert)
        })
        .await;
    let own = pair("XOF", "KES");
    for (after_ms, expected) in [
        (-1, None),
        (0, Some(&long)),
        (9, Some(&long)),
        (10, Some(&same)),
        (19, Some(&same)),
        (20, Some(&inner)),
        (49, Some(&inner)),
        (50, Some(&long)),
        (99, Some(&long)),
        (100, None),
    ] {
        assert_eq!(
            house.rate_at(tenant, own, after_ms).await.as_ref(),
            expected,
            "{after_ms}"
        );
    }
    assert_eq!(house.rate_at(tenant, pair("KES", "XOF"), 10).await, None);
    assert_eq!(house.rate_at(tenant, pair("XOF", "USD"), 10).await, None);

    let withdraw = async |row: &RateRow| {
        let id = row.id;
        house
            .write(move |tx| {
                let first = exchange_rates::withdraw(tx, &tenant.scope, id, NOON_MS)?;
                Ok::<_, StoreError>((first, exchange_rates::withdraw(tx, &tenant.scope, id, NOON_MS + 1)?))
            })
            .await
    };
    assert_eq!(withdraw(&same).await, (1, 0));
    assert_eq!(house.rate_at(tenant, own, 10).await, Some(inner.clone()));
    let quotes = |after_ms| {
        let base = own.0;
        house.write(move |tx| exchange_rates::quotes_of(tx, &tenant.scope, base, NOON_MS + after_ms))
    };
    assert_eq!((quotes(10).await, quotes(100).await), (vec![own.1], vec![]));
    withdraw(&inner).await;
    withdraw(&long).await;
    assert_eq!((house.rate_at(tenant, own, 10).await, quotes(10).await), (None, vec![]));
    let kept = house
        .write(move |tx| exchange_rates::get(tx, &tenant.scope, same.id))
        .await;
    assert_eq!(kept.unwrap().withdrawn_at_ms, Some(NOON_MS));
}
