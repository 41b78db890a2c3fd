//! What the payer must do next, as the API shows it. Draws QR codes.

use engine::domain::next_action::{NextAction, Text};
use fast_qr::QRBuilder;
use fast_qr::convert::svg::SvgBuilder;
use serde::Serialize;
use utoipa::ToSchema;

use super::time;

/// Longer payloads are not drawn: no phone could scan them.
const QR_BYTES_MAX: usize = 1500;

/// A text in two languages.
#[derive(Serialize, ToSchema)]
#[schema(as = Text)]
pub(crate) struct TextBody {
    /// English.
    en: String,
    /// French.
    fr: String,
}

/// The payer's next step.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = NextAction)]
pub(crate) enum NextActionBody {
    /// The payer confirms the prompt on the phone.
    Approval {
        /// What to tell the payer.
        message: TextBody,
        /// USSD code to use when no prompt comes.
        ussd_code: Option<String>,
        /// When the prompt dies.
        expires_at: Option<String>,
    },
    /// The payer reads a code and gives it to the merchant.
    Otp {
        /// What to tell the payer.
        message: TextBody,
        /// The USSD code that makes the one-time code.
        ussd_code: Option<String>,
        /// Digits of the code.
        length: u32,
        /// When the code stops being taken.
        expires_at: Option<String>,
    },
    /// The payer is sent to the provider's page and comes back to `return_url`.
    Redirect {
        /// Where.
        url: String,
        /// When the page closes.
        expires_at: Option<String>,
    },
    /// The payer scans or taps.
    QrCode {
        /// What the code says.
        payload: String,
        /// The code as a picture.
        image_svg: Option<String>,
        /// Links that open an app.
        deep_links: Vec<String>,
        /// When it stops working.
        expires_at: Option<String>,
    },
}

impl NextActionBody {
    /// Shows a next step.
    pub(crate) fn of(action: &NextAction) -> Self {
        let expires_at = action.expires_at_ms().map(time::iso);
        match action {
            NextAction::Approval { message, ussd_code, .. } => Self::Approval {
                message: text(message),
                ussd_code: ussd_code.clone(),
                expires_at,
            },
            NextAction::Otp {
                message,
                ussd_code,
                length,
                ..
            } => Self::Otp {
                message: text(message),
                ussd_code: ussd_code.clone(),
                length: *length,
                expires_at,
            },
            NextAction::Redirect { url, .. } => Self::Redirect {
                url: url.clone(),
                expires_at,
            },
            NextAction::QrCode {
                payload, deep_links, ..
            } => Self::QrCode {
                payload: payload.clone(),
                image_svg: drawing(payload),
                deep_links: deep_links.clone(),
                expires_at,
            },
        }
    }
}

fn text(text: &Text) -> TextBody {
    TextBody {
        en: text.en.clone(),
        fr: text.fr.clone(),
    }
}

pub(crate) fn drawing(payload: &str) -> Option<String> {
    if payload.len() > QR_BYTES_MAX {
        return None;
    }
    let code = QRBuilder::new(payload).build().ok()?;
    Some(SvgBuilder::default().to_str(&code))
}
