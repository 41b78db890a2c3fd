//! A mail server as its settings describe it, and the handing over of mails. Owns which settings work and whose mails are
//! sent; never tries again. How a conversation goes and what a refusal means stands in `conversation`.

use std::fmt;
use std::sync::Arc;

use domain::scope::Environment;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication;
use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};

use crate::Letter;
use crate::conversation::{Conversation, Encryption};

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
    /// What is done with mails of sandboxes.
    pub sandbox: SandboxMails,
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

/// What is done with mails of sandboxes: anybody can complete a payment there, for any address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SandboxMails {
    /// They are kept to be looked at.
    #[default]
    Keep,
    /// They are sent like those of real payments.
    Send,
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
    way: Arc<Conversation>,
    from: Arc<Mailbox>,
    sandbox: SandboxMails,
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
        let encryption = match settings.security {
            Security::StartTls => Encryption::AfterHello(tls()?),
            Security::Tls => Encryption::FromTheStart(tls()?),
            Security::None => Encryption::None,
        };
        let credentials = settings.credentials.map(|credentials| {
            let password = credentials.password.expose_secret().to_owned();
            authentication::Credentials::new(credentials.user, password)
        });
        let way = Conversation {
            host: host.to_owned(),
            port: settings.port.unwrap_or_else(|| settings.security.usual_port()),
            encryption,
            hello: ClientId::Domain(from.email.domain().to_owned()),
            credentials,
        };
        Ok(Self {
            way: Arc::new(way),
            from: Arc::new(from),
            sandbox: settings.sandbox,
        })
    }

    /// Whether mails of such an environment are sent, not kept.
    pub fn carries(&self, environment: Environment) -> bool {
        environment == Environment::Live || self.sandbox == SandboxMails::Send
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
        self.way.hand_over(&message).await
    }
}

impl fmt::Debug for Postman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postman")
            .field("host", &self.way.host)
            .finish_non_exhaustive()
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    host == "localhost" || host.parse().is_ok_and(is_loopback)
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
            sandbox: SandboxMails::default(),
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
    fn mails_of_sandboxes_are_sent_on_demand_only() {
        let mut wanted = settings("mail.example", Security::Tls);
        let carries = |settings: &SmtpSettings| {
            let postman = Postman::new(settings.clone()).unwrap();
            [Environment::Sandbox, Environment::Live].map(|environment| postman.carries(environment))
        };
        assert_eq!(carries(&wanted), [false, true]);
        wanted.sandbox = SandboxMails::Send;
        assert_eq!(carries(&wanted), [true, true]);
    }
}
