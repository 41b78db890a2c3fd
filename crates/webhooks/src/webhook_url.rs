//! Where letters may be addressed to, judged by the text alone. Never resolves a name: what a name stands for is looked at
//! when it is called, at each call.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

use crate::is_public;

/// The longest URL, in characters; as it was given, and as it is written out.
pub const MAX_URL_CHARS: usize = 2_048;

/// The longest name and the longest part of one in the DNS, in bytes.
const MAX_NAME_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;

/// Names that never lead to the public internet: set apart by RFC 6761, 6762, 7686, 8375 and ICANN, or held back because
/// they are used inside so often. They and everything under them are refused.
const INSIDE: [&str; 11] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "onion",
];

/// Which addresses letters go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destinations {
    /// Those of the public internet.
    Public,
    /// Those of this machine and its network besides: for development.
    PrivateToo,
}

/// An absolute `http` or `https` URL in the canonical spelling of the WHATWG, without user-info and without a fragment,
/// which would not be sent anyway.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl {
    url: Url,
}

/// Why a text is not a URL that we call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UrlRefusal {
    /// More than [`MAX_URL_CHARS`].
    #[error("The URL must not be longer than {MAX_URL_CHARS} characters.")]
    TooLong,
    /// White space, a control character or a backslash.
    #[error("The URL must not contain spaces, control characters or backslashes.")]
    BadCharacter,
    /// Relative, or another scheme.
    #[error("The URL must be absolute and begin with https:// or http://.")]
    NotHttp,
    /// Nothing where the host should be.
    #[error("The URL must name a host.")]
    NoHost,
    /// A user name or a password before the host.
    #[error("The URL must not contain a user name or a password.")]
    UserInfo,
    /// The host is neither an address nor a name that the DNS could know.
    #[error("The host of the URL is neither a valid name nor a valid address.")]
    BadHost,
    /// Port 0, or no number of a port.
    #[error("The port of the URL must be between 1 and 65535.")]
    BadPort,
    /// An address or a name that does not lead to the public internet.
    #[error("The URL must lead to the public internet, not to a private, local or reserved address.")]
    NotPublic,
    /// Anything else that cannot be read.
    #[error("The URL is not valid.")]
    Malformed,
}

impl WebhookUrl {
    /// Reads a URL. Whatever spelling of an address the text uses (octal, hexadecimal, one number, percent-encoded,
    /// full-width digits, mapped into IPv6, a dot at the end), it is the address that is judged.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str, destinations: Destinations) -> Result<Self, UrlRefusal> {
        check_text(text)?;
        let mut url = Url::parse(text).map_err(refusal)?;
        url.set_fragment(None);
        if url.port() == Some(0) {
            return Err(UrlRefusal::BadPort);
        }
        drop_root_dot(&mut url)?;
        check_host(&url, destinations)?;
        if url.as_str().len() > MAX_URL_CHARS {
            return Err(UrlRefusal::TooLong);
        }
        // The client must be able to write it exactly as it stands here.
        url.as_str().parse::<http::Uri>().map_err(|_| UrlRefusal::Malformed)?;
        Ok(Self { url })
    }

    /// The canonical spelling, which is what is called.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// `scheme://host:port`, the port always written: what tells two receivers apart, and all that logs may say.
    #[must_use]
    pub fn origin(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}://{host}:{port}", self.url.scheme())
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({}/…)", self.origin())
    }
}

/// What a lenient parser would overlook or repair.
fn check_text(text: &str) -> Result<(), UrlRefusal> {
    if text.chars().count() > MAX_URL_CHARS {
        return Err(UrlRefusal::TooLong);
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(UrlRefusal::BadCharacter);
    }
    let (scheme, rest) = text.split_once("://").ok_or(UrlRefusal::NotHttp)?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(UrlRefusal::NotHttp);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err(UrlRefusal::NoHost);
    }
    if authority.contains('@') {
        return Err(UrlRefusal::UserInfo);
    }
    Ok(())
}

fn refusal(error: url::ParseError) -> UrlRefusal {
    use url::ParseError as E;
    match error {
        E::EmptyHost => UrlRefusal::NoHost,
        E::InvalidPort => UrlRefusal::BadPort,
        E::IdnaError | E::InvalidIpv4Address | E::InvalidIpv6Address | E::InvalidDomainCharacter => UrlRefusal::BadHost,
        _ => UrlRefusal::Malformed,
    }
}

/// `example.com.` is `example.com`; the dot would only make two receivers of one.
fn drop_root_dot(url: &mut Url) -> Result<(), UrlRefusal> {
    let Some(name) = url.domain().and_then(|name| name.strip_suffix('.')) else {
        return Ok(());
    };
    // `127.0.0.1..` is no name; without this it would become an address here.
    check_name(name)?;
    let name = name.to_owned();
    url.set_host(Some(&name)).map_err(|_| UrlRefusal::BadHost)
}

fn check_host(url: &Url, destinations: Destinations) -> Result<(), UrlRefusal> {
    let is_open = match url.host().ok_or(UrlRefusal::NoHost)? {
        Host::Ipv4(ip) => is_public(ip.into()),
        Host::Ipv6(ip) => is_public(ip.into()),
        Host::Domain(name) => {
            check_name(name)?;
            is_outside(name)
        }
    };
    match destinations {
        Destinations::Public if !is_open => Err(UrlRefusal::NotPublic),
        Destinations::Public | Destinations::PrivateToo => Ok(()),
    }
}

/// Letters, digits, hyphens and underscores: what a name that a receiver is found by is made of.
fn check_name(name: &str) -> Result<(), UrlRefusal> {
    let is_label = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if name.len() <= MAX_NAME_BYTES && name.split('.').all(is_label) {
        Ok(())
    } else {
        Err(UrlRefusal::BadHost)
    }
}

/// A name of one part is looked for in our own domain first, so it is not outside.
fn is_outside(name: &str) -> bool {
    let is_under = |top: &&str| {
        name.strip_suffix(*top)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    name.contains('.') && !INSIDE.iter().any(is_under)
}
