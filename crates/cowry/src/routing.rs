//! `cowry routing` and `cowry health`: how accounts are chosen, and how they do.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin::{self, AdminArgs, Order};
use crate::failure::Failure;
use crate::output;

const PATH: &str = "/admin/v1/routing";
/// An empty list of failures.
const NONE: &str = "none";
const HEALTH_COLUMNS: [(&str, &str); 9] = [
    ("account", "/account_id"),
    ("method", "/method_code"),
    ("country", "/country"),
    ("standing", "/standing"),
    ("since", "/changed_at"),
    ("next probe", "/next_probe_at"),
    ("success %", "/success_percent"),
    ("ms", "/latency_ms"),
    ("name", "/account_name"),
];
#[derive(Subcommand)]
pub(crate) enum RoutingCommand {
    /// Show the strategy, and after which failures another account is tried
    Show(ShowArgs),
    /// Change the strategy or the failures; what is not given stays
    Set(SetArgs),
}

/// Flags of `routing show`.
#[derive(Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    admin: AdminArgs,
}

/// Flags of `routing set`.
#[derive(Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// `rules` (as written), `success_rate` (best recent success first) or `load_balanced` (by weight)
    #[arg(long)]
    strategy: Option<String>,
    /// Share of payments, 0 to 50 percent, for which success_rate takes an account at random
    #[arg(long, value_name = "PERCENT")]
    exploration_percent: Option<i64>,
    /// Failures after which no other account is tried, with commas between; `none` for the house's own table
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    no_fallback_after: Option<Vec<String>>,
}

/// Flags of `health`.
#[derive(Args)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Of one account
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Of one method
    #[arg(long)]
    method: Option<String>,
    /// Of one country
    #[arg(long)]
    country: Option<String>,
}

/// Runs one of the commands.
pub(crate) async fn run(command: RoutingCommand) -> Result<ExitCode, Failure> {
    let (args, order) = match command {
        RoutingCommand::Show(args) => (args.admin, Order::get(PATH)),
        RoutingCommand::Set(args) => {
            let mut codes = args.no_fallback_after;
            if let Some(codes) = &mut codes {
                codes.retain(|code| code != NONE);
            }
            let body = json!({
                "strategy": args.strategy, "exploration_percent": args.exploration_percent, "no_fallback_after": codes,
            });
            (args.admin, Order::put(PATH, &body))
        }
    };
    let routing = admin::ask(&args, order).await?;
    print(&args, &routing)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `health`.
pub(crate) async fn health(args: HealthArgs) -> Result<ExitCode, Failure> {
    let filters = [
        ("account_id", &args.account),
        ("method_code", &args.method),
        ("country", &args.country),
    ];
    let all = admin::ask(&args.admin, Order::get(admin::query("/admin/v1/health", &filters))).await?;
    match rows(&all) {
        [] if !args.admin.json => output::line("No account has had traffic yet."),
        rows => admin::print_rows(&args.admin, "health", rows, &HEALTH_COLUMNS)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print(args: &AdminArgs, routing: &Value) -> Result<(), Failure> {
    if args.json {
        return output::json(routing);
    }
    let (strategy, percent) = (
        admin::cell(routing, "/strategy"),
        admin::cell(routing, "/exploration_percent"),
    );
    output::line(&match strategy.as_str() {
        "success_rate" => format!("Strategy: success_rate, {percent} % at random to keep knowing"),
        other => format!("Strategy: {other}"),
    });
    output::line("Once it is proven that nothing was taken:");
    let mut table = output::table(&["failure", "category", "another account is tried"]);
    for row in rows(&routing["fallbacks"]) {
        let tried = match (row["falls_back"].as_bool(), row["decided_by"].as_str()) {
            (Some(true), _) => "yes",
            (_, Some("project")) => "no, by this project",
            (_, _) => "no",
        };
        table.add_row([
            admin::cell(row, "/code"),
            admin::cell(row, "/category"),
            tried.to_owned(),
        ]);
    }
    output::line(&table.to_string());
    Ok(())
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
