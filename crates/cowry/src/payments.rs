//! `cowry payments`: looks into payments. `explain` tells one as a story, in the order in which it happened.

mod story;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::admin::{self, AdminArgs, Order};
use crate::failure::Failure;
use crate::output;

#[derive(Subcommand)]
pub(crate) enum PaymentsCommand {
    /// Tell why a payment went as it did: accounts taken and passed over, exchanges with the provider, proofs, what is next
    Explain(ExplainArgs),
}

/// Flags of `payments explain`.
#[derive(Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of a payment (TRX… or pi_…), of an attempt (att_…) or of a gateway transaction (txn_…)
    id: String,
    /// Show the exchanges' headers and bodies (secrets, numbers and codes masked) and the whole journal too
    #[arg(long)]
    full: bool,
}

/// Runs one of the commands.
pub(crate) async fn run(command: PaymentsCommand) -> Result<ExitCode, Failure> {
    match command {
        PaymentsCommand::Explain(args) => explain(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn explain(args: ExplainArgs) -> Result<(), Failure> {
    let path = format!("/admin/v1/payments/{}/explain", admin::escaped(&args.id));
    let told = admin::ask(&args.admin, Order::get(path)).await?;
    if args.admin.json {
        return output::json(&told);
    }
    let depth = match args.full {
        true => story::Depth::Full,
        false => story::Depth::Lines,
    };
    output::line(&story::tell(&told, depth));
    Ok(())
}
