//! `cowry rates`: by which exchange rates attempts in another currency are priced.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin::{self, AdminArgs, Order};
use crate::failure::Failure;
use crate::output;

const PATH: &str = "/admin/v1/exchange-rates";

#[derive(Subcommand)]
pub(crate) enum RatesCommand {
    /// List the exchange rates of the environment, newest first
    List(ListArgs),
    /// Give a rate
    Set(SetArgs),
    /// Give a table of rates from a CSV file: all rows or none
    Import(ImportArgs),
    /// Take a rate out of use
    Withdraw(WithdrawArgs),
}

/// Flags of `rates list`.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// From this currency
    #[arg(long, value_name = "CURRENCY")]
    base: Option<String>,
    /// To this currency
    #[arg(long, value_name = "CURRENCY")]
    quote: Option<String>,
    /// In use at this time: RFC 3339 with offset, or a date
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

/// Flags of `rates set`.
#[derive(Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// The currency of the intent, for example XOF
    #[arg(long, value_name = "CURRENCY")]
    base: String,
    /// The currency that the payer pays in, for example EUR
    #[arg(long, value_name = "CURRENCY")]
    quote: String,
    /// Units of the second per unit of the first, for example 0.00152
    #[arg(long, value_name = "DECIMAL")]
    rate: String,
    /// Your margin as a factor on top [default: 1]
    #[arg(long, value_name = "DECIMAL")]
    correction: Option<String>,
    /// From when it holds: RFC 3339 with offset, or a date [default: now]
    #[arg(long, value_name = "TIME")]
    valid_from: Option<String>,
    /// When it ends: RFC 3339 with offset, or a date
    #[arg(long, value_name = "TIME")]
    expires: String,
}

/// Flags of `rates import`.
#[derive(Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// File with the columns base_currency, quote_currency, rate, correction_rate, valid_from, expires_at
    file: PathBuf,
}

/// Flags of `rates withdraw`.
#[derive(Args)]
pub(crate) struct WithdrawArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the rate, as `rates list` shows it
    id: String,
}

/// Runs one of the commands.
pub(crate) async fn run(command: RatesCommand) -> Result<ExitCode, Failure> {
    match command {
        RatesCommand::List(args) => {
            let filters = [
                ("base_currency", &args.base),
                ("quote_currency", &args.quote),
                ("at", &args.at),
            ];
            let rates = admin::ask_all(&args.admin, &admin::query(PATH, &filters)).await?;
            print(&args.admin, &rates)?;
        }
        RatesCommand::Set(args) => {
            let body = json!({
                "base_currency": args.base, "quote_currency": args.quote, "rate": args.rate,
                "correction_rate": args.correction, "valid_from": args.valid_from, "expires_at": args.expires,
            });
            let rate = admin::ask(&args.admin, Order::post(PATH, &body)).await?;
            print(&args.admin, &[rate])?;
        }
        RatesCommand::Import(args) => {
            let text = std::fs::read_to_string(&args.file)
                .map_err(|error| Failure::usage(format!("{}: {error}", args.file.display())))?;
            let given = admin::ask(&args.admin, Order::post_table(format!("{PATH}/import"), text)).await?;
            match args.admin.json {
                true => output::json(&given)?,
                false => output::line(&format!("{} rates are given.", admin::cell(&given, "/rates"))),
            }
        }
        RatesCommand::Withdraw(args) => {
            let order = Order::delete(format!("{PATH}/{}", admin::escaped(&args.id)));
            let rate = admin::ask(&args.admin, order).await?;
            match args.admin.json {
                true => output::json(&rate)?,
                false => output::line(&format!("Rate {} is withdrawn.", admin::cell(&rate, "/id"))),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(args: &AdminArgs, rates: &[Value]) -> Result<(), Failure> {
    if args.json {
        return output::json(&json!({ "rates": rates }));
    }
    let mut table = output::table(&[
        "rate",
        "from",
        "to",
        "units",
        "margin",
        "valid from",
        "expires",
        "withdrawn",
    ]);
    for rate in rates {
        let cells = [
            "/id",
            "/base_currency",
            "/quote_currency",
            "/rate",
            "/correction_rate",
            "/valid_from",
            "/expires_at",
            "/withdrawn_at",
        ];
        table.add_row(cells.map(|pointer| admin::cell(rate, pointer)));
    }
    output::line(&table.to_string());
    Ok(())
}
