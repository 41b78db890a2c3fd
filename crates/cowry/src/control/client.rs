//! The side that asks: a command of the same user on the same machine.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use engine::world::World;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::folder::ShortPath;
use super::{LINE_BYTES_MAX, Outcome, Request};
use crate::failure::Failure;

/// A server that does not answer within this time is taken to hang.
const DEADLINE: Duration = Duration::from_secs(15);

/// Hands a request to the server of that socket; `None` when none listens there.
pub(crate) async fn ask(socket: &Path, request: &Request) -> Result<Option<Outcome>, Failure> {
    let short = ShortPath::of(socket);
    let connected = match &short {
        Ok(path) => UnixStream::connect(path.as_path()).await,
        Err(error) => Err(error.kind().into()),
    };
    let stream = match connected {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(error) => {
            return Err(Failure::new(format!(
                "the running server cannot be asked ({}: {error}): run this as the same user",
                socket.display()
            )));
        }
    };
    tokio::select! {
        outcome = exchange(stream, request) => outcome.map(Some),
        () = World::system().sleep(DEADLINE) => Err(Failure::new(
            "the running server does not answer; look at its log. Whether the order was carried out is not known: see `cowry keys list`",
        )),
    }
}

async fn exchange(stream: UnixStream, request: &Request) -> Result<Outcome, Failure> {
    let broken =
        |error: std::io::Error| Failure::new(format!("the running server went away while it was asked ({error})"));
    let mut line = serde_json::to_vec(request).map_err(|error| broken(error.into()))?;
    line.push(b'\n');
    let (reader, mut writer) = stream.into_split();
    writer.write_all(&line).await.map_err(broken)?;
    let mut answer = String::new();
    BufReader::new(reader.take(LINE_BYTES_MAX))
        .read_line(&mut answer)
        .await
        .map_err(broken)?;
    serde_json::from_str(&answer).map_err(|error| broken(error.into()))
}
