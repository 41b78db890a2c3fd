//! `cowry audit`: who changed what.

use std::process::ExitCode;

use clap::Args;

use crate::admin::{self, AdminArgs};
use crate::failure::Failure;

const COLUMNS: [(&str, &str); 6] = [
    ("when", "/created_at"),
    ("who", "/actor"),
    ("what", "/action"),
    ("of", "/subject_id"),
    ("before", "/before"),
    ("after", "/after"),
];

/// Flags of `audit`.
#[derive(Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// What actions begin with, such as `api_key` or `api_key.revoke`
    #[arg(long)]
    action: Option<String>,
    /// Id of what was changed
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Who: `key <id>`, `command line` or `system`
    #[arg(long)]
    actor: Option<String>,
    /// At or after: a date, or a time with offset
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// At or before: a date, which means its end, or a time with offset
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// Lists the changes, newest first.
pub(crate) async fn run(args: AuditArgs) -> Result<ExitCode, Failure> {
    let filters = [
        ("action", &args.action),
        ("subject_id", &args.subject),
        ("actor", &args.actor),
        ("created_at[gte]", &args.since),
        ("created_at[lte]", &args.until),
    ];
    let path = admin::query("/admin/v1/audit-log", &filters);
    let rows = admin::ask_all(&args.admin, &path).await?;
    admin::print_rows(&args.admin, "audit", &rows, &COLUMNS)?;
    Ok(ExitCode::SUCCESS)
}
