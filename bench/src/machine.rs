//! The machine that the figures are of. Owns what is told about it; never what it means.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::thread;

use serde::Serialize;

use crate::Result;
use crate::clock::{self, micros};

/// How often a commit is tried.
const SYNCS: usize = 200;

/// A machine, and the disk under one folder.
#[derive(Serialize)]
pub(crate) struct Machine {
    cores: usize,
    cpu: String,
    kernel: String,
    folder: String,
    sync_us: u64,
    build: &'static str,
}

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Machine {
    /// Looks at this machine and at the disk under `folder`.
    pub(crate) fn look(folder: &Path) -> Result<Self> {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name"));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Ok(Self {
            cores: cores(),
            cpu: model
                .unwrap_or("unknown")
                .trim_start_matches([' ', '\t', ':'])
                .to_owned(),
            kernel: kernel.trim().to_owned(),
            folder: folder.display().to_string(),
            sync_us: sync_us(folder)?,
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
        })
    }

    /// One paragraph for people.
    pub(crate) fn describe(&self) -> String {
        let Self {
            cores,
            cpu,
            kernel,
            folder,
            sync_us,
            build,
        } = self;
        format!(
            "{cores} cores of {cpu}, Linux {kernel}, {build} build; databases in {folder}, where 4 KiB are on the disk after \
             {sync_us} µs (median).\nLoad, server, database and simulator share these cores. Ratios within one run matter, \
             absolute figures do not."
        )
    }
}

/// How long the disk takes to keep 4 KiB for good: the median.
fn sync_us(folder: &Path) -> Result<u64> {
    let path = folder.join("bench-sync");
    let mut file = File::create(&path)?;
    let mut times_us = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let began = clock::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times_us.push(micros(began.elapsed()));
    }
    fs::remove_file(&path)?;
    times_us.sort_unstable();
    Ok(times_us.get(SYNCS / 2).copied().unwrap_or_default())
}
