//! The operators' own book, against what the server called paid. Owns the comparison: speed that loses a payment is none.

use std::collections::HashMap;

use serde::Deserialize;

use crate::Result;
use crate::connection::{Connection, parse};
use crate::order::AMOUNT_MINOR;
use crate::works::Paid;

/// Payments that the server called paid against charges that took money.
pub(crate) struct Agreement {
    /// How many payments were completed.
    pub(crate) completed: usize,
    /// Charges that took money and have no completed payment.
    pub(crate) unclaimed: usize,
}

#[derive(Deserialize)]
struct Ledger {
    charges: Vec<Charge>,
}

#[derive(Deserialize)]
struct Charge {
    reference: String,
    amount: String,
    status: String,
}

/// Compares every payment.
///
/// # Errors
/// When a payment that was called paid was not charged exactly once, with its amount.
pub(crate) async fn compare(operators: &mut Connection, paid: &[Paid]) -> Result<Agreement> {
    let ledger: Ledger = parse(&operators.get("/ledger").await?)?;
    let mut taken: HashMap<&str, Vec<&str>> = HashMap::new();
    for charge in ledger.charges.iter().filter(|charge| charge.status == "charged") {
        taken.entry(&charge.reference).or_default().push(&charge.amount);
    }
    let expected = AMOUNT_MINOR.to_string();
    for payment in paid {
        let charges = taken.remove(payment.reference.as_str()).unwrap_or_default();
        if charges != [expected.as_str()] {
            let reference = &payment.reference;
            return Err(format!("{reference} is completed, but the operator took {charges:?}").into());
        }
    }
    Ok(Agreement {
        completed: paid.len(),
        unclaimed: taken.len(),
    })
}
