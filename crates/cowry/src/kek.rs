//! The key-encryption key: where it comes from, and how the sandbox's is made. Never prints it, never overwrites one.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use engine::KekOrigin;
use engine::vault::SecretKey;
use engine::world::World;

use crate::command_line::DataArgs;
use crate::config_file::ConfigFile;
use crate::failure::Failure;

const HOW: &str = "It must be 32 bytes in base64, as `openssl rand -base64 32` makes them";

/// Where the key comes from.
#[derive(Clone)]
pub(crate) enum KekSource {
    /// `COWRY_KEK`: the key itself.
    Environment(String),
    /// `--kek-file`.
    File(PathBuf),
    /// The sandbox's own, made when it is missing.
    DataFolder(PathBuf),
}

impl fmt::Debug for KekSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(_) => f.write_str("Environment(…)"),
            Self::File(path) | Self::DataFolder(path) => write!(f, "File({})", path.display()),
        }
    }
}

/// The key, and the file that was made for it by this process, if any.
pub(crate) struct Kek {
    pub(crate) key: SecretKey,
    pub(crate) origin: KekOrigin,
    made: Option<PathBuf>,
}

impl KekSource {
    /// Flag or variable, then file, then the data folder.
    pub(crate) fn resolve(
        environment: Option<String>,
        args: &DataArgs,
        file: &ConfigFile,
        data_dir: &Path,
    ) -> Result<Self, Failure> {
        match (environment, &args.kek_file, &file.kek_file) {
            (Some(_), Some(_), _) => Err(Failure::usage(
                "COWRY_KEK and --kek-file (COWRY_KEK_FILE) are both set: give one of them",
            )),
            (Some(text), None, _) => Ok(Self::Environment(text)),
            (None, Some(path), _) | (None, None, Some(path)) => Ok(Self::File(path.clone())),
            (None, None, None) => Ok(Self::DataFolder(data_dir.join("kek"))),
        }
    }

    /// The file of the key, when there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Environment(_) => None,
            Self::File(path) | Self::DataFolder(path) => Some(path),
        }
    }
}

impl Kek {
    /// Reads the key; makes none.
    pub(crate) fn read(source: &KekSource) -> Result<Self, Failure> {
        let key = match source {
            KekSource::Environment(text) => {
                SecretKey::from_base64(text).ok_or_else(|| Failure::usage(format!("COWRY_KEK is not a key. {HOW}")))?
            }
            KekSource::File(path) | KekSource::DataFolder(path) => read_file(path)?,
        };
        let origin = match source {
            KekSource::Environment(_) | KekSource::File(_) => KekOrigin::Given,
            KekSource::DataFolder(_) => KekOrigin::DataFolder,
        };
        Ok(Self {
            key,
            origin,
            made: None,
        })
    }

    /// Reads the key, or makes the sandbox's when nobody named one and there is none.
    pub(crate) fn read_or_make(source: &KekSource, world: &World) -> Result<Self, Failure> {
        let KekSource::DataFolder(path) = source else {
            return Self::read(source);
        };
        if path.exists() {
            return Self::read(source);
        }
        let mut bytes = [0; 32];
        world.fill(&mut bytes);
        let key = SecretKey::new(bytes);
        match write_file(path, &key) {
            Ok(()) => Ok(Self {
                key,
                origin: KekOrigin::DataFolder,
                made: Some(path.clone()),
            }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::read(source),
            Err(error) => Err(Failure::new(format!("key file {}: {error}", path.display()))),
        }
    }

    /// What to say when the key does not open the database. A key that was made just now is removed again: it would
    /// only hide that the right one is missing.
    pub(crate) fn refused(&self) -> Failure {
        match &self.made {
            Some(path) => {
                let _ = fs::remove_file(path);
                Failure::new(format!(
                    "this database was sealed with a key-encryption key that is not here: put its key file back at {}, or \
                     name it with --kek-file",
                    path.display()
                ))
            }
            None => Failure::new(
                "the key-encryption key does not open this database: give the one that it was made with (--kek-file or \
                 COWRY_KEK). Nothing was changed",
            ),
        }
    }
}

fn read_file(path: &Path) -> Result<SecretKey, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::new(format!(
            "the key file {} cannot be read ({error}): name the right one with --kek-file",
            path.display()
        ))
    })?;
    SecretKey::from_base64(&text).ok_or_else(|| Failure::new(format!("{} holds no key. {HOW}", path.display())))
}

/// Whole or not at all, and on the disk before anything is sealed with it.
fn write_file(path: &Path, key: &SecretKey) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let written = write_draft(&draft, key).and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    written?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn write_draft(draft: &Path, key: &SecretKey) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(key.to_base64().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_only_and_read_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kek");
        let source = KekSource::DataFolder(path.clone());
        assert!(Kek::read(&source).is_err());
        let world = World::system();
        let made = Kek::read_or_make(&source, &world).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            Kek::read_or_make(&source, &world).unwrap().key.expose(),
            made.key.expose()
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        made.refused();
        assert!(!path.exists());
        fs::write(&path, "not a key").unwrap();
        assert!(Kek::read_or_make(&source, &world).is_err());
    }
}
