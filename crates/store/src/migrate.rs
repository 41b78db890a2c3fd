//! The list of migrations and what they mean for a program: forward only, one text for both engines. Never undoes.

use std::iter;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use world::World;

use crate::{
    error::{OpenError, StoreError},
    options::{Options, Target},
};

/// One step of the schema.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    /// The lowest version that a program must know to work with the schema after this step.
    pub(crate) min_binary: i64,
    pub(crate) text: &'static str,
}

/// Every step there is, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "tenants",
        min_binary: 1,
        text: include_str!("../migrations/0001_tenants.sql"),
    },
    Migration {
        version: 2,
        name: "payments",
        min_binary: 1,
        text: include_str!("../migrations/0002_payments.sql"),
    },
    Migration {
        version: 3,
        name: "records",
        min_binary: 1,
        text: include_str!("../migrations/0003_records.sql"),
    },
    Migration {
        version: 4,
        name: "second_wall",
        min_binary: 1,
        text: include_str!("../migrations/0004_second_wall.sql"),
    },
    Migration {
        version: 5,
        name: "routing",
        min_binary: 1,
        text: include_str!("../migrations/0005_routing.sql"),
    },
    Migration {
        version: 6,
        name: "webhooks",
        min_binary: 1,
        text: include_str!("../migrations/0006_webhooks.sql"),
    },
    Migration {
        version: 7,
        name: "checkouts",
        min_binary: 1,
        text: include_str!("../migrations/0007_checkouts.sql"),
    },
    Migration {
        version: 8,
        name: "mails",
        min_binary: 1,
        text: include_str!("../migrations/0008_mails.sql"),
    },
    Migration {
        version: 9,
        name: "links",
        min_binary: 1,
        text: include_str!("../migrations/0009_links.sql"),
    },
];

pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (\
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL, min_binary BIGINT NOT NULL, \
    sha256 TEXT NOT NULL)";
pub(crate) const APPLIED: &str = "SELECT version, min_binary, sha256 FROM schema_version ORDER BY version";
/// The same of a database that was made before the texts were remembered.
pub(crate) const APPLIED_UNSIGNED: &str = "SELECT version, min_binary, '' FROM schema_version ORDER BY version";
pub(crate) const RECORD: &str =
    "INSERT INTO schema_version (version, name, applied_at, min_binary, sha256) VALUES (?1, ?2, ?3, ?4, ?5)";

impl Migration {
    /// SHA-256 of its text, in lower-case hexadecimal: what tells builds apart that know different steps of one number.
    pub(crate) fn sha256(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.text))
    }
}

/// A step that is in the schema.
pub(crate) struct Applied {
    pub(crate) version: i64,
    pub(crate) min_binary: i64,
    pub(crate) sha256: String,
}

/// The engines, where one text is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Where a schema stands, seen from this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationState {
    /// Version of the schema in the database; 0 when it is empty.
    pub schema: i64,
    /// The lowest version a program must know to use it.
    pub min_binary: i64,
    /// The highest version this program knows.
    pub knows: i64,
    /// The first step in the database whose text is not the one that this program knows.
    pub foreign: Option<i64>,
}

impl MigrationState {
    pub(crate) fn of(applied: &[Applied], list: &[Migration]) -> Self {
        let is_foreign = |step: &&Applied| {
            let known = list.iter().find(|migration| migration.version == step.version);
            known.is_some_and(|migration| migration.sha256() != step.sha256)
        };
        Self {
            schema: applied.iter().map(|step| step.version).max().unwrap_or(0),
            min_binary: applied.iter().map(|step| step.min_binary).max().unwrap_or(0),
            knows: list.last().map_or(0, |last| last.version),
            foreign: applied.iter().find(is_foreign).map(|step| step.version),
        }
    }

    pub(crate) fn must_be_known(&self) -> Result<(), OpenError> {
        if self.min_binary > self.knows {
            return Err(OpenError::TooNew {
                schema: self.schema,
                needs: self.min_binary,
                knows: self.knows,
            });
        }
        match self.foreign {
            Some(version) => Err(OpenError::Foreign { version }),
            None => Ok(()),
        }
    }

    pub(crate) fn must_be_current(&self) -> Result<(), OpenError> {
        self.must_be_known()?;
        if self.schema < self.knows {
            return Err(OpenError::Behind {
                schema: self.schema,
                needs: self.knows,
            });
        }
        Ok(())
    }
}

/// Runs the waiting migrations of a database that nothing else has open (SQLite) or under an advisory lock
/// (PostgreSQL). Returns where the schema stands then. Blocks.
///
/// # Errors
/// [`OpenError`]; each migration is a transaction, so those before the failing one stay.
pub fn migrate(options: &Options, world: &World) -> Result<MigrationState, OpenError> {
    match &options.target {
        Target::Sqlite(path) => crate::sqlite::migrate_file(path, world),
        Target::Postgres(url) => crate::postgres::migrate_server(url, world),
        Target::SqliteMemory => Err(OpenError::Unsupported(
            "a database in memory is migrated by its template",
        )),
    }
}

