//! `cowry webhooks secret`: what signs deliveries to the URLs that payments name themselves.

use clap::Args;
use serde_json::json;

use crate::admin::{self, AdminArgs, Order, cell};
use crate::failure::Failure;
use crate::output;

const PATH: &str = "/admin/v1/webhook-secret";

/// Flags of `webhooks secret`.
#[derive(Args)]
pub(crate) struct SecretArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Make a new one
    #[arg(long)]
    rotate: bool,
    /// For how long the old one still signs beside the new one, in hours: 0 to 168 [default: 24]
    #[arg(long, value_name = "HOURS", requires = "rotate")]
    overlap_hours: Option<i64>,
    /// The one that `cowry listen` signs with
    #[arg(long, conflicts_with = "rotate")]
    development: bool,
}

pub(super) async fn run(args: SecretArgs) -> Result<(), Failure> {
    let (verb, body) = match (args.rotate, args.development) {
        (true, _) => ("rotate", json!({"overlap_hours": args.overlap_hours})),
        (false, true) => ("development", json!({})),
        (false, false) => ("reveal", json!({})),
    };
    let shown = admin::ask(&args.admin, Order::post(format!("{PATH}/{verb}"), &body)).await?;
    match args.admin.json {
        true => output::json(&shown),
        false => {
            output::line(&cell(&shown, "/secret"));
            Ok(())
        }
    }
}
