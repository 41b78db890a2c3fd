//! `cowry webhooks resend`: one delivery again, what failed, or all events of a time.

use clap::Args;
use serde_json::{Value, json};

use super::{DELIVERIES, ENDPOINTS};
use crate::admin::{self, AdminArgs, Order, cell, escaped};
use crate::failure::Failure;
use crate::output;

/// Flags of `webhooks resend`.
#[derive(Args)]
pub(crate) struct ResendArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// A delivery, `dlv_…`, or an endpoint, `we_…` [default: every endpoint]
    id: Option<String>,
    /// What failed since then: a date, or a time with offset
    #[arg(long, value_name = "TIME", conflicts_with_all = ["from", "to"])]
    failed_since: Option<String>,
    /// All events since then that the endpoint wants, also those that it got: a date, or a time with offset
    #[arg(long, value_name = "TIME", requires = "id")]
    from: Option<String>,
    /// Until then; a date means its end [default: now]
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
}

pub(super) async fn run(args: ResendArgs) -> Result<(), Failure> {
    let body = match (&args.failed_since, &args.from) {
        (Some(since), _) => json!({"only": "failed", "from": since}),
        (None, Some(from)) => json!({"only": "all", "from": from, "to": args.to}),
        (None, None) => return one(&args).await,
    };
    let ids = match &args.id {
        Some(id) => vec![id.clone()],
        None => {
            let endpoints = admin::ask_all(&args.admin, ENDPOINTS).await?;
            endpoints.iter().map(|endpoint| cell(endpoint, "/id")).collect()
        }
    };
    let mut told = Vec::new();
    for id in ids {
        let order = Order::post(format!("{ENDPOINTS}/{}/resend", escaped(&id)), &body);
        let mut resent = admin::ask(&args.admin, order).await?;
        if let Some(members) = resent.as_object_mut() {
            members.insert("endpoint_id".to_owned(), Value::from(id));
        }
        told.push(resent);
    }
    let columns = [
        ("endpoint", "/endpoint_id"),
        ("deliveries", "/deliveries"),
        ("there is more from", "/continue_from"),
    ];
    admin::print_rows(&args.admin, "resent", &told, &columns)
}

async fn one(args: &ResendArgs) -> Result<(), Failure> {
    let Some(id) = args.id.as_ref().filter(|id| id.starts_with("dlv_")) else {
        return Err(Failure::usage(
            "say what: a delivery (dlv_…), --failed-since TIME, or an endpoint with --from TIME",
        ));
    };
    let order = Order::post(format!("{DELIVERIES}/{}/resend", escaped(id)), &json!({}));
    let delivery = admin::ask(&args.admin, order).await?;
    match args.admin.json {
        true => output::json(&delivery)?,
        false => output::line(&format!("Delivery {id} is tried again now.")),
    }
    Ok(())
}
