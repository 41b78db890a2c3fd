//! The machine: its clock, the key file, the data folder and the disk under it. Reads only.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use engine::store::Target;
use engine::world::World;

use super::Finding;
use crate::kek::{Kek, KekSource};
use crate::output;
use crate::place::Place;

/// 2025-01-01: no machine that takes payments is older.
const SANE_SINCE_MS: i64 = 1_735_689_600_000;
/// Below this much disk, somebody should look.
const DISK_LOW_BYTES: u64 = 1 << 30;
/// Below this much disk, payments will soon be refused.
const DISK_OUT_BYTES: u64 = 100 << 20;

/// Examines the machine.
pub(super) fn examine(place: &Place, world: &World) -> Vec<Finding> {
    let mut findings = vec![clock(world), kek(&place.kek), folder(&place.data_dir)];
    findings.extend(disk(place));
    findings
}

fn clock(world: &World) -> Finding {
    let found = output::moment(world.now_ms());
    match world.now_ms() >= SANE_SINCE_MS {
        true => Finding::ok("clock", found),
        false => Finding::wrong(
            "clock",
            found,
            "the machine's clock is wrong: set it, and keep it set by NTP",
        ),
    }
}

fn kek(source: &KekSource) -> Finding {
    let check = "key-encryption key";
    if let Err(failure) = Kek::read(source) {
        return Finding::wrong(check, "not to be had", failure.to_string());
    }
    let Some(path) = source.path() else {
        return Finding::ok(check, "in COWRY_KEK");
    };
    match others_may(path) {
        Some(mode) => Finding::warning(
            check,
            format!("{}, mode {mode:o}", path.display()),
            "others of this machine can read it: chmod 600",
        ),
        None => Finding::ok(check, path.display().to_string()),
    }
}

fn folder(data_dir: &Path) -> Finding {
    let found = data_dir.display().to_string();
    if !data_dir.is_dir() {
        return Finding::warning("data folder", format!("{found} is not there"), "`cowry serve` makes it");
    }
    match others_may(data_dir) {
        Some(mode) => Finding::warning(
            "data folder",
            format!("{found}, mode {mode:o}"),
            "others can look in: chmod 700",
        ),
        None => Finding::ok("data folder", found),
    }
}

/// The mode, when it lets others in.
fn others_may(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

/// The disk under the database; PostgreSQL's is not ours to see.
fn disk(place: &Place) -> Option<Finding> {
    let path = match &place.target {
        Target::Sqlite(path) => path.parent().filter(|folder| !folder.as_os_str().is_empty()),
        Target::Postgres(_) | Target::SqliteMemory => Some(place.data_dir.as_path()),
    };
    let space = rustix::fs::statvfs(path.unwrap_or(Path::new("."))).ok()?;
    let free_bytes = space.f_bavail.saturating_mul(space.f_frsize);
    let found = format!("{} MiB free", free_bytes >> 20);
    Some(match free_bytes {
        0..DISK_OUT_BYTES => Finding::wrong("disk", found, "make room: a full disk refuses new payments"),
        DISK_OUT_BYTES..DISK_LOW_BYTES => Finding::warning("disk", found, "make room before it fills up"),
        _ => Finding::ok("disk", found),
    })
}
