//! One process of the program under test: its first line, its log, its end.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// How long a process may take until it is ready: more than a second only where many tests run at once.
const START: Duration = Duration::from_secs(20);

/// A running process. Killed when dropped; its log is told when the test fails.
pub struct Process {
    child: Child,
    log: PathBuf,
    lines: Mutex<Receiver<String>>,
}

impl Process {
    /// Starts it and waits for its first line; `None` when it ended without one.
    pub fn spawn(mut command: Command, log: &Path) -> (Self, Option<String>) {
        let file = File::create(log).unwrap();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let first = lines.recv_timeout(START).ok();
        (
            Self {
                child,
                log: log.to_owned(),
                lines: Mutex::new(lines),
            },
            first,
        )
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// What came on stdout after the first line, so far.
    pub fn more_lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().try_iter().collect()
    }

    /// Sends a signal by its name (`TERM`, `INT`, `STOP`, `CONT`).
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    pub fn kill9(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < limit, "still running after {limit:?}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill9();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            for line in tail.into_iter().rev() {
                eprintln!("log: {line}");
            }
        }
    }
}
