//! What a process has used so far, as the kernel tells it. Owns the reading of `/proc`; Linux only.

use std::fs;

use crate::Result;

/// Of `/proc/PID/stat`, after the name in brackets: user time, then system time.
const USER_TIME: usize = 11;
/// How often per second the kernel counts for `/proc/PID/stat`: `USER_HZ`, the same on every common architecture.
const TICKS_PER_SECOND: u64 = 100;

/// A process that is measured.
#[derive(Clone, Copy)]
pub(crate) struct Meter {
    pid: u32,
}

impl Meter {
    /// The process with that number.
    pub(crate) fn of(pid: u32) -> Self {
        Self { pid }
    }

    /// This process.
    pub(crate) fn own() -> Self {
        Self::of(std::process::id())
    }

    /// CPU time of all its threads since its start, in microseconds. The kernel counts in ticks of 10 ms.
    pub(crate) fn cpu_us(self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let (_, fields) = text.rsplit_once(") ").ok_or("/proc/PID/stat is not as expected")?;
        let mut times = fields.split_ascii_whitespace().skip(USER_TIME);
        let mut ticks = 0;
        for _ in 0..2 {
            ticks += times.next().ok_or("/proc/PID/stat ends early")?.parse::<u64>()?;
        }
        Ok(ticks * (1_000_000 / TICKS_PER_SECOND))
    }

    /// Its resident memory.
    pub(crate) fn resident_bytes(self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: u64 = kib.ok_or("/proc/PID/status is not as expected")?.trim().parse()?;
        Ok(kib * 1_024)
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;

    #[test]
    fn our_own_work_shows() {
        let meter = Meter::own();
        let before = meter.cpu_us().unwrap();
        let mut value = 1_u64;
        while meter.cpu_us().unwrap() == before {
            value = std::hint::black_box(value.wrapping_mul(3));
        }
        assert!(meter.resident_bytes().unwrap() > 100_000);
    }
}
