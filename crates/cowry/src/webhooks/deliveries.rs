//! `cowry webhooks deliveries`: what was sent where, and what came back.

use clap::Args;

use super::DELIVERIES;
use crate::admin::{self, AdminArgs, Order, cell, escaped};
use crate::failure::Failure;
use crate::output;

const COLUMNS: [(&str, &str); 7] = [
    ("id", "/id"),
    ("when", "/created_at"),
    ("event", "/event"),
    ("payment", "/payment_id"),
    ("endpoint", "/endpoint_id"),
    ("state", "/state"),
    ("tries", "/tries"),
];

/// Flags of `webhooks deliveries`.
#[derive(Args)]
pub(crate) struct DeliveriesArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Show this one, `dlv_…`, with what was sent and each answer
    id: Option<String>,
    /// To one endpoint
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    endpoint: Option<String>,
    /// Of one event
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    event: Option<String>,
    /// Of one payment
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    payment: Option<String>,
    /// `waiting`, `delivered` or `given_up`
    #[arg(long, conflicts_with = "id")]
    state: Option<String>,
    /// At or after: a date, or a time with offset
    #[arg(long, value_name = "TIME", conflicts_with = "id")]
    since: Option<String>,
    /// At or before: a date, which means its end, or a time with offset
    #[arg(long, value_name = "TIME", conflicts_with = "id")]
    until: Option<String>,
}

pub(super) async fn run(args: DeliveriesArgs) -> Result<(), Failure> {
    if let Some(id) = &args.id {
        return show(&args.admin, id).await;
    }
    let filters = [
        ("endpoint_id", &args.endpoint),
        ("event_id", &args.event),
        ("payment_id", &args.payment),
        ("state", &args.state),
        ("created_at[gte]", &args.since),
        ("created_at[lte]", &args.until),
    ];
    let rows = admin::ask_all(&args.admin, &admin::query(DELIVERIES, &filters)).await?;
    admin::print_rows(&args.admin, "deliveries", &rows, &COLUMNS)
}

async fn show(args: &AdminArgs, id: &str) -> Result<(), Failure> {
    let delivery = &admin::ask(args, Order::get(format!("{DELIVERIES}/{}", escaped(id)))).await?;
    if args.json {
        return output::json(delivery);
    }
    let mut table = output::table(&["", ""]);
    for name in delivery.as_object().into_iter().flat_map(|members| members.keys()) {
        // The tries have a table of their own, the request stands below it.
        if name != "try_log" && name != "request" {
            table.add_row([name.as_str(), &cell(delivery, &format!("/{name}"))]);
        }
    }
    output::line(&table.to_string());
    let columns = [
        ("at", "/at"),
        ("outcome", "/outcome"),
        ("status", "/status"),
        ("ms", "/took_ms"),
        ("url", "/url"),
        ("answer", "/answer"),
    ];
    let tries = delivery["try_log"].as_array().map(Vec::as_slice);
    admin::print_rows(args, "tries", tries.unwrap_or_default(), &columns)?;
    let request = &delivery["request"];
    if !request.is_null() {
        output::line(&serde_json::to_string_pretty(request).unwrap_or_default());
    }
    Ok(())
}
