//! The ledger's memory on disk: one JSON line per change, appended before the change is answered.
//!
//! Owns the file and its lock. Survives the death of the process at any moment (not the loss of power: nothing is
//! synced). Never interprets what it keeps.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why the memory of a simulator could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The folder or the file cannot be made, read or written.
    #[error("simulator ledger: {0}")]
    Io(#[from] io::Error),
    /// Another process keeps its ledger here.
    #[error("simulator ledger: another simulator is using this folder")]
    Locked,
    /// A line that is not the last one cannot be read.
    #[error("simulator ledger: line {line} cannot be read: {reason}")]
    Corrupt {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The open log. Exactly one process holds it at a time.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    good_bytes: u64,
    path: PathBuf,
    /// Held for as long as this process keeps its ledger here.
    _lock: File,
}

impl Log {
    /// Opens `<dir>/ledger.jsonl` (folder 0700, file 0600: it holds callback keys) and hands every entry to `replay`.
    /// A torn last line is cut off.
    pub(crate) fn open<E: DeserializeOwned>(dir: &Path, mut replay: impl FnMut(E)) -> Result<Log, LogError> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let lock = private_file(&dir.join("ledger.lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => LogError::Locked,
            TryLockError::Error(error) => LogError::Io(error),
        })?;
        let path = dir.join("ledger.jsonl");
        let file = private_file(&path)?;
        let good_bytes = replay_lines(&file, &mut replay)?;
        file.set_len(good_bytes)?;
        Ok(Log {
            file,
            good_bytes,
            path,
            _lock: lock,
        })
    }

    /// Puts these entries in the place of all there are. On failure the log is as it was before.
    pub(crate) fn replace<E: Serialize>(&mut self, entries: impl Iterator<Item = E>) -> io::Result<()> {
        let fresh = self.path.with_extension("jsonl.new");
        let file = private_file(&fresh)?;
        file.set_len(0)?;
        let mut lines = BufWriter::new(&file);
        for entry in entries {
            serde_json::to_writer(&mut lines, &entry)?;
            lines.write_all(b"\n")?;
        }
        lines.flush()?;
        drop(lines);
        self.good_bytes = file.metadata()?.len();
        std::fs::rename(&fresh, &self.path)?;
        self.file = file;
        Ok(())
    }

    /// Appends the entries with one write. On failure the file is as it was before.
    pub(crate) fn append<E: Serialize>(&mut self, entries: &[E]) -> io::Result<()> {
        let mut lines = Vec::with_capacity(512);
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        if let Err(error) = self.file.write_all(&lines) {
            self.file.set_len(self.good_bytes)?;
            return Err(error);
        }
        self.good_bytes = self.good_bytes.saturating_add(lines.len() as u64);
        Ok(())
    }
}

/// A file that is added to, for its owner only.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600).open(path)
}

/// The length of the readable part.
fn replay_lines<E: DeserializeOwned>(file: &File, replay: &mut impl FnMut(E)) -> Result<u64, LogError> {
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let (mut good_bytes, mut count, mut line) = (0_u64, 0_usize, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok(good_bytes);
        }
        count = count.saturating_add(1);
        match serde_json::from_slice(&line) {
            Ok(entry) => replay(entry),
            Err(error) => {
                return Err(LogError::Corrupt {
                    line: count,
                    reason: error.to_string(),
                });
            }
        }
        good_bytes = good_bytes.saturating_add(read as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reopen(dir: &Path) -> Result<(Log, Vec<String>), LogError> {
        let mut entries = Vec::new();
        Log::open(dir, |entry| entries.push(entry)).map(|log| (log, entries))
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_what_follows_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (mut log, _) = reopen(dir.path()).unwrap();
        log.append(&["one", "two"]).unwrap();
        log.file.write_all(b"\"thr").unwrap();
        drop(log);
        let (mut log, entries) = reopen(dir.path()).unwrap();
        assert_eq!(entries, ["one", "two"]);
        log.append(&["four"]).unwrap();
        drop(log);
        assert_eq!(reopen(dir.path()).unwrap().1, ["one", "two", "four"]);
    }

    #[test]
    fn what_is_replaced_is_gone_and_the_log_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let (mut log, _) = reopen(dir.path()).unwrap();
        log.append(&["one", "two"]).unwrap();
        log.replace(["two"].into_iter()).unwrap();
        assert!(matches!(reopen(dir.path()), Err(LogError::Locked)));
        log.append(&["three"]).unwrap();
        drop(log);
        assert_eq!(reopen(dir.path()).unwrap().1, ["two", "three"]);
    }

    #[test]
    fn a_second_holder_and_a_broken_middle_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (mut log, _) = reopen(dir.path()).unwrap();
        assert!(matches!(reopen(dir.path()), Err(LogError::Locked)));
        log.file.write_all(b"{nonsense\n\"one\"\n").unwrap();
        drop(log);
        assert!(matches!(reopen(dir.path()), Err(LogError::Corrupt { line: 1, .. })));
    }
}
