//! `cowry rules`: which accounts take a method in a country.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin::{self, AdminArgs, Order};
use crate::failure::Failure;
use crate::output;

const PATH: &str = "/admin/v1/routing-rules";
/// Country of a rule for all countries that have none of their own.
const ANY: &str = "any";

#[derive(Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules of the environment
    List(ListArgs),
    /// Make the rule for a method in a country, or replace it
    Set(SetArgs),
    /// Delete a rule
    Remove(RemoveArgs),
}

/// Flags of `rules list`.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Of one method
    #[arg(long)]
    method: Option<String>,
    /// Of one country; `any` for rules of any country
    #[arg(long)]
    country: Option<String>,
    /// `payment` or `payout`
    #[arg(long)]
    direction: Option<String>,
    /// That name this account
    #[arg(long, value_name = "ID")]
    account: Option<String>,
}

/// Flags of `rules set`.
#[derive(Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Method, for example momo_mtn
    #[arg(long)]
    method: String,
    /// Country, two letters [default: any country that has no rule of its own]
    #[arg(long)]
    country: Option<String>,
    /// `payment` or `payout`
    #[arg(long, default_value = "payment")]
    direction: String,
    /// The primary account, then its fallbacks: give the flag up to three times. The weight counts under load_balanced
    #[arg(long = "account", value_name = "ID[:WEIGHT]", required = true)]
    accounts: Vec<String>,
}

/// Flags of `rules remove`.
#[derive(Args)]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the rule, as `rules list` shows it
    id: String,
}

/// Runs one of the commands.
pub(crate) async fn run(command: RulesCommand) -> Result<ExitCode, Failure> {
    match command {
        RulesCommand::List(args) => {
            let filters = [
                ("method_code", &args.method),
                ("country", &args.country),
                ("direction", &args.direction),
                ("account_id", &args.account),
            ];
            let rules = admin::ask_all(&args.admin, &admin::query(PATH, &filters)).await?;
            print(&args.admin, &rules)?;
        }
        RulesCommand::Set(args) => set(args).await?,
        RulesCommand::Remove(args) => {
            let order = Order::delete(format!("{PATH}/{}", admin::escaped(&args.id)));
            let rule = admin::ask(&args.admin, order).await?;
            match args.admin.json {
                true => output::json(&rule)?,
                false => output::line(&format!("Rule {} is deleted.", admin::cell(&rule, "/id"))),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn set(args: SetArgs) -> Result<(), Failure> {
    let accounts: Result<Vec<Value>, Failure> = args.accounts.iter().map(|text| account(text)).collect();
    let country = args.country.filter(|country| country != ANY);
    let filters = [
        ("method_code", &Some(args.method.clone())),
        ("country", &Some(country.clone().unwrap_or_else(|| ANY.to_owned()))),
        ("direction", &Some(args.direction.clone())),
    ];
    let body = json!({
        "direction": args.direction, "method_code": args.method, "country": country, "accounts": accounts?,
    });
    let present = admin::ask_all(&args.admin, &admin::query(PATH, &filters)).await?;
    let order = match present.first() {
        Some(rule) => Order::put(format!("{PATH}/{}", admin::cell(rule, "/id")), &body),
        None => Order::post(PATH, &body),
    };
    let rule = admin::ask(&args.admin, order).await?;
    match args.admin.json {
        true => output::json(&rule),
        false => print(&args.admin, &[rule]),
    }
}

fn account(text: &str) -> Result<Value, Failure> {
    let Some((id, weight)) = text.split_once(':') else {
        return Ok(json!({ "account_id": text }));
    };
    let weight = weight.parse::<i64>();
    let weight = weight.map_err(|_| Failure::usage("--account needs ID or ID:WEIGHT, with a weight from 0 to 100"))?;
    Ok(json!({"account_id": id, "weight": weight}))
}

fn print(args: &AdminArgs, rules: &[Value]) -> Result<(), Failure> {
    if args.json {
        return output::json(&json!({ "rules": rules }));
    }
    let mut table = output::table(&[
        "rule", "for", "method", "country", "accounts", "weight", "state", "name",
    ]);
    for rule in rules {
        let country = rule["country"].as_str().unwrap_or(ANY).to_owned();
        let mut cells = [
            admin::cell(rule, "/id"),
            admin::cell(rule, "/direction"),
            admin::cell(rule, "/method_code"),
            country,
        ];
        for account in rule["accounts"].as_array().into_iter().flatten() {
            let own = ["/account_id", "/weight", "/state", "/name"].map(|pointer| admin::cell(account, pointer));
            table.add_row(std::mem::take(&mut cells).into_iter().chain(own));
        }
    }
    output::line(&table.to_string());
    Ok(())
}
