//! The way to a mail server (SMTP). Owns the connection's settings and what a refusal means; never tries again, never speaks
//! in clear where encryption is asked for.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use crate::Letter;

/// To connect.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);

/// Answers that speak of our name and password, not of the mail: somebody will put them right.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

/// Longest words of a failure, in characters.
const WORDS_MAX: usize = 200;

/// How a mail server is reached.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Its name or address.
    pub host: String,
    /// Its port; the usual one of `security` when absent.
    pub port: Option<u16>,
    /// How the connection is encrypted.
    pub security: Security,
    /// How we present ourselves, when it asks.
    pub credentials: Option<Credentials>,
    /// Whom mails are from: an address, or `Name <address>`.
    pub from: String,
}

/// A name and a password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// It begins in clear and must turn to TLS before anything is said.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a mail server on the same machine or network.
    None,
}

/// Why a mail was not taken; the words name no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// It would be refused every time.
    #[error("{0}")]
    Refused(String),
    /// Another time it may work.
    #[error("{0}")]
    Failed(String),
}

/// Hands mails to a mail server. Cloning is cheap.
#[derive(Clone)]
pub struct Postman {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Arc<Mailbox>,
    host: Arc<str>,
}

impl Security {
    /// The port on which mail servers usually expect it.
    pub fn usual_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

impl Postman {
    /// Checks the settings; connects to nobody yet.
    ///
    /// # Errors
    /// In words what is wrong with the settings.
    pub fn new(settings: SmtpSettings) -> Result<Self, String> {
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|_| format!("`{}` is neither an address nor `Name <address>`", settings.from))?;
        let host = settings.host.trim();
        if host.is_empty() {
            return Err("the host is empty".to_owned());
        }
        if settings.credentials.is_some() && settings.security == Security::None && !is_here(host) {
            return Err("a password is sent to another machine only over TLS (security starttls or tls)".to_owned());
        }
        let tls = || TlsParameters::new(host.to_owned()).map_err(|error| format!("TLS: {error}"));
        let tls = match settings.security {
            Security::StartTls => Tls::Required(tls()?),
            Security::Tls => Tls::Wrapper(tls()?),
            Security::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(settings.port.unwrap_or_else(|| settings.security.usual_port()))
            .tls(tls)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(CONNECT_DEADLINE));
        if let Some(credentials) = settings.credentials {
            let password = credentials.password.expose_secret().to_owned();
            builder = builder.credentials(smtp::authentication::Credentials::new(credentials.user, password));
        }
        Ok(Self {
            transport: builder.build(),
            from: Arc::new(from),
            host: host.into(),
        })
    }

    /// Hands over one mail, once; `Ok` when the mail server has taken it. Has no deadline but that of connecting. Dropping the
    /// future ends the conversation, whether or not the mail was taken.
    ///
    /// # Errors
    /// Why it was not taken, as far as is known: of a connection that broke at the end nobody knows.
    pub async fn send(&self, letter: &Letter) -> Result<(), SendFailure> {
        let message = letter
            .message(&self.from)
            .map_err(|unusable| SendFailure::Refused(unusable.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }
}

impl fmt::Debug for Postman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postman")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    host == "localhost" || host.parse().is_ok_and(is_loopback)
}

fn failure(error: &smtp::Error) -> SendFailure {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    match error.status().map(u16::from) {
        Some(code) if error.is_permanent() && !ABOUT_US.contains(&code) => {
            SendFailure::Refused(words(&format!("the mail server refused it: {code} {said}")))
        }
        Some(code) => SendFailure::Failed(words(&format!("the mail server does not take it now: {code} {said}"))),
        None => SendFailure::Failed(words(&format!("it did not reach the mail server: {error}"))),
    }
}

/// One short line that names no address.
fn words(text: &str) -> String {
    let shown = text
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word });
    let line: String = shown.collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(host: &str, security: Security) -> SmtpSettings {
        SmtpSettings {
            host: host.to_owned(),
            port: None,
            security,
            credentials: Some(Credentials {
                user: "us".to_owned(),
                password: "secret".into(),
            }),
            from: "Chez Awa <receipts@shop.example>".to_owned(),
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        for (host, security) in [
            ("mail.example", Security::StartTls),
            ("mail.example", Security::Tls),
            ("localhost", Security::None),
            ("::1", Security::None),
        ] {
            let postman = Postman::new(settings(host, security)).unwrap();
            assert!(!format!("{postman:?}").contains("secret"));
        }
        assert!(Postman::new(settings("mail.example", Security::None)).is_err());
        assert!(Postman::new(settings(" ", Security::Tls)).is_err());
        let mut nobody = settings("mail.example", Security::Tls);
        nobody.from = "nobody".to_owned();
        assert!(Postman::new(nobody.clone()).is_err());
        assert!(!format!("{nobody:?}").contains("secret"));
    }

    #[test]
    fn the_words_of_a_failure_name_nobody() {
        assert_eq!(words("550 5.1.1 <a@b.c>: user\r\nunknown"), "550 5.1.1 … user unknown");
        assert_eq!(words(&"x".repeat(999)).len(), WORDS_MAX);
    }
}
