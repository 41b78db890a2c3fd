//! `cowry projects`: lists and makes projects, and opens a project for real money.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin::{self, AdminArgs, Order};
use crate::failure::Failure;
use crate::output;

const PATH: &str = "/admin/v1/project";
const COLUMNS: [(&str, &str); 4] = [
    ("id", "/id"),
    ("environments", "/environments"),
    ("created", "/created_at"),
    ("name", "/name"),
];

#[derive(Subcommand)]
pub(crate) enum ProjectsCommand {
    /// List every project of the installation
    List(ListArgs),
    /// Make a project with a sandbox of its own
    Create(CreateArgs),
    /// Show the project and the policies of the environment
    Show(ListArgs),
    /// Change the name of the project or the policies of the environment
    Update(UpdateArgs),
    /// Open the live environment of a project, for real money
    Live(LiveArgs),
}

/// Flags of `projects list` and `projects show`.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminArgs,
}

/// Flags of `projects create`.
#[derive(Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Name for people
    name: String,
    /// Make sandbox keys too and print them, once
    #[arg(long)]
    with_keys: bool,
}

/// Flags of `projects update`.
#[derive(Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Name for people
    #[arg(long)]
    name: Option<String>,
    /// Whether an intent made with an attempt fails when that does, unless the request says otherwise
    #[arg(long, value_name = "true|false")]
    fail_with_attempt: Option<bool>,
    /// Money that comes after an intent failed or expired: `accept` or `refund`
    #[arg(long, value_name = "POLICY")]
    late_after_end: Option<String>,
    /// Money that comes after an intent was cancelled: `accept` or `refund`
    #[arg(long, value_name = "POLICY")]
    late_after_cancel: Option<String>,
}

/// Flags of `projects live`.
#[derive(Args)]
pub(crate) struct LiveArgs {
    #[command(flatten)]
    admin: AdminArgs,
}

/// Runs one of the commands.
pub(crate) async fn run(command: ProjectsCommand) -> Result<ExitCode, Failure> {
    match command {
        ProjectsCommand::List(args) => {
            let rows = admin::ask(&args.admin, Order::get("/admin/v1/projects")).await?;
            let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
            admin::print_rows(&args.admin, "projects", rows, &COLUMNS)?;
        }
        ProjectsCommand::Create(args) => create(args).await?,
        ProjectsCommand::Show(args) => {
            let project = admin::ask(&args.admin, Order::get(PATH)).await?;
            admin::print_one(&args.admin, &project)?;
        }
        ProjectsCommand::Update(args) => {
            let body = json!({
                "name": args.name,
                "fail_with_attempt": args.fail_with_attempt,
                "late_success": {"after_end": args.late_after_end, "after_cancel": args.late_after_cancel},
            });
            let project = admin::ask(&args.admin, Order::patch(PATH, &body)).await?;
            admin::print_one(&args.admin, &project)?;
        }
        ProjectsCommand::Live(args) => {
            let project = admin::ask(&args.admin, Order::post(format!("{PATH}/live"), &json!({}))).await?;
            match args.admin.json {
                true => output::json(&project)?,
                false => output::line("The live environment is open: give it gateway accounts, rules and keys."),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(args: CreateArgs) -> Result<(), Failure> {
    let body = json!({"name": args.name, "with_keys": args.with_keys});
    let made = admin::ask(&args.admin, Order::post("/admin/v1/projects", &body)).await?;
    if args.admin.json {
        return output::json(&made);
    }
    output::line(&admin::cell(&made, "/id"));
    if let Some(Value::Object(keys)) = made.get("keys") {
        let mut table = output::table(&["api", "key"]);
        for (family, key) in keys {
            table.add_row([family.as_str(), key.as_str().unwrap_or_default()]);
        }
        output::line(&table.to_string());
        eprintln!("Keep the keys now: they are shown this once.");
    }
    Ok(())
}
