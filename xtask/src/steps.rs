//! A run of named steps: announces each, goes on after a failure, and ends with a table. Knows no step by name.

use std::time::Instant;

use crate::host::{Result, now};

/// How a step ended when it did not fail.
pub(crate) enum Verdict {
    /// It did what it is for.
    Passed,
    /// It could not be done here; the text says why.
    Skipped(String),
}

/// The steps of one run, in order.
pub(crate) struct Steps {
    started: Instant,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    result: String,
    failed: bool,
    took_s: u64,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self {
            started: now(),
            rows: Vec::new(),
        }
    }

    /// Runs one step. A failure is kept for the table and does not stop the steps after it.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<Verdict>) {
        println!("\n==> {name} (after {})", clock(self.started.elapsed().as_secs()));
        let began = now();
        let (result, failed) = match work() {
            Ok(Verdict::Passed) => ("ok".to_owned(), false),
            Ok(Verdict::Skipped(why)) => (format!("SKIPPED: {why}"), false),
            Err(reason) => (format!("FAILED: {reason}"), true),
        };
        let took_s = began.elapsed().as_secs();
        println!("<== {name}: {result} ({})", clock(took_s));
        self.rows.push(Row {
            name,
            result,
            failed,
            took_s,
        });
    }

    /// Prints the table; an error when any step failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!("\n{:<28} {:>7}  result", "step", "time");
        for row in &self.rows {
            println!("{:<28} {:>7}  {}", row.name, clock(row.took_s), row.result);
        }
        println!("{:<28} {:>7}", "total", clock(self.started.elapsed().as_secs()));
        let failed = self.rows.iter().filter(|row| row.failed).count();
        if failed == 0 {
            Ok(())
        } else {
            Err(format!("{failed} of {} steps failed", self.rows.len()).into())
        }
    }
}

fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::{Steps, Verdict};

    #[test]
    fn a_failed_step_does_not_stop_the_next_and_fails_the_run() {
        let mut steps = Steps::new();
        let mut ran = false;
        steps.step("first", || Err("no".into()));
        steps.step("second", || {
            ran = true;
            Ok(Verdict::Skipped("not here".into()))
        });
        assert!(ran);
        assert_eq!(steps.finish().unwrap_err().to_string(), "1 of 2 steps failed");
    }
}
