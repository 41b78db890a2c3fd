//! Where the data is: the data folder, the database, the source of the key-encryption key. Owns the folder's making;
//! opens nothing.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use engine::store::Target;

use crate::command_line::DataArgs;
use crate::config_file::ConfigFile;
use crate::environment;
use crate::failure::Failure;
use crate::kek::KekSource;

const DATA_DIR: &str = "cowry-data";
const DATABASE: &str = "cowry.db";

/// Where the data is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) data_dir: PathBuf,
    pub(crate) target: Target,
    pub(crate) kek: KekSource,
}

impl Place {
    /// Merges flags, environment, file and defaults.
    pub(crate) fn resolve(args: &DataArgs, file: &ConfigFile) -> Result<Self, Failure> {
        let data_dir = args.data_dir.clone().or_else(|| file.data_dir.clone());
        let data_dir = data_dir.unwrap_or_else(|| PathBuf::from(DATA_DIR));
        let url = args.database_url.as_ref().or(file.database_url.as_ref());
        let target = match url.map(|url| url.trim()).filter(|url| !url.is_empty()) {
            Some(url) => target(url)?,
            None => Target::Sqlite(data_dir.join(DATABASE)),
        };
        let kek = KekSource::resolve(environment::kek(), args, file, &data_dir)?;
        Ok(Self { data_dir, target, kek })
    }

    /// For commands other than `serve`: reads the settings file that the flags name.
    pub(crate) fn of(args: &DataArgs) -> Result<Self, Failure> {
        Self::resolve(args, &ConfigFile::read(args.config.as_deref())?)
    }

    /// Makes the data folder unless it is there: for its owner only.
    pub(crate) fn make_folder(&self) -> Result<(), Failure> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.data_dir);
        made.map_err(|error| {
            Failure::new(format!(
                "the data folder {} cannot be made ({error}): choose another with --data-dir",
                self.data_dir.display()
            ))
        })
    }

    /// The socket on which a server on SQLite takes orders from the command line, and the database that they are about.
    pub(crate) fn control_socket(&self) -> Option<(PathBuf, PathBuf)> {
        match &self.target {
            Target::Sqlite(path) => {
                let database = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                Some((self.data_dir.join("control.sock"), database))
            }
            Target::Postgres(_) | Target::SqliteMemory => None,
        }
    }

    /// Refuses when there is no SQLite file yet: commands that only use a database make none.
    pub(crate) fn must_exist(&self) -> Result<(), Failure> {
        match &self.target {
            Target::Sqlite(path) if !path.exists() => Err(Failure::new(format!(
                "there is no database at {}: start `cowry serve` once, or say where it is with --data-dir or --database-url",
                path.display()
            ))),
            Target::Sqlite(_) | Target::Postgres(_) | Target::SqliteMemory => Ok(()),
        }
    }

    /// The database in words, without its password.
    pub(crate) fn database(&self) -> String {
        match &self.target {
            Target::Sqlite(path) => format!("SQLite, {}", absolute(path)),
            Target::Postgres(url) => format!("PostgreSQL, {}", without_secret(url)),
            Target::SqliteMemory => "in memory".to_owned(),
        }
    }
}

/// A path that means the same in another folder.
pub(crate) fn absolute(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.display().to_string()
}

fn target(url: &str) -> Result<Target, Failure> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Target::Postgres(url.to_owned()));
    }
    let path = url
        .strip_prefix("sqlite:")
        .map(|path| path.strip_prefix("//").unwrap_or(path));
    match path {
        Some("") => Err(Failure::usage(
            "--database-url sqlite: needs a path, for example sqlite:cowry.db",
        )),
        Some(path) if path.starts_with(':') => Err(Failure::usage(
            "--database-url: a database in memory would forget payments; give a path",
        )),
        Some(path) => Ok(Target::Sqlite(PathBuf::from(path))),
        // The text may hold a password, so it is not repeated.
        None => Err(Failure::usage("--database-url must begin with sqlite: or postgres://")),
    }
}

/// Host, port and database of a URL.
fn without_secret(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    rest.rsplit_once('@').map_or(rest, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_and_shown_without_passwords() {
        assert_eq!(target("sqlite:a/b.db").unwrap(), Target::Sqlite("a/b.db".into()));
        assert_eq!(target("sqlite:///a/b.db").unwrap(), Target::Sqlite("/a/b.db".into()));
        let url = "postgres://u:p@ss@h:1/d?sslmode=disable";
        assert_eq!(target(url).unwrap(), Target::Postgres(url.to_owned()));
        for wrong in ["mysql://u@h/d", "sqlite:", "sqlite::memory:", "cowry.db"] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
        assert_eq!(without_secret(url), "h:1/d");
        assert_eq!(without_secret("postgres:///d"), "/d");
    }
}
