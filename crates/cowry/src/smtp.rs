//! The mail server of `serve`: flags, variables and the file's table `[smtp]`, merged and checked. Connects to nobody. The
//! password stands in a variable or a file of its own, never on a command line.

use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine::mail::{Credentials, Postman, SandboxMails, Security, SmtpSettings};
use serde::Deserialize;

use crate::environment;
use crate::failure::Failure;

/// Flags about the mail server.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SmtpArgs {
    /// Mail server (SMTP) for receipts of live payments; without one they send none. Mails of the sandbox are kept and shown
    /// at /sandbox/mails
    #[arg(long, env = "COWRY_SMTP_HOST", value_name = "HOST")]
    smtp_host: Option<String>,
    /// Its port [default: 587 for starttls, 465 for tls, 25 for none]
    #[arg(long, env = "COWRY_SMTP_PORT", value_name = "PORT")]
    smtp_port: Option<u16>,
    /// How the connection is encrypted [default: starttls]
    #[arg(long, env = "COWRY_SMTP_SECURITY")]
    smtp_security: Option<SmtpSecurity>,
    /// User name at the mail server
    #[arg(long, env = "COWRY_SMTP_USER", value_name = "NAME")]
    smtp_user: Option<String>,
    /// File with the password. COWRY_SMTP_PASSWORD may hold the password itself
    #[arg(long, env = "COWRY_SMTP_PASSWORD_FILE", value_name = "FILE")]
    smtp_password_file: Option<PathBuf>,
    /// Whom mails are from: `receipts@shop.example` or `Shop <receipts@shop.example>`
    #[arg(long, env = "COWRY_SMTP_FROM", value_name = "ADDRESS")]
    smtp_from: Option<String>,
    /// What is done with mails of the sandbox, where anybody can complete a payment for any address [default: keep]
    #[arg(long, env = "COWRY_SMTP_SANDBOX")]
    smtp_sandbox: Option<SmtpSandbox>,
}

/// The same in the settings file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SmtpFile {
    host: Option<String>,
    port: Option<u16>,
    security: Option<SmtpSecurity>,
    user: Option<String>,
    #[serde(alias = "password_file")]
    password_file: Option<PathBuf>,
    from: Option<String>,
    sandbox: Option<SmtpSandbox>,
}

/// How the connection to the mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub(crate) enum SmtpSecurity {
    /// Begins in clear and must turn to TLS
    StartTls,
    /// TLS from the first byte
    Tls,
    /// Not at all: a mail server on this machine or network
    None,
}

/// What is done with mails of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub(crate) enum SmtpSandbox {
    /// Kept and shown at /sandbox/mails
    Keep,
    /// Sent like those of live payments
    Send,
}

impl From<SmtpSandbox> for SandboxMails {
    fn from(sandbox: SmtpSandbox) -> Self {
        match sandbox {
            SmtpSandbox::Keep => Self::Keep,
            SmtpSandbox::Send => Self::Send,
        }
    }
}

impl From<SmtpSecurity> for Security {
    fn from(security: SmtpSecurity) -> Self {
        match security {
            SmtpSecurity::StartTls => Self::StartTls,
            SmtpSecurity::Tls => Self::Tls,
            SmtpSecurity::None => Self::None,
        }
    }
}

impl SmtpFile {
    /// The host that the file or the environment names.
    pub(crate) fn host(file: Option<&Self>) -> Option<String> {
        environment::smtp_host().or_else(|| file.and_then(|file| file.host.clone()))
    }
}

/// The way to the mail server, when one is named.
pub(crate) fn postman(args: SmtpArgs, file: Option<SmtpFile>) -> Result<Option<Postman>, Failure> {
    resolve(args, file.unwrap_or_default(), environment::smtp_password())
}

