//! `cowry webhooks`: where a project wants its events, what was delivered, and what signs it. Every command is a request of
//! the admin API or a few.

mod deliveries;
mod endpoints;
mod resend;
mod secret;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::admin::AdminArgs;
use crate::failure::Failure;

const ENDPOINTS: &str = "/admin/v1/webhook-endpoints";
const DELIVERIES: &str = "/admin/v1/webhook-deliveries";

#[derive(Subcommand)]
pub(crate) enum WebhooksCommand {
    /// List the endpoints of the environment, and how they do
    List(ListArgs),
    /// Make an endpoint and print its secret, once
    Create(endpoints::CreateArgs),
    /// Show an endpoint
    Show(OneArgs),
    /// Change where an endpoint is, or what it gets
    Update(endpoints::UpdateArgs),
    /// Let an endpoint get events again, from the first that was not delivered
    Enable(OneArgs),
    /// Stop the deliveries to an endpoint; its events wait, for 30 days at most
    Disable(OneArgs),
    /// Take an endpoint away, with what waits for it
    Delete(OneArgs),
    /// Give an endpoint a new secret and print it, once
    RotateSecret(endpoints::RotateArgs),
    /// Send a made-up event to an endpoint now, and show its answer
    Test(endpoints::TestArgs),
    /// List deliveries, newest first, or show one with its tries
    Deliveries(deliveries::DeliveriesArgs),
    /// Deliver again: one delivery, what failed, or all of a time
    Resend(resend::ResendArgs),
    /// Show what signs deliveries to the URLs that payments name themselves
    Secret(secret::SecretArgs),
}

/// Flags of `webhooks list`.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminArgs,
}

/// Flags of the commands about one endpoint.
#[derive(Args)]
pub(crate) struct OneArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the endpoint, `we_…`
    id: String,
}

/// Runs one of the commands.
pub(crate) async fn run(command: WebhooksCommand) -> Result<ExitCode, Failure> {
    use WebhooksCommand as C;
    match command {
        C::List(args) => endpoints::list(args).await?,
        C::Create(args) => endpoints::create(args).await?,
        C::Show(args) => endpoints::show(args).await?,
        C::Update(args) => endpoints::update(args).await?,
        C::Enable(args) => endpoints::act(args, "enable", "gets events again").await?,
        C::Disable(args) => endpoints::act(args, "disable", "gets no events until it is enabled").await?,
        C::Delete(args) => endpoints::delete(args).await?,
        C::RotateSecret(args) => endpoints::rotate_secret(args).await?,
        C::Test(args) => return endpoints::test(args).await,
        C::Deliveries(args) => deliveries::run(args).await?,
        C::Resend(args) => resend::run(args).await?,
        C::Secret(args) => secret::run(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}
