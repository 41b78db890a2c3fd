//! `cowry kek rotate`: moves the database to another key-encryption key. The old key is not touched: whoever starts the
//! server next names the new one.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use engine::rewrap::{RewrapError, Rewrapped, rewrap};
use engine::store::{Migrate, Store};
use engine::world::World;

use crate::command_line::DataArgs;
use crate::failure::Failure;
use crate::kek::{Kek, KekSource};
use crate::place::Place;
use crate::{house, output};

/// A process that stopped just now is waited for this often, once a second: its sign of life must grow old.
const WAITS: u32 = 30;

#[derive(Subcommand)]
pub(crate) enum KekCommand {
    /// Seal everything under another key-encryption key, while no server runs
    Rotate(RotateArgs),
}

/// Flags of `kek rotate`.
#[derive(Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    data: DataArgs,
    /// File with the new key: 32 bytes in base64, as `openssl rand -base64 32` makes them
    #[arg(long, value_name = "FILE")]
    new_kek_file: PathBuf,
}

/// Runs one of the commands.
pub(crate) async fn run(command: KekCommand) -> Result<ExitCode, Failure> {
    match command {
        KekCommand::Rotate(args) => rotate(args).await,
    }
}

async fn rotate(args: RotateArgs) -> Result<ExitCode, Failure> {
    let place = Place::of(&args.data)?;
    place.must_exist()?;
    let old = Kek::read(&place.kek)?;
    let new = Kek::read(&KekSource::File(args.new_kek_file.clone()))?;
    let world = World::system();
    let store = house::open(&place, Migrate::Check, &world)?;
    let moved = move_to(&store, &world, (&old, &new)).await;
    store.close().await;
    let file = args.new_kek_file.display();
    output::line(&match moved? {
        Rewrapped::Moved { environments } => format!(
            "Everything that was sealed under the old key is sealed under {file} now ({environments} environments).\nStart \
             the server with --kek-file {file} (or COWRY_KEK). Keep the old key as long as you keep backups that were made \
             until now."
        ),
        Rewrapped::AlreadyThere => format!(
            "Everything is sealed under {file} already: nothing was changed. Start the server with --kek-file {file}."
        ),
    });
    Ok(ExitCode::SUCCESS)
}

async fn move_to(store: &Store, world: &World, (old, new): (&Kek, &Kek)) -> Result<Rewrapped, Failure> {
    for wait in 0..=WAITS {
        match rewrap(store, world, &old.key, &new.key).await {
            Ok(moved) => return Ok(moved),
            Err(RewrapError::InUse) => {
                if wait == 0 {
                    eprintln!("A process runs on this database, or ran until just now: waiting for its end.");
                }
                world.sleep(Duration::from_secs(1)).await;
            }
            Err(RewrapError::WrongKey) => return Err(old.refused()),
            Err(RewrapError::Store(error)) => return Err(error.into()),
        }
    }
    Err(Failure::new(
        "a process still runs on this database: stop every one of them first. Nothing was changed",
    ))
}
