//! A mail server on this machine: keeps every mail that it takes, and answers as a test wants. Speaks as much SMTP as one needs
//! to be handed a mail.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(40);

/// How it treats who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes every mail.
    Take,
    /// Says nothing, not even hello.
    Hang,
    /// Answers whoever comes like this, before anything is said.
    Greet(&'static str),
    /// Answers the sender's address like this.
    AnswerSender(&'static str),
    /// Answers the recipient's address like this.
    AnswerRecipient(&'static str),
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The address that it was for, as the conversation named it.
    pub(crate) to: String,
    /// Its headers and body.
    pub(crate) data: String,
}

pub(crate) struct PostOffice {
    pub(crate) port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    /// Everything that was said to it.
    said: Arc<Mutex<Vec<String>>>,
    manner: Arc<Mutex<Manner>>,
    visits: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl PostOffice {
    pub(crate) async fn open(manner: Manner) -> Self {
        Self::open_at(0, manner).await
    }

    /// At a port that nobody has.
    pub(crate) async fn open_at(port: u16, manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mails, said) = (Arc::<Mutex<Vec<Mail>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let manner = Arc::new(Mutex::new(manner));
        let (kept, heard, wanted) = (Arc::clone(&mails), Arc::clone(&said), Arc::clone(&manner));
        let visits = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&visits);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (kept, heard, manner) = (Arc::clone(&kept), Arc::clone(&heard), *wanted.lock().unwrap());
                tokio::spawn(async move {
                    let _ = converse(stream, manner, (&kept, &heard)).await;
                });
            }
        });
        Self {
            port,
            mails,
            said,
            manner,
            visits,
            serving,
        }
    }

    pub(crate) fn turn_to(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// What has come so far.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// How often somebody came.
    pub(crate) fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }

    /// Waits for so many mails in all.
    pub(crate) async fn until(&self, wanted: usize) -> Vec<Mail> {
        let begun = Instant::now();
        loop {
            let came = self.mails();
            if came.len() >= wanted {
                return came;
            }
            assert!(begun.elapsed() < PATIENCE, "{} of {wanted} mails", came.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Closes, so that connections are refused. Returns its port.
    pub(crate) async fn close(self) -> u16 {
        self.serving.abort();
        let _ = self.serving.await;
        self.port
    }
}

async fn converse(
    stream: TcpStream,
    manner: Manner,
    (mails, said): (&Mutex<Vec<Mail>>, &Mutex<Vec<String>>),
) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    if manner == Manner::Hang {
        while lines.next_line().await?.is_some() {}
        return Ok(());
    }
    let greeting = match manner {
        Manner::Greet(greeting) => greeting,
        _ => "220 office.test",
    };
    writing.write_all(format!("{greeting}\r\n").as_bytes()).await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        said.lock().unwrap().push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-office.test\r\n250 8BITMIME",
            "MAIL" => match manner {
                Manner::AnswerSender(answer) => answer,
                _ => "250 ok",
            },
            "RCPT" => match manner {
                Manner::AnswerRecipient(answer) => answer,
                _ => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    "250 ok"
                }
            },
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let mut data = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push_str("\r\n");
                }
                mails.lock().unwrap().push(Mail { to: to.clone(), data });
                "250 taken"
            }
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok",
        };
        writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

impl Mail {
    /// The value of a header, with lines that were folded put together and encoded words read.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let value = head.lines().find_map(|line| {
            let (other, value) = line.split_once(':')?;
            other.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })?;
        Some(read_words(&value))
    }

    /// The names of its headers, in lower case.
    pub(crate) fn headers(&self) -> Vec<String> {
        let head = self.data.split("\r\n\r\n").next().unwrap();
        let lines = head.lines().filter(|line| !line.starts_with([' ', '\t']));
        lines
            .map(|line| line.split(':').next().unwrap().to_ascii_lowercase())
            .collect()
    }

    /// The part of a type, decoded.
    pub(crate) fn part(&self, kind: &str) -> String {
        let content_type = self.header("content-type").unwrap();
        let boundary = content_type.split("boundary=").nth(1).unwrap().trim_matches('"');
        let mark = format!("--{boundary}");
        let parts = self.data.split(&mark).skip(1);
        let part = parts
            .map(|part| part.split_once("\r\n\r\n").unwrap_or((part, "")))
            .find(|(head, _)| head.contains(kind));
        let (head, body) = part.unwrap_or_else(|| panic!("no {kind} in {}", self.data));
        let head = head.to_ascii_lowercase();
        let bytes = if head.contains("base64") {
            BASE64.decode(body.replace("\r\n", "").as_bytes()).unwrap()
        } else if head.contains("quoted-printable") {
            unquoted(body)
        } else {
            body.as_bytes().to_vec()
        };
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    }
}

/// Reads `=?utf-8?b?…?=`; between two such words a space stands for nothing.
fn read_words(value: &str) -> String {
    let (mut text, mut was_encoded) = (String::new(), true);
    for word in value.split(' ') {
        let inner = word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
        if !(was_encoded && (inner.is_some() || text.is_empty())) {
            text.push(' ');
        }
        was_encoded = inner.is_some();
        match inner {
            Some(inner) => text.push_str(&String::from_utf8_lossy(&BASE64.decode(inner.as_bytes()).unwrap())),
            None => text.push_str(word),
        }
    }
    text
}

fn unquoted(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'=', [high, low, after @ ..]) => {
                let hex = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}
