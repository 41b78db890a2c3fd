//! What the payer must do next. Owns the kinds and their data; never their rendering.

/// A text in the two languages of the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// French.
    pub fr: String,
}

/// The payer's next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// Confirm the prompt on the phone.
    Approval {
        /// What to tell the payer.
        message: Text,
        /// USSD code to dial when no prompt comes.
        ussd_code: Option<String>,
        /// Milliseconds UTC at which the prompt dies.
        expires_at_ms: Option<i64>,
    },
    /// Read a one-time code and hand it over.
    Otp {
        /// What to tell the payer.
        message: Text,
        /// USSD code that makes the one-time code.
        ussd_code: Option<String>,
        /// Number of digits.
        length: u32,
        /// Milliseconds UTC after which the code is not accepted.
        expires_at_ms: Option<i64>,
    },
    /// Go to the provider's page.
    Redirect {
        /// Absolute URL.
        url: String,
        /// Milliseconds UTC at which the page closes.
        expires_at_ms: Option<i64>,
    },
    /// Scan or tap.
    QrCode {
        /// What the code says.
        payload: String,
        /// Links that open an app.
        deep_links: Vec<String>,
        /// Milliseconds UTC at which it stops working.
        expires_at_ms: Option<i64>,
    },
}

impl NextAction {
    /// The published `type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Approval { .. } => "approval",
            Self::Otp { .. } => "otp",
            Self::Redirect { .. } => "redirect",
            Self::QrCode { .. } => "qr_code",
        }
    }

    /// Milliseconds UTC after which the payer can no longer act, when it is known.
    pub fn expires_at_ms(&self) -> Option<i64> {
        match self {
            Self::Approval { expires_at_ms, .. }
            | Self::Otp { expires_at_ms, .. }
            | Self::Redirect { expires_at_ms, .. }
            | Self::QrCode { expires_at_ms, .. } => *expires_at_ms,
        }
    }

    /// Whether the payer was handed a link or code that opens a page at the provider.
    pub fn opens_a_page(&self) -> bool {
        match self {
            Self::Redirect { .. } | Self::QrCode { .. } => true,
            Self::Approval { .. } | Self::Otp { .. } => false,
        }
    }
}
