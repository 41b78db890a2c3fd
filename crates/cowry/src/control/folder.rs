//! Paths of sockets: the system allows about a hundred bytes, data folders may be deeper. Owns the way around.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// The system's limit is 108 bytes on Linux and 104 elsewhere, end mark included.
const PATH_BYTES_MAX: usize = 100;

/// A path of the same socket that is short enough, for as long as this value lives.
pub(super) struct ShortPath {
    path: PathBuf,
    _folder: Option<File>,
}

impl ShortPath {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        if path.as_os_str().len() <= PATH_BYTES_MAX {
            return Ok(Self {
                path: path.to_owned(),
                _folder: None,
            });
        }
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::Error::other("not a path of a file"));
        };
        // Through an open folder a path is short, however deep the folder is (Linux).
        let folder = File::open(folder)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name);
        Ok(Self {
            path,
            _folder: Some(folder),
        })
    }

    pub(super) fn as_path(&self) -> &Path {
        &self.path
    }
}