fn resolve(args: SmtpArgs, file: SmtpFile, password: Option<String>) -> Result<Option<Postman>, Failure> {
    let user = args.smtp_user.or(file.user);
    let password_file = args.smtp_password_file.or(file.password_file);
    let from = args.smtp_from.or(file.from);
    let sandbox = args.smtp_sandbox.or(file.sandbox);
    let Some(host) = args.smtp_host.or(file.host) else {
        let is_begun = user.is_some() || password_file.is_some() || from.is_some() || sandbox.is_some();
        return match is_begun {
            true => Err(Failure::usage(
                "a mail server is described but not named: add --smtp-host",
            )),
            false => Ok(None),
        };
    };
    let from = from.ok_or_else(|| Failure::usage("--smtp-host needs --smtp-from: whom mails are from"))?;
    let password = match (password, password_file) {
        (Some(_), Some(_)) => Err(Failure::usage(
            "COWRY_SMTP_PASSWORD and --smtp-password-file are both set: give one of them",
        )),
        (Some(password), None) => Ok(Some(password)),
        (None, Some(path)) => read(&path).map(Some),
        (None, None) => Ok(None),
    };
    let credentials = match (user, password?) {
        (Some(user), Some(password)) => Some(Credentials {
            user,
            password: password.into(),
        }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(Failure::usage(
                "--smtp-user needs a password: name its file with --smtp-password-file, or set COWRY_SMTP_PASSWORD",
            ));
        }
        (None, Some(_)) => return Err(Failure::usage("a password for the mail server needs --smtp-user")),
    };
    let security = args.smtp_security.or(file.security);
    let settings = SmtpSettings {
        host,
        port: args.smtp_port.or(file.port),
        security: security.map(Into::into).unwrap_or_default(),
        credentials,
        from,
        sandbox: sandbox.map(Into::into).unwrap_or_default(),
    };
    let postman = Postman::new(settings).map_err(|reason| Failure::usage(format!("mail server: {reason}")))?;
    Ok(Some(postman))
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!(
            "the password file {} of the mail server cannot be read: {error}",
            path.display()
        ))
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use engine::domain::scope::Environment;

    use super::*;

    fn file(text: &str) -> SmtpFile {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_mail_server_is_whole_or_not_there() {
        let none = resolve(SmtpArgs::default(), SmtpFile::default(), None).unwrap();
        assert!(none.is_none());
        let password = tempfile::NamedTempFile::new().unwrap();
        fs::write(password.path(), "s3cret\n").unwrap();
        let with_file = format!(
            "host = 'mail.example'\nport = 2525\nsecurity = 'tls'\nuser = 'us'\npassword-file = '{}'\nfrom = 'a@b.example'",
            password.path().display()
        );
        assert!(resolve(SmtpArgs::default(), file(&with_file), None).unwrap().is_some());
        let plain = "host = 'localhost'\nsecurity = 'none'\nfrom = 'Shop <a@b.example>'";
        let sends_tests = |text: &str| {
            let postman = resolve(SmtpArgs::default(), file(text), None).unwrap().unwrap();
            postman.carries(Environment::Sandbox)
        };
        assert!(!sends_tests(plain) && sends_tests(&format!("{plain}\nsandbox = 'send'")));
        for (wrong, password) in [
            ("from = 'a@b.example'", None),
            ("sandbox = 'send'", None),
            ("host = 'mail.example'", None),
            ("host = 'mail.example'\nfrom = 'nobody'", None),
            ("host = 'mail.example'\nfrom = 'a@b.example'\nuser = 'us'", None),
            ("host = 'mail.example'\nfrom = 'a@b.example'", Some("s3cret")),
            (with_file.as_str(), Some("s3cret")),
        ] {
            let refused = resolve(SmtpArgs::default(), file(wrong), password.map(str::to_owned));
            assert!(refused.is_err(), "{wrong}");
        }
        for unreadable in [
            "hosst = 'x'",
            "security = 'ssl'",
            "sandbox = 'yes'",
            "password = 's3cret'",
        ] {
            assert!(toml::from_str::<SmtpFile>(unreadable).is_err(), "{unreadable}");
        }
    }
}
