//! The side that answers: a socket in the data folder, for its owner only. A stale one is replaced, ours is removed at
//! the stop.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::CancellationToken;
use engine::world::World;
use server::Router;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::folder::ShortPath;
use super::{GREETING, LINE_BYTES_MAX, OTHER_DATABASE, WELCOME};
use crate::failure::Failure;
use crate::place::Place;

/// A connection that says nothing is closed after this time.
const SILENCE: Duration = Duration::from_secs(5);
/// After the system refused a connection, this long without another try.
const BREATHE: Duration = Duration::from_millis(200);

/// Who answers, and about which database.
#[derive(Clone)]
struct Desk {
    router: Router,
    database: PathBuf,
    stop: CancellationToken,
}

/// Whether this server was meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Greeted {
    Meant,
    NotMeant,
}

/// The open socket. Its file is removed when this is dropped.
pub(crate) struct Control {
    path: PathBuf,
    serving: JoinHandle<()>,
}

impl Control {
    /// Lets the router answer at the place's socket until `stop`; `None` where orders do not come through one.
    pub(crate) fn start(place: &Place, router: Router, stop: CancellationToken) -> Result<Option<Self>, Failure> {
        let Some((path, database)) = place.control_socket() else {
            return Ok(None);
        };
        let listener = listen(&path).map_err(|error| {
            Failure::new(format!(
                "the control socket {} cannot be made ({error})",
                path.display()
            ))
        })?;
        let desk = Desk { router, database, stop };
        let serving = tokio::spawn(serve(listener, desk));
        Ok(Some(Self { path, serving }))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.serving.abort();
        let _ = fs::remove_file(&self.path);
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    let short = ShortPath::of(path)?;
    // The caller owns the database's lock, so a server that still answers here uses another database.
    if std::os::unix::net::UnixStream::connect(short.as_path()).is_ok() {
        return Err(io::Error::new(
            ErrorKind::AddrInUse,
            "another server uses this data folder",
        ));
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(short.as_path())?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn serve(listener: UnixListener, desk: Desk) {
    loop {
        tokio::select! {
            () = desk.stop.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(converse(stream, desk.clone()))),
                Err(error) => {
                    tracing::warn!(event = "control_failed", %error);
                    World::system().sleep(BREATHE).await;
                }
            },
        }
    }
}

async fn converse(stream: UnixStream, desk: Desk) {
    if !is_ours(&stream) {
        tracing::warn!(event = "control_refused", "another user knocked at the control socket");
        return;
    }
    if let Err(error) = answer(stream, &desk).await {
        tracing::warn!(event = "control_failed", %error);
    }
}

/// The folder and the socket's mode keep others out; this is the second wall.
fn is_ours(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn answer(mut stream: UnixStream, desk: &Desk) -> io::Result<()> {
    let greeted = tokio::select! {
        greeted = greet(&mut stream, desk) => greeted?,
        () = World::system().sleep(SILENCE) => return Ok(()),
    };
    if greeted == Greeted::Meant {
        server::converse_until(stream, desk.router.clone(), desk.stop.cancelled()).await;
    }
    Ok(())
}

async fn greet(stream: &mut UnixStream, desk: &Desk) -> io::Result<Greeted> {
    let mut line = String::new();
    // Whoever knocks says nothing more until we answered: nothing is lost in the buffer.
    BufReader::new(stream.take(LINE_BYTES_MAX)).read_line(&mut line).await?;
    if line.is_empty() {
        return Ok(Greeted::NotMeant); // somebody looked whether we are there
    }
    let own = desk.database.display().to_string();
    let (answer, greeted) = match line.trim_end().strip_prefix(GREETING) {
        Some(meant) if meant == own => (WELCOME.to_owned(), Greeted::Meant),
        Some(_) => (format!("{OTHER_DATABASE}{own}"), Greeted::NotMeant),
        None => ("what?".to_owned(), Greeted::NotMeant),
    };
    stream.write_all(format!("{answer}\n").as_bytes()).await?;
    Ok(greeted)
}
