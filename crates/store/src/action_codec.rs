//! How a next action stands in its column: JSON text that no query looks into.

use domain::next_action::{NextAction, Text};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Stored {
    Approval {
        en: String,
        fr: String,
        ussd_code: Option<String>,
        expires_at: Option<i64>,
    },
    Otp {
        en: String,
        fr: String,
        ussd_code: Option<String>,
        length: u32,
        expires_at: Option<i64>,
    },
    Redirect {
        url: String,
        expires_at: Option<i64>,
    },
    QrCode {
        payload: String,
        deep_links: Vec<String>,
        expires_at: Option<i64>,
    },
}

/// The text of an action.
pub(crate) fn write(action: &NextAction) -> Result<String, String> {
    let stored = match action.clone() {
        NextAction::Approval {
            message,
            ussd_code,
            expires_at_ms,
        } => Stored::Approval {
            en: message.en,
            fr: message.fr,
            ussd_code,
            expires_at: expires_at_ms,
        },
        NextAction::Otp {
            message,
            ussd_code,
            length,
            expires_at_ms,
        } => Stored::Otp {
            en: message.en,
            fr: message.fr,
            ussd_code,
            length,
            expires_at: expires_at_ms,
        },
        NextAction::Redirect { url, expires_at_ms } => Stored::Redirect {
            url,
            expires_at: expires_at_ms,
        },
        NextAction::QrCode {
            payload,
            deep_links,
            expires_at_ms,
        } => Stored::QrCode {
            payload,
            deep_links,
            expires_at: expires_at_ms,
        },
    };
    serde_json::to_string(&stored).map_err(|error| error.to_string())
}

/// The action of a text.
pub(crate) fn read(text: &str) -> Result<NextAction, String> {
    let stored: Stored = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(match stored {
        Stored::Approval {
            en,
            fr,
            ussd_code,
            expires_at,
        } => NextAction::Approval {
            message: Text { en, fr },
            ussd_code,
            expires_at_ms: expires_at,
        },
        Stored::Otp {
            en,
            fr,
            ussd_code,
            length,
            expires_at,
        } => NextAction::Otp {
            message: Text { en, fr },
            ussd_code,
            length,
            expires_at_ms: expires_at,
        },
        Stored::Redirect { url, expires_at } => NextAction::Redirect {
            url,
            expires_at_ms: expires_at,
        },
        Stored::QrCode {
            payload,
            deep_links,
            expires_at,
        } => NextAction::QrCode {
            payload,
            deep_links,
            expires_at_ms: expires_at,
        },
    })
}