/// The steps that are not in the schema yet, in order.
pub(crate) fn waiting<'l>(state: &MigrationState, list: &'l [Migration]) -> impl Iterator<Item = &'l Migration> {
    let schema = state.schema;
    list.iter().filter(move |migration| migration.version > schema)
}

/// The text for one engine: without the blocks `-- only: <other engine>` … `-- end`.
pub(crate) fn for_dialect(text: &str, dialect: Dialect) -> Result<String, StoreError> {
    let mut kept = String::with_capacity(text.len());
    let mut block = None;
    for line in text.lines() {
        let mark = line.trim();
        block = match (mark, block) {
            ("-- only: sqlite", None) => Some(Dialect::Sqlite),
            ("-- only: postgres", None) => Some(Dialect::Postgres),
            ("-- end", Some(_)) => None,
            ("-- end", None) => return Err(StoreError::Other("migration: `-- end` without a block".to_owned())),
            _ if mark.starts_with("-- only:") => {
                return Err(StoreError::Other(format!(
                    "migration: `{mark}` is misspelt or inside a block"
                )));
            }
            _ => block,
        };
        if block.is_none_or(|only| only == dialect) {
            kept.extend(iter::once(line).chain(iter::once("\n")));
        }
    }
    match block {
        None => Ok(kept),
        Some(_) => Err(StoreError::Other("migration: a block has no `-- end`".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn each_engine_gets_its_own_blocks() {
        let text = "a\n-- only: sqlite\nb\n-- end\n  -- only: postgres\nc\n-- end\nd";
        let kept = |dialect| {
            let text = for_dialect(text, dialect).unwrap();
            text.lines().filter(|line| !line.contains("--")).collect::<String>()
        };
        assert_eq!(kept(Dialect::Sqlite), "abd");
        assert_eq!(kept(Dialect::Postgres), "acd");
        for wrong in [
            "-- only: oracle\n-- end",
            "-- only: sqlite\n",
            "-- end",
            "-- only: sqlite\n-- only: sqlite\n",
        ] {
            assert!(for_dialect(wrong, Dialect::Sqlite).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_database_of_another_build_is_refused_and_left_as_it_is() {
        let world = World::system();
        let step = |version, text| Migration {
            version,
            name: "step",
            min_binary: 1,
            text,
        };
        let made = [step(1, "CREATE TABLE t (a BIGINT NOT NULL)")];
        let edited = [
            step(1, "CREATE TABLE t (a BIGINT NOT NULL, b BIGINT)"),
            step(2, "DROP TABLE t"),
        ];
        let refused = |connection: &mut rusqlite::Connection| {
            let error = crate::sqlite::migrate(connection, &world, &edited).unwrap_err();
            assert!(matches!(error, OpenError::Foreign { version: 1 }), "{error}");
            let rows = connection.query_row("SELECT COUNT(*) FROM t", [], |row| row.get::<_, i64>(0));
            assert_eq!(rows, Ok(0), "nothing was changed");
        };
        let folder = tempfile::tempdir().unwrap();
        let mut connection = crate::sqlite::connect(&folder.path().join("cowry.db")).unwrap();
        for _ in 0..2 {
            crate::sqlite::migrate(&mut connection, &world, &made).unwrap();
        }
        refused(&mut connection);
        // A build that remembered no texts.
        connection
            .execute_batch("ALTER TABLE schema_version DROP COLUMN sha256")
            .unwrap();
        refused(&mut connection);
    }

    #[test]
    fn a_waiting_migration_is_preceded_by_a_backup_and_happens_once() {
        let world = World::system();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cowry.db");
        let step = |version, text| Migration {
            version,
            name: "step",
            min_binary: 1,
            text,
        };
        let first = [step(1, "CREATE TABLE t (a BIGINT NOT NULL)")];
        let both = [step(1, "CREATE TABLE t (a BIGINT NOT NULL)"), step(2, "DROP TABLE t")];
        let mut connection = crate::sqlite::connect(&path).unwrap();
        assert_eq!(
            crate::sqlite::migrate(&mut connection, &world, &first).unwrap().schema,
            1
        );
        connection.execute_batch("INSERT INTO t VALUES (7)").unwrap();
        for _ in 0..2 {
            crate::sqlite::back_up(&connection, &path, &both).unwrap();
            assert_eq!(
                crate::sqlite::migrate(&mut connection, &world, &both).unwrap().schema,
                2
            );
        }
        let copy = folder.path().join("cowry.db.backup-v1");
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o077, 0);
        let backup = rusqlite::Connection::open(copy).unwrap();
        assert_eq!(
            backup
                .query_row("SELECT a FROM t", [], |row| row.get::<_, i64>(0))
                .unwrap(),
            7
        );
        let names = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let copies: Vec<_> = names.filter(|name| name.to_string_lossy().contains("backup")).collect();
        assert_eq!(copies.len(), 1, "{copies:?}");
    }
}
