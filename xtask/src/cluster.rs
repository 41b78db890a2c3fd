//! A temporary PostgreSQL server for the tests: own folder, own port, loopback only, durable settings as shipped,
//! gone at the end. Never touches a server that is already on the machine.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::host::{self, Result};
use crate::install;

/// How many 50 ms looks a start may take: 30 seconds.
const LOOKS: u32 = 600;

/// A running server; dropping it stops it and removes its folder.
pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    user: Option<User>,
    port: u16,
    server: Child,
}

/// Whom the server runs as when we are the superuser.
#[derive(Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Makes a new database folder and starts a server on it; returns when it takes connections.
    pub(crate) fn start() -> Result<Self> {
        let programs = install::postgres_programs()
            .ok_or("initdb, postgres and pg_ctl are not in PATH nor in /usr/lib/postgresql: install PostgreSQL")?;
        let folder = tempfile::Builder::new().prefix("cowry-postgres-").tempdir()?;
        let user = if host::is_superuser() {
            Some(User::unprivileged()?)
        } else {
            None
        };
        if let Some(user) = user {
            std::os::unix::fs::chown(folder.path(), Some(user.uid), Some(user.gid))?;
        }
        let data = folder.path().join("data");
        host::read(
            as_user(&programs.join("initdb"), folder.path(), user)
                .args([
                    "--auth=trust",
                    "--username=postgres",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--pgdata",
                ])
                .arg(&data),
        )?;
        let port = free_port()?;
        let log = std::fs::File::create(folder.path().join("server.log"))?;
        let server = as_user(&programs.join("postgres"), folder.path(), user)
            .arg("-D")
            .arg(&data)
            .args([
                "-c",
                &format!("port={port}"),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "max_connections=300",
            ])
            .args(["-c", &format!("unix_socket_directories={}", folder.path().display())])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut cluster = Self {
            folder,
            programs,
            user,
            port,
            server,
        };
        cluster.wait()?;
        println!(
            "PostgreSQL from {} listens on 127.0.0.1:{port}",
            cluster.programs.display()
        );
        Ok(cluster)
    }

    /// The address for `COWRY_TEST_DATABASE`: a superuser of the server, who may create databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The server writes `ready` on the last line of its pid file when it takes connections.
    fn wait(&mut self) -> Result<()> {
        for _ in 0..LOOKS {
            let state = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            if state.lines().last().is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            if self.server.try_wait()?.is_some() {
                break;
            }
            host::pause();
        }
        let log = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
        Err(format!("PostgreSQL did not start:\n{log}").into())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let asked = as_user(&self.programs.join("pg_ctl"), self.folder.path(), self.user)
            .args(["stop", "--silent", "--mode=fast", "--pgdata"])
            .arg(self.data())
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            eprintln!("PostgreSQL does not stop when asked; it is killed");
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

impl User {
    /// `postgres` where a package made it, else an account of our own.
    fn unprivileged() -> Result<Self> {
        Self::named("postgres").or_else(|_| {
            let own = "cowry-test";
            Self::named(own).or_else(|_| {
                host::run(host::command("useradd").args(["--system", "--shell", "/bin/false", own]))?;
                Self::named(own)
            })
        })
    }

    fn named(name: &str) -> Result<Self> {
        let number = |flag| host::probe(host::command("id").args([flag, name])).ok_or("no such user");
        Ok(Self {
            uid: number("-u")?.parse()?,
            gid: number("-g")?.parse()?,
        })
    }
}

/// Runs the command line `command` against a temporary server.
pub(crate) fn run_with(command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().ok_or("no command given")?;
    let cluster = Cluster::start()?;
    host::run(
        host::command(program)
            .args(arguments)
            .env("COWRY_TEST_DATABASE", cluster.url()),
    )
}

fn as_user(program: &Path, folder: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
