//! What a gateway asks of a merchant to open an account: each setting with its meaning, and whether a value can be right.
//! Owns the forms of values; never keeps one.

use url::Url;

/// Longest web address, in characters.
const URL_CHARS_MAX: usize = 2_048;

/// One setting of a gateway account.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name in the account's settings, snake_case.
    pub name: &'static str,
    /// What to enter, for a person.
    pub help: &'static str,
    /// Whether it is a secret.
    pub secrecy: Secrecy,
    /// Whether a change of it is another account.
    pub role: Role,
    /// Whether an account needs it.
    pub necessity: Necessity,
    /// What its value looks like.
    pub format: Format,
}

/// Whether a setting is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Never shown again.
    Secret,
    /// May be shown.
    Public,
}

/// What a setting is to its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It says whose account this is, or where: user, wallet, host. Another value is another account, whose provider
    /// knows nothing of the payments of this one; so it is never edited.
    Identity,
    /// It opens the account. A new one opens the same account.
    Credential,
}

/// Whether an account needs a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Necessity {
    /// It does.
    Required,
    /// It works without.
    Optional,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An absolute http(s) URL without user name, query and fragment.
    WebAddress,
    /// Visible ASCII without spaces, as keys and user names are; so many characters, both allowed.
    Token {
        /// Fewest characters.
        least: usize,
        /// Most characters.
        most: usize,
    },
    /// One line of text; so many characters, both allowed.
    Line {
        /// Fewest characters.
        least: usize,
        /// Most characters.
        most: usize,
    },
}

impl Format {
    /// Its name in the admin API: `url`, `token` or `line`.
    pub fn code(self) -> &'static str {
        match self {
            Self::WebAddress => "url",
            Self::Token { .. } => "token",
            Self::Line { .. } => "line",
        }
    }

    /// Fewest and most characters.
    pub fn bounds(self) -> (usize, usize) {
        match self {
            Self::WebAddress => (1, URL_CHARS_MAX),
            Self::Token { least, most } | Self::Line { least, most } => (least, most),
        }
    }

    /// What is wrong with a value, as a sentence that does not repeat it; `None` when it can be right.
    pub fn problem(self, value: &str) -> Option<String> {
        let (least, most) = self.bounds();
        if !(least..=most).contains(&value.chars().count()) {
            return Some(format!("Must have {least} to {most} characters."));
        }
        let problem = match self {
            Self::WebAddress if !is_web_address(value) => {
                "Must be an absolute http(s) URL without user name, query and fragment."
            }
            Self::Token { .. } if !value.bytes().all(|byte| byte.is_ascii_graphic()) => {
                "Must be letters, digits and signs of ASCII, without spaces or line ends."
            }
            Self::Line { .. } if value.trim() != value || value.contains(char::is_control) => {
                "Must be one line of text without spaces around it."
            }
            Self::WebAddress | Self::Token { .. } | Self::Line { .. } => return None,
        };
        Some(problem.to_owned())
    }
}

fn is_web_address(value: &str) -> bool {
    let Ok(url) = Url::parse(value) else { return false };
    let is_bare = url.username().is_empty() && url.password().is_none();
    let has_no_tail = url.query().is_none() && url.fragment().is_none();
    let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic());
    matches!(url.scheme(), "http" | "https") && url.has_host() && is_bare && has_no_tail && is_plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_typing_errors() {
        let token = Format::Token { least: 2, most: 8 };
        let line = Format::Line { least: 1, most: 10 };
        let right = [
            (Format::WebAddress, "https://api.example.com:8443/v2"),
            (Format::WebAddress, "http://127.0.0.1:8601"),
            (token, "aZ_-/+=!"),
            (line, "Chez Awa é"),
        ];
        for (format, value) in right {
            assert_eq!(format.problem(value), None, "{value}");
        }
        let wrong = [
            (Format::WebAddress, "api.example.com"),
            (Format::WebAddress, "ftp://example.com"),
            (Format::WebAddress, "https://u:p@example.com"),
            (Format::WebAddress, "https://example.com/?a=b"),
            (Format::WebAddress, " https://example.com"),
            (Format::WebAddress, ""),
            (token, "a b"),
            (token, "key\n"),
            (token, "a"),
            (token, "123456789"),
            (token, "clé"),
            (line, " a"),
            (line, "a\nb"),
        ];
        for (format, value) in wrong {
            let problem = format.problem(value).expect(value);
            assert!(value.len() < 5 || !problem.contains(value), "{problem}");
        }
    }
}
