//! `cowry keys`: makes, lists, rotates and revokes API keys. A key is printed once and kept nowhere.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::admin::{self, AdminArgs, Order};
use crate::failure::Failure;
use crate::output;

const PATH: &str = "/admin/v1/api-keys";
const COLUMNS: [(&str, &str); 8] = [
    ("id", "/id"),
    ("family", "/family"),
    ("environment", "/environment"),
    ("rights", "/rights"),
    ("status", "/status"),
    ("last used", "/last_used_at"),
    ("expires", "/expires_at"),
    ("name", "/name"),
];

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key and print it, once
    Create(CreateArgs),
    /// List the keys of the project, without their secrets
    List(ListArgs),
    /// Make a successor of a key; the old one still opens for a while
    Rotate(RotateArgs),
    /// Refuse a key from now on, on every node within a second
    Revoke(RevokeArgs),
}

/// Flags of `keys create`.
#[derive(Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Which API the key opens
    #[arg(long, value_enum, default_value = "payment")]
    family: KeyFamily,
    /// Name for people
    #[arg(long, default_value = "made by hand")]
    name: String,
    /// What it may do, for example `--rights read,write`; installation is for admin keys [default: read,write,money-out]
    #[arg(long, value_enum, value_delimiter = ',')]
    rights: Vec<KeyRight>,
    /// When it stops to open anything: a date, which means its end, or a time with offset [default: never]
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

/// Flags of `keys list`.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminArgs,
}

/// Flags of `keys rotate`.
#[derive(Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the key, as `keys list` shows it
    id: String,
    /// For how long the old key still opens, in hours: 0 to 720 [default: 24]
    #[arg(long, value_name = "HOURS")]
    overlap_hours: Option<i64>,
    /// When the successor stops to open anything: a date, which means its end, or a time with offset [default: never]
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

/// Flags of `keys revoke`.
#[derive(Args)]
pub(crate) struct RevokeArgs {
    #[command(flatten)]
    admin: AdminArgs,
    /// Id of the key, as `keys list` shows it
    id: String,
}

/// Which API a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyFamily {
    /// `/v1`
    Payment,
    /// `/api/v1`
    PaymentIntents,
    /// `/admin/v1`
    Admin,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyRight {
    /// See
    Read,
    /// Make and change
    Write,
    /// Send money away: refunds and payouts
    MoneyOut,
    /// Every project of this installation
    Installation,
}

/// Runs one of the commands.
pub(crate) async fn run(command: KeysCommand) -> Result<ExitCode, Failure> {
    match command {
        KeysCommand::Create(args) => create(args).await?,
        KeysCommand::List(args) => {
            let rows = admin::ask_all(&args.admin, PATH).await?;
            admin::print_rows(&args.admin, "keys", &rows, &COLUMNS)?;
        }
        KeysCommand::Rotate(args) => rotate(args).await?,
        KeysCommand::Revoke(args) => revoke(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(args: CreateArgs) -> Result<(), Failure> {
    let rights: Vec<&str> = args.rights.iter().map(|right| right.code()).collect();
    let body = json!({
        "family": args.family.code(),
        "name": args.name,
        "expires_at": args.expires_at,
        "rights": (!rights.is_empty()).then_some(rights),
    });
    let made = admin::ask(&args.admin, Order::post(PATH, &body)).await?;
    print_new(&args.admin, &made)
}

async fn rotate(args: RotateArgs) -> Result<(), Failure> {
    let path = format!("{PATH}/{}/rotate", key_id(&args.id)?);
    let body = json!({"overlap_hours": args.overlap_hours, "expires_at": args.expires_at});
    let made = admin::ask(&args.admin, Order::post(path, &body)).await?;
    print_new(&args.admin, &made)
}

async fn revoke(args: RevokeArgs) -> Result<(), Failure> {
    let id = key_id(&args.id)?;
    let revoked = admin::ask(&args.admin, Order::delete(format!("{PATH}/{id}"))).await?;
    if args.admin.json {
        return output::json(&revoked);
    }
    output::line(&format!("Key {id} is refused from now on."));
    Ok(())
}

fn print_new(args: &AdminArgs, made: &Value) -> Result<(), Failure> {
    if args.json {
        return output::json(made);
    }
    output::line(&admin::cell(made, "/key"));
    eprintln!("Keep it now: it is shown this once.");
    Ok(())
}

impl KeyFamily {
    fn code(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::PaymentIntents => "payment_intents",
            Self::Admin => "admin",
        }
    }
}

impl KeyRight {
    fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::MoneyOut => "money_out",
            Self::Installation => "installation",
        }
    }
}

/// The id, also when somebody pastes a whole key, whose secret part is then dropped here.
fn key_id(text: &str) -> Result<&str, Failure> {
    let prefixes = ["sk_test_", "sk_live_", "ik_test_", "ik_live_", "adm_"];
    let rest = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
    let id = rest.and_then(|rest| rest.split('_').next()).unwrap_or(text);
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match is_id {
        true => Ok(id),
        false => Err(Failure::usage("that is no id of a key: see `cowry keys list`")),
    }
}

#[cfg(test)]
mod tests {
    use super::key_id;

    #[test]
    fn a_pasted_key_is_reduced_to_its_id() {
        for (text, id) in [
            ("sk_test_abcdefgh_secret_part", "abcdefgh"),
            ("adm_abcdefgh_secret", "abcdefgh"),
            ("abcdefgh", "abcdefgh"),
        ] {
            assert_eq!(key_id(text).unwrap(), id);
        }
        for wrong in ["", "../projects", "a?b"] {
            assert!(key_id(wrong).is_err(), "{wrong}");
        }
    }
}
