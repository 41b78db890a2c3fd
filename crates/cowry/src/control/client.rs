//! The side that asks: a command of the same user on the same machine.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use engine::world::World;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::folder::ShortPath;
use super::{GREETING, LINE_BYTES_MAX, OTHER_DATABASE, WELCOME};
use crate::failure::Failure;

/// A server that does not open within this time is taken to hang.
const DEADLINE: Duration = Duration::from_secs(10);

/// What came of knocking.
pub(crate) enum Knock {
    /// The server of that database listens: it speaks the admin API now.
    Open(UnixStream),
    /// No server runs.
    NobodyThere,
}

/// Asks the server of that socket to speak about that database.
pub(crate) async fn knock(socket: &Path, database: &Path) -> Result<Knock, Failure> {
    let short = ShortPath::of(socket);
    let connected = match &short {
        Ok(path) => UnixStream::connect(path.as_path()).await,
        Err(error) => Err(error.kind().into()),
    };
    let stream = match connected {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            return Ok(Knock::NobodyThere);
        }
        Err(error) => {
            return Err(Failure::new(format!(
                "the running server cannot be asked ({}: {error}): run this as the same user",
                socket.display()
            )));
        }
    };
    let greeted = tokio::select! {
        greeted = greet(stream, database) => greeted,
        () = World::system().sleep(DEADLINE) => Err(ErrorKind::TimedOut.into()),
    };
    let (stream, answer) = greeted
        .map_err(|error| Failure::new(format!("the running server cannot be asked ({error}): look at its log")))?;
    match answer.strip_prefix(OTHER_DATABASE) {
        Some(other) => Err(Failure::new(format!(
            "the server of this data folder uses the database {other}: give the --data-dir and --database-url of the one \
             you mean"
        ))),
        None if answer == WELCOME => Ok(Knock::Open(stream)),
        None => Err(Failure::new(
            "the running server does not understand this program: are both of the same version?",
        )),
    }
}

async fn greet(stream: UnixStream, database: &Path) -> io::Result<(UnixStream, String)> {
    let mut stream = stream;
    let line = format!("{GREETING}{}\n", database.display());
    stream.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    // The server says nothing more until it is asked: nothing is lost in the buffer.
    BufReader::new((&mut stream).take(LINE_BYTES_MAX))
        .read_line(&mut answer)
        .await?;
    Ok((stream, answer.trim_end().to_owned()))
}
