//! E-mail and web addresses: whether a text can be one. Never asks the network.

use engine::webhooks::{Destinations, UrlRefusal, WebhookUrl};
use thiserror::Error;
use url::Url;

const EMAIL_BYTES_MAX: usize = 255;
const LOCAL_BYTES_MAX: usize = 64;
const URL_CHARS_MAX: usize = 2048;

/// Why a text is no address. The texts go to API users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum AddressError {
    /// Not an e-mail address.
    #[error("must be an e-mail address of at most 255 characters, for example payer@example.com")]
    NotAnEmail,
    /// Too long.
    #[error("must be at most {URL_CHARS_MAX} characters")]
    UrlTooLong,
    /// Not an absolute http or https address.
    #[error("must be an absolute http or https URL")]
    NotAUrl,
    /// An address of this machine or a private network.
    #[error("must lead to the public internet; for development there is `cowry serve --allow-private-webhooks`")]
    NotPublic,
    /// With user name or password.
    #[error("must not contain a user name or password")]
    UserInfo,
}

/// Reads an e-mail address; returns it as it was given.
pub(crate) fn email(text: &str) -> Result<String, AddressError> {
    let is_address = text.len() <= EMAIL_BYTES_MAX
        && text
            .rsplit_once('@')
            .is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
    is_address.then(|| text.to_owned()).ok_or(AddressError::NotAnEmail)
}

fn is_local_part(local: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let dots_are_inside = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    (1..=LOCAL_BYTES_MAX).contains(&local.len()) && dots_are_inside && local.chars().all(is_plain)
}

fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let is_numeric = |label: &&str| label.bytes().all(|byte| byte.is_ascii_digit());
    labels.len() >= 2 && labels.iter().all(is_label) && !labels.last().is_some_and(is_numeric)
}

/// Reads an address that webhooks go to; returns it as it was given. Names are not resolved here: what they stand for is looked
/// at whenever one is called.
pub(crate) fn webhook(text: &str, destinations: Destinations) -> Result<String, AddressError> {
    let text = web(text)?;
    match WebhookUrl::parse(&text, destinations) {
        Ok(_) => Ok(text),
        Err(UrlRefusal::NotPublic) => Err(AddressError::NotPublic),
        Err(UrlRefusal::UserInfo) => Err(AddressError::UserInfo),
        Err(UrlRefusal::TooLong) => Err(AddressError::UrlTooLong),
        Err(_) => Err(AddressError::NotAUrl),
    }
}

/// Reads an absolute http(s) address; returns it as it was given.
pub(crate) fn web(text: &str) -> Result<String, AddressError> {
    if text.chars().count() > URL_CHARS_MAX {
        return Err(AddressError::UrlTooLong);
    }
    let url = Url::parse(text).map_err(|_| AddressError::NotAUrl)?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
    if !is_web || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AddressError::NotAUrl);
    }
    // The parser forgives "http:host" and "http:\\host"; nobody else does.
    let (_, rest) = text.split_once("://").ok_or(AddressError::NotAUrl)?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    match authority.contains('@') {
        true => Err(AddressError::UserInfo),
        false if authority.is_empty() => Err(AddressError::NotAUrl),
        false => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressError, email, web};

    #[test]
    fn email_addresses() {
        for good in [
            "payer@example.com",
            "a+b.c@sub.example.co",
            "awa@exämple.ci",
            "O'Neil@example.com",
        ] {
            assert!(email(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "",
            "@",
            "a@b",
            "a b@example.com",
            ".a@example.com",
            "a..b@x.com",
            "a@-x.com",
            "a@x.1",
            "a@x..com",
            &long,
        ] {
            assert_eq!(email(bad), Err(AddressError::NotAnEmail), "{bad}");
        }
    }

    #[test]
    fn web_addresses() {
        for good in [
            "https://example.com",
            "http://localhost:3000/hook?a=1#x",
            "https://exämple.ci/é",
            "HTTPS://X.COM/",
        ] {
            assert!(web(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "/path",
            "ftp://x.com",
            "javascript:alert(1)",
            "https://",
            "http:x.com",
            "http://a b/",
            "http://x.com/\n",
        ] {
            assert_eq!(web(bad), Err(AddressError::NotAUrl), "{bad}");
        }
        for bad in [
            "https://user:pass@example.com",
            "https://user@example.com",
            "https://@example.com/",
        ] {
            assert_eq!(web(bad), Err(AddressError::UserInfo), "{bad}");
        }
        assert_eq!(
            web(&format!("https://x.com/{}", "a".repeat(2048))),
            Err(AddressError::UrlTooLong)
        );
    }
}
