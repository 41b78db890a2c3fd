//! How a routing decision stands in its column: JSON text that no query looks into.

use domain::ids::AccountId;
use domain::routing::decision::{RouteStep, Verdict};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Stored {
    account: String,
    gateway: String,
    verdict: String,
    reason: String,
    success: i64,
}

/// The text of a decision.
pub(crate) fn write(route: &[RouteStep]) -> Result<String, String> {
    let stored: Vec<Stored> = route
        .iter()
        .map(|step| Stored {
            account: step.account_id.stored(),
            gateway: step.gateway_code.clone(),
            verdict: step.verdict.code().to_owned(),
            reason: step.verdict.reason().to_owned(),
            success: step.success_permille,
        })
        .collect();
    serde_json::to_string(&stored).map_err(|error| error.to_string())
}

/// The decision of a text.
pub(crate) fn read(text: &str) -> Result<Vec<RouteStep>, String> {
    let stored: Vec<Stored> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    stored
        .into_iter()
        .map(|step| {
            Ok(RouteStep {
                account_id: AccountId::from_stored(&step.account).ok_or("names no account")?,
                gateway_code: step.gateway,
                verdict: Verdict::parse(&step.verdict, &step.reason).ok_or("holds an unknown verdict")?,
                success_permille: step.success,
            })
        })
        .collect()
}
