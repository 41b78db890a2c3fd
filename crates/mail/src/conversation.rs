//! One conversation with a mail server (SMTP), from connecting to the mail that it took. Owns what is said in which order and
//! what a refusal at each step means; never speaks in clear where encryption is asked for.

use std::error::Error as _;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use crate::SendFailure;

/// To connect.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);

/// Answers that speak of our name and password, not of the mail: somebody will put them right.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

/// Enhanced codes (RFC 3463) that speak of us, not of the recipient or the mail: our address, the mail server's state, the
/// conversation, who may send. Many mail servers say so only when the recipient is named.
const ABOUT_US_ENHANCED: [&str; 5] = ["5.1.7", "5.1.8", "5.3.", "5.5.", "5.7."];

/// Longest words of a failure, in characters.
const WORDS_MAX: usize = 200;

/// How the mail server is reached.
pub(crate) struct Conversation {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    pub(crate) hello: ClientId,
    pub(crate) credentials: Option<Credentials>,
}

/// When a conversation turns to TLS.
pub(crate) enum Encryption {
    /// After hello, or it ends.
    AfterHello(TlsParameters),
    FromTheStart(TlsParameters),
    None,
}

/// About what the mail server speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// About us: whoever put the mail server up can mend it.
    Sender,
    /// About the recipient or the mail.
    Mail,
}

impl Conversation {
    /// Hands over one mail.
    ///
    /// # Errors
    /// Final is only what the mail server says for good about the recipient or the mail.
    pub(crate) async fn hand_over(&self, message: &Message) -> Result<(), SendFailure> {
        let mut connection = self.open().await.map_err(|error| failure(Step::Sender, &error))?;
        let said = self.talk(&mut connection, message).await;
        // Says goodbye; whatever is answered.
        connection.abort().await;
        said
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let server = (self.host.as_str(), self.port);
        let tls = match &self.encryption {
            Encryption::FromTheStart(tls) => Some(tls.clone()),
            Encryption::AfterHello(_) | Encryption::None => None,
        };
        AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT_DEADLINE), &self.hello, tls, None).await
    }

    async fn talk(&self, connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), SendFailure> {
        let about_us = |error: smtp::Error| failure(Step::Sender, &error);
        let about_it = |error: smtp::Error| failure(Step::Mail, &error);
        if let Encryption::AfterHello(tls) = &self.encryption {
            connection.starttls(tls.clone(), &self.hello).await.map_err(about_us)?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(DEFAULT_MECHANISMS, credentials)
                .await
                .map_err(about_us)?;
        }
        let envelope = message.envelope();
        let mut wishes = Vec::new();
        let mut addresses = envelope.to().iter().chain(envelope.from());
        if addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let words = "the mail server takes no address with such letters";
                return Err(SendFailure::Refused(words.to_owned()));
            }
            wishes.push(MailParameter::SmtpUtfEight);
        }
        let bytes = message.formatted();
        if !bytes.is_ascii() {
            wishes.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = Mail::new(envelope.from().cloned(), wishes);
        connection.command(from).await.map_err(about_us)?;
        for to in envelope.to() {
            connection
                .command(Rcpt::new(to.clone(), Vec::new()))
                .await
                .map_err(about_it)?;
        }
        connection.command(Data).await.map_err(about_it)?;
        connection.message(&bytes).await.map_err(about_it)?;
        Ok(())
    }
}

fn failure(step: Step, error: &smtp::Error) -> SendFailure {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    let Some(code) = error.status().map(u16::from) else {
        return SendFailure::Failed(words(&format!("it did not reach the mail server: {error}")));
    };
    match step == Step::Mail && error.is_permanent() && !speaks_of_us(code, &said) {
        true => SendFailure::Refused(words(&format!("the mail server refused it: {code} {said}"))),
        false => SendFailure::Failed(words(&format!("the mail server does not take it now: {code} {said}"))),
    }
}

fn speaks_of_us(code: u16, said: &str) -> bool {
    let enhanced = said.split_whitespace().next().unwrap_or_default();
    let names_us = |known: &str| match known.ends_with('.') {
        true => enhanced.starts_with(known),
        false => enhanced == known,
    };
    ABOUT_US.contains(&code) || ABOUT_US_ENHANCED.into_iter().any(names_us)
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

    #[test]
    fn what_speaks_of_us_is_told_from_what_speaks_of_the_recipient() {
        for said in [
            "5.1.8 sender's domain",
            "5.7.1 relay access denied",
            "5.5.4 hello?",
            "5.3.2 closed",
        ] {
            assert!(speaks_of_us(554, said), "{said}");
        }
        assert!(speaks_of_us(535, "who are you"));
        for said in ["5.1.1 nobody", "5.1.70 x", "5.2.1 closed", "no such user", ""] {
            assert!(!speaks_of_us(550, said), "{said}");
        }
    }

    #[test]
    fn the_words_of_a_failure_name_nobody() {
        assert_eq!(words("550 5.1.1 <a@b.c>: user\r\nunknown"), "550 5.1.1 … user unknown");
        assert_eq!(words(&"x".repeat(999)).len(), WORDS_MAX);
    }
}
