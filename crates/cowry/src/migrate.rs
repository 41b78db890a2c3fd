//! `cowry migrate`: brings the schema up to this program, and says where it stood and stands.

use std::process::ExitCode;

use engine::store::{self, MigrationState, Options};
use engine::world::World;

use crate::command_line::DataArgs;
use crate::failure::Failure;
use crate::place::Place;
use crate::{house, logs, output};

/// Runs the waiting migrations. Blocks.
pub(crate) fn migrate(args: &DataArgs) -> Result<ExitCode, Failure> {
    logs::start();
    let place = Place::of(args)?;
    let options = Options::new(place.target.clone());
    let before = match &place.target {
        store::Target::Sqlite(path) if !path.exists() => {
            place.make_folder()?;
            None
        }
        store::Target::Sqlite(_) | store::Target::Postgres(_) | store::Target::SqliteMemory => {
            let found = store::inspect(&options).map_err(|error| house::refused_to_open(&place, error))?;
            Some(found.schema)
        }
    };
    let after = store::migrate(&options, &World::system()).map_err(|error| house::refused_to_open(&place, error))?;
    output::line(&told(before, after, &place));
    Ok(ExitCode::SUCCESS)
}

fn told(before: Option<MigrationState>, after: MigrationState, place: &Place) -> String {
    let from = before.map_or(0, |before| before.schema);
    let database = place.database();
    match from {
        from if from == after.schema => format!("{database}: schema version {from}, nothing to do"),
        0 => format!("{database}: schema version {} made in an empty database", after.schema),
        from => format!("{database}: schema brought from version {from} to {}", after.schema),
    }
}
