//! `cowry gateways` and `cowry accounts`: what the server can speak with, and the merchant's accounts there. Secrets go in
//! by file or standard input and are never printed.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin::{self, AdminArgs, Order};
use crate::failure::Failure;
use crate::{output, secret_input};

const PATH: &str = "/admin/v1/gateway-accounts";
const COLUMNS: [(&str, &str); 5] = [
    ("id", "/id"),
    ("gateway", "/gateway_code"),
    ("state", "/state"),
    ("made", "/created_at"),
    ("name", "/name"),
];

/// Flags of `gateways`.
#[derive(Args)]
pub(crate) struct GatewaysArgs {
    #[command(flatten)]
    admin: AdminArgs,
}

#[derive(Subcommand)]
pub(crate) enum AccountsCommand {
    /// List the accounts of the environment
    List(ListArgs),
    /// Show one account: of secret settings only whether they are set
    Show(OneArgs),
    /// Make an account; `cowry gateways` says which settings it needs
    Create(CreateArgs),
    /// Change the name of an account, or settings such as its key
    Update(UpdateArgs),
    /// Close an account to new payments; what runs on it goes on
    Close(OneArgs),
    /// Open an account to new payments again
    Reopen(OneArgs),
    /// Ask the provider whether it takes the credentials; exit code 1 unless it does
    Test(OneArgs),
}

/// Flags of `accounts list`.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Of one gateway
    #[arg(long, value_name = "CODE")]
    gateway: Option<String>,
    /// `active` or `closed`
    #[arg(long)]
    state: Option<String>,
}

/// Flags of the commands about one account.
#[derive(Args)]
pub(crate) struct OneArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the account, as `accounts list` shows it
    id: String,
}

/// Flags of `accounts create`.
#[derive(Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Code of the gateway
    #[arg(long, value_name = "CODE")]
    gateway: String,
    /// Name for people
    #[arg(long)]
    name: String,
    /// A setting: NAME=VALUE, or for secrets NAME=@FILE or NAME=- (standard input)
    #[arg(long = "setting", value_name = "NAME=VALUE")]
    settings: Vec<String>,
}

/// Flags of `accounts update`.
#[derive(Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the account, as `accounts list` shows it
    id: String,
    /// Name for people
    #[arg(long)]
    name: Option<String>,
    /// A setting that gets another value: NAME=VALUE, or for secrets NAME=@FILE or NAME=- (standard input)
    #[arg(long = "setting", value_name = "NAME=VALUE")]
    settings: Vec<String>,
}

