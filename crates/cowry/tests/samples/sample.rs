//! The sample receivers of the guide as programs: how each is started, asked and stopped. Never judges what they answer.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::{blocking_until, client, free_ports};

/// How a sample copes with events that come in another order than they happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By the sequence of the payment.
    BySequence,
    /// By reading the payment from the API, once an event is stored.
    ByApi,
}

/// One of the guide's programs.
pub struct Sample {
    pub file: &'static str,
    pub order: Order,
    command: Vec<String>,
    /// Holds what had to be compiled.
    _built: Option<TempDir>,
}

/// The folder of the samples.
pub fn folder() -> PathBuf {
    guides().join("webhooks")
}

/// The folder of the guides.
pub fn guides() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides")
}

impl Sample {
    /// Those whose runtime is on this machine; says which are not run. Shell, Python and Node must be there.
    pub fn all() -> Vec<Self> {
        assert!(
            is_here("openssl", "version") && is_here("curl", "--version"),
            "receiver.sh needs openssl and curl"
        );
        let interpreted = |file, order, program: &str, version| {
            let path = folder().join(file).to_str().unwrap().to_owned();
            let command = vec![program.to_owned(), path];
            is_here(program, version).then_some(Self {
                file,
                order,
                command,
                _built: None,
            })
        };
        let found = [
            interpreted("receiver.sh", Order::ByApi, "sh", "-c :"),
            interpreted("receiver.py", Order::BySequence, "python3", "--version"),
            interpreted("receiver.mjs", Order::BySequence, "node", "--version"),
            interpreted("receiver.php", Order::BySequence, "php", "--version"),
            Self::java(),
        ];
        let names = ["sh", "python3", "node", "php", "javac"];
        let mut samples = Vec::new();
        for (sample, name) in found.into_iter().zip(names) {
            match sample {
                Some(sample) => samples.push(sample),
                None if ["php", "javac"].contains(&name) => println!("not run: the sample that needs {name}"),
                None => panic!("{name} must be on this machine: the samples of the guide are tested with it"),
            }
        }
        samples
    }

    fn java() -> Option<Self> {
        if !is_here("javac", "-version") {
            return None;
        }
        let built = tempfile::tempdir().unwrap();
        let mut compile = Command::new("javac");
        compile
            .args(["-Xlint:all", "-Werror", "-d"])
            .arg(built.path())
            .arg(folder().join("Receiver.java"));
        let compiled = compile.output().unwrap();
        assert!(
            compiled.status.success(),
            "{}",
            String::from_utf8_lossy(&compiled.stderr)
        );
        let class_path = built.path().to_str().unwrap().to_owned();
        Some(Self {
            file: "Receiver.java",
            order: Order::ByApi,
            command: ["java", "-XX:TieredStopAtLevel=1", "-cp", &class_path, "Receiver"]
                .map(str::to_owned)
                .to_vec(),
            _built: Some(built),
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).args(arguments);
        command
    }

    /// Runs its command-line form with a body on standard input: whether it ends with 0.
    pub fn says_genuine(&self, arguments: &[&str], body: &[u8]) -> bool {
        with_input(self.command(arguments), body).status.success()
    }

    /// What stands for its environment: the secret, a store in `place`, and an API to ask.
    pub fn serve(&self, secret: &str, place: &Path, api: &Api) -> Running<'_> {
        let mut running = Running {
            sample: self,
            store: place.join("store"),
            port: free_ports(),
            secret: secret.to_owned(),
            api: api.clone(),
            child: None,
        };
        running.start();
        running
    }

    /// Whether it is a program for a web server, which starts it for each request.
    pub fn is_cgi(&self) -> bool {
        self.file == "receiver.sh"
    }
}

/// Where payments are read, and with which key.
#[derive(Clone, Default)]
pub struct Api {
    pub url: String,
    pub key: String,
}

/// A sample that receives. Stopped when dropped.
pub struct Running<'s> {
    pub sample: &'s Sample,
    /// Its file or folder.
    pub store: PathBuf,
    port: u16,
    secret: String,
    api: Api,
    child: Option<Child>,
}

/// The three headers, and the payment's.
#[derive(Clone, Debug)]
pub struct Headers {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub payment: String,
}

impl Running<'_> {
    /// Starts it (again), and waits until it takes connections.
    pub fn start(&mut self) {
        if self.sample.is_cgi() {
            return;
        }
        let mut command = match self.sample.file {
            "receiver.php" => {
                let mut command = Command::new(&self.sample.command[0]);
                command.args(["-S", &format!("127.0.0.1:{}", self.port), &self.sample.command[1]]);
                command
            }
            _ => self.sample.command(&[]),
        };
        self.prepare(&mut command);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        blocking_until("the sample takes connections", || {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
    }

    /// Ends it without warning.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Delivers; returns the answer's status and text.
    pub async fn post(&self, headers: &Headers, body: &[u8]) -> (u16, String) {
        if self.sample.is_cgi() {
            return self.ask_cgi(headers, body).await;
        }
        let request = client()
            .post(self.url())
            .header("content-type", "application/json")
            .header("x-payment-id", &headers.payment)
            .header("webhook-id", &headers.id)
            .header("webhook-timestamp", &headers.timestamp)
            .header("webhook-signature", &headers.signature)
            .body(body.to_vec());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Does what a web server does for a CGI program.
    async fn ask_cgi(&self, headers: &Headers, body: &[u8]) -> (u16, String) {
        let mut command = self.sample.command(&[]);
        self.prepare(&mut command);
        command
            .env("REQUEST_METHOD", "POST")
            .env("CONTENT_LENGTH", body.len().to_string())
            .env("HTTP_X_PAYMENT_ID", &headers.payment)
            .env("HTTP_WEBHOOK_ID", &headers.id)
            .env("HTTP_WEBHOOK_TIMESTAMP", &headers.timestamp)
            .env("HTTP_WEBHOOK_SIGNATURE", &headers.signature);
        let body = body.to_vec();
        let output = tokio::task::spawn_blocking(move || with_input(command, &body))
            .await
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return (500, String::from_utf8(output.stderr).unwrap());
        };
        let status = head.strip_prefix("Status: ").unwrap()[..3].parse().unwrap();
        (status, body.to_owned())
    }

    /// Does what a person does who lets the shell sample work now and then; the others work by themselves.
    pub fn work(&self) {
        if self.sample.is_cgi() {
            let mut command = self.sample.command(&["work"]);
            self.prepare(&mut command);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    fn prepare(&self, command: &mut Command) {
        command
            .env("WEBHOOK_SECRET", &self.secret)
            .env("WEBHOOK_STORE", &self.store)
            .env("WEBHOOK_PORT", self.port.to_string())
            .env("COWRY_URL", &self.api.url)
            .env("COWRY_KEY", &self.api.key);
    }

    /// What the API-reading samples have read of a payment.
    pub fn payment_read(&self, id: &str) -> Option<String> {
        fs::read_to_string(self.store.join("payments").join(id)).ok()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.kill();
    }
}

fn is_here(program: &str, version: &str) -> bool {
    let mut command = Command::new(program);
    command
        .args(version.split_whitespace())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a program with this on its standard input.
pub fn with_input(mut command: Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}
