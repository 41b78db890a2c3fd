//! A reader of server-sent events that sees every byte: chunks, comments, and how a stream ends.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{App, Reply};

const PATIENCE: Duration = Duration::from_secs(40);

/// An open stream.
pub(crate) struct Reader {
    stream: TcpStream,
    /// Bytes of chunks that are not whole yet.
    chunked: Vec<u8>,
    /// Lines that are not a whole message yet.
    text: String,
    is_over: bool,
}

/// One event as it came.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) data: Value,
}

impl Reader {
    /// Opens a stream with a key; anything but a stream is handed back.
    pub(crate) async fn open(app: &App, path: &str, key: &str, headers: &[(&str, &str)]) -> Result<Self, Reply> {
        let mut stream = app.connect().await;
        let mut request =
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
        let mut reader = Self {
            stream,
            chunked: Vec::new(),
            text: String::new(),
            is_over: false,
        };
        let end = loop {
            let found = reader.chunked.windows(4).position(|four| four == b"\r\n\r\n");
            match found {
                Some(end) => break end + 4,
                None => assert!(reader.receive().await, "the connection ended in the head"),
            }
        };
        let reply = Reply::read(&reader.chunked);
        if reply.status != 200 {
            while reader.receive().await {}
            return Err(Reply::read(&reader.chunked));
        }
        assert_eq!(reply.header("content-type"), Some("text/event-stream"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
        reader.chunked.drain(..end);
        Ok(reader)
    }

    /// The next event; `None` when the stream has ended as it should.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(message) = message(&block) {
                    return Some(message);
                }
            }
            if self.is_over {
                assert_eq!(self.text, "", "the stream ended within a message");
                return None;
            }
            if !self.unchunk() {
                assert!(self.receive().await, "the connection broke");
            }
        }
    }

    /// Takes one whole chunk; false when there is none yet.
    fn unchunk(&mut self) -> bool {
        let Some(line_end) = self.chunked.windows(2).position(|two| two == b"\r\n") else {
            return false;
        };
        let size = std::str::from_utf8(&self.chunked[..line_end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let end = line_end + 2 + size;
        if self.chunked.len() < end + 2 {
            return false;
        }
        self.text
            .push_str(std::str::from_utf8(&self.chunked[line_end + 2..end]).unwrap());
        self.chunked.drain(..end + 2);
        self.is_over = size == 0;
        true
    }

    /// More bytes; false at the end of the connection.
    async fn receive(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut bytes)).await;
        let count = read.expect("something comes, or the end").unwrap_or(0);
        self.chunked.extend_from_slice(&bytes[..count]);
        count > 0
    }
}

fn message(block: &str) -> Option<Message> {
    let line = |name: &str| {
        let mut found = block.lines().filter_map(|line| line.strip_prefix(name));
        let value = found.next().map(str::to_owned);
        assert_eq!(found.next(), None, "one line of each: {block}");
        value
    };
    let id = line("id: ")?;
    let data: Value = serde_json::from_str(&line("data: ").unwrap()).unwrap();
    let event = line("event: ").unwrap();
    assert_eq!(
        (&data["id"], &data["event"]),
        (&Value::from(id.as_str()), &Value::from(event.as_str()))
    );
    Some(Message { id, event, data })
}