/// Runs `gateways`.
pub(crate) async fn gateways(args: GatewaysArgs) -> Result<ExitCode, Failure> {
    let all = admin::ask(&args.admin, Order::get("/admin/v1/gateways")).await?;
    if args.admin.json {
        output::json(&json!({ "gateways": all }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = output::table(&[
        "gateway",
        "environments",
        "methods",
        "setting",
        "needed",
        "what to enter",
    ]);
    for gateway in rows(&all) {
        let methods = gateway["methods"].as_array().map_or(0, Vec::len).to_string();
        let mut cells = [
            admin::cell(gateway, "/code"),
            admin::cell(gateway, "/environments"),
            methods,
        ];
        for setting in rows(&gateway["settings"]) {
            let [code, environments, methods] = std::mem::take(&mut cells);
            let needed = match (&setting["is_required"], &setting["is_secret"]) {
                (Value::Bool(true), Value::Bool(true)) => "yes, secret",
                (Value::Bool(true), _) => "yes",
                (_, Value::Bool(true)) => "no, secret",
                (_, _) => "no",
            };
            let (name, help) = (admin::cell(setting, "/name"), admin::cell(setting, "/help"));
            table.add_row([code, environments, methods, name, needed.to_owned(), help]);
        }
    }
    output::line(&table.to_string());
    Ok(ExitCode::SUCCESS)
}

/// Runs one of the commands.
pub(crate) async fn run(command: AccountsCommand) -> Result<ExitCode, Failure> {
    match command {
        AccountsCommand::List(args) => {
            let path = admin::query(PATH, &[("gateway_code", &args.gateway), ("state", &args.state)]);
            let rows = admin::ask_all(&args.admin, &path).await?;
            let rows: Vec<Value> = rows.into_iter().map(with_whole_address).collect();
            admin::print_rows(&args.admin, "accounts", &rows, &COLUMNS)?;
        }
        AccountsCommand::Show(args) => tell(&args.admin, Order::get(path(&args.id))).await?,
        AccountsCommand::Create(args) => {
            let settings = secret_input::settings(&args.settings)?;
            let body = json!({"gateway_code": args.gateway, "name": args.name, "settings": settings});
            tell(&args.admin, Order::post(PATH, &body)).await?;
        }
        AccountsCommand::Update(args) => {
            let settings = secret_input::settings(&args.settings)?;
            let body = json!({"name": args.name, "settings": settings});
            tell(&args.admin, Order::patch(path(&args.id), &body)).await?;
        }
        AccountsCommand::Close(args) => tell(&args.admin, action(&args.id, "close")).await?,
        AccountsCommand::Reopen(args) => tell(&args.admin, action(&args.id, "reopen")).await?,
        AccountsCommand::Test(args) => return test(args).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn test(args: OneArgs) -> Result<ExitCode, Failure> {
    let tested = admin::ask(&args.admin, action(&args.id, "test")).await?;
    let result = admin::cell(&tested, "/result");
    if args.admin.json {
        output::json(&tested)?;
    } else {
        let (detail, took_ms) = (admin::cell(&tested, "/detail"), admin::cell(&tested, "/took_ms"));
        let text = match result.as_str() {
            "working" => format!("The provider takes the credentials ({took_ms} ms)."),
            "credentials_refused" => "The provider refuses the credentials.".to_owned(),
            "unreachable" => format!("The provider was not reached: {detail}."),
            _ => format!("Nothing can be said about the credentials: {detail}."),
        };
        output::line(&text);
    }
    Ok(match result == "working" {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Makes a request about one account and prints the account.
async fn tell(args: &AdminArgs, order: Order) -> Result<(), Failure> {
    let account = with_whole_address(admin::ask(args, order).await?);
    if args.json {
        return output::json(&account);
    }
    let mut table = output::table(&["", ""]);
    for name in [
        "id",
        "gateway_code",
        "name",
        "state",
        "version",
        "callback_url",
        "created_at",
    ] {
        let cell = match (name, account.get(name).unwrap_or(&Value::Null)) {
            ("callback_url", Value::Null) => {
                "unknown while no server runs: give --public-url, as `cowry serve` has it".to_owned()
            }
            (_, value) => admin::text(value),
        };
        table.add_row([name.to_owned(), cell]);
    }
    for (name, value) in account
        .pointer("/settings")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let shown = match (value, value.pointer("/set")) {
            (Value::String(text), _) => text.as_str(),
            (_, Some(Value::Bool(true))) => "(a secret, which is set)",
            (_, _) => "(not set)",
        };
        table.add_row([format!("settings.{name}").as_str(), shown]);
    }
    output::line(&table.to_string());
    Ok(())
}

/// An account whose address for callbacks has a host, or is null: nobody may be given half an address.
fn with_whole_address(mut account: Value) -> Value {
    let is_whole = admin::cell(&account, "/callback_url").starts_with("http");
    if let (false, Some(members)) = (is_whole, account.as_object_mut()) {
        members.insert("callback_url".to_owned(), Value::Null);
    }
    account
}

fn path(id: &str) -> String {
    format!("{PATH}/{}", admin::escaped(id))
}

fn action(id: &str, verb: &str) -> Order {
    Order::post(format!("{}/{verb}", path(id)), &json!({}))
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
