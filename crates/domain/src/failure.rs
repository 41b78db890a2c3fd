//! Why an attempt did not bring money: stable codes, their category, and whether another gateway may help.
//! Owns the meaning of each code; never the translation of a provider's word (gateways do that).

use std::fmt;

/// Who or what the cause lies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureCategory {
    /// The payer did or did not do something.
    Payer,
    /// The payer's balance or limits.
    Funds,
    /// The mobile-money operator or card network.
    Operator,
    /// The provider between us and the operator.
    Gateway,
    /// The merchant's set-up at us or at the provider.
    Configuration,
    /// This server.
    Platform,
    /// A security rule.
    Security,
}

impl FailureCategory {
    /// The published spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Payer => "payer",
            Self::Funds => "funds",
            Self::Operator => "operator",
            Self::Gateway => "gateway",
            Self::Configuration => "configuration",
            Self::Platform => "platform",
            Self::Security => "security",
        }
    }
}

/// Whether the same payment may be tried at another gateway once it is proven that this one took nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rerouting {
    /// The cause is transient or ours; the payer need not act.
    MayHelp,
    /// The payer (or the merchant) must act first.
    Pointless,
}

macro_rules! failure_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $category:ident, $rerouting:ident, $text:literal;)*) => {
        /// A failure's stable code, as published in `failure.code`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FailureCode { $($(#[$doc])* $name,)* }

        impl FailureCode {
            /// Every code, in the published order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The published spelling; also the key of the payer's text (`failure.<code>`).
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Who or what the cause lies with.
            pub fn category(self) -> FailureCategory {
                match self { $(Self::$name => FailureCategory::$category,)* }
            }

            /// Whether another gateway may be tried, given proof that nothing was taken.
            pub fn rerouting(self) -> Rerouting {
                match self { $(Self::$name => Rerouting::$rerouting,)* }
            }

            /// One English sentence for the merchant's developer and support.
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Reads the published spelling.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|c| c.code() == text)
            }
        }
    };
}

failure_codes! {
    /// The payer said no on the phone or the page.
    DeclinedByPayer = "declined_by_payer", Payer, Pointless, "The payer declined the payment.";
    /// Wrong PIN.
    WrongPin = "wrong_pin", Payer, Pointless, "The payer entered a wrong PIN.";
    /// Wrong one-time code.
    OtpInvalid = "otp_invalid", Payer, Pointless, "The one-time code is not valid.";
    /// Not enough money in the wallet or on the card.
    InsufficientFunds = "insufficient_funds", Funds, Pointless, "The payer's balance is not sufficient.";
    /// A limit of the payer's wallet.
    WalletLimitReached = "wallet_limit_reached", Funds, Pointless, "The payer's wallet has reached a limit.";
    /// Nobody answered the prompt in time, and the provider says that nothing can be taken any more.
    PaymentTimeout = "payment_timeout", Payer, Pointless, "The payer did not confirm in time.";
    /// The number has no wallet at this operator.
    AccountNotFound = "account_not_found", Payer, Pointless, "No wallet was found for this number at this operator.";
    /// The payer's wallet is blocked.
    AccountBlocked = "account_blocked", Payer, Pointless, "The payer's wallet is blocked.";
    /// The amount is outside what the operator accepts.
    AmountOutOfRange = "amount_out_of_range", Payer, Pointless, "The amount is outside the operator's limits.";
    /// The provider took another amount or currency than was asked; a person decides.
    AmountMismatch = "amount_mismatch", Security, Pointless, "The operator took another amount than was asked. A person must decide what happens with it.";
    /// The operator is out of order.
    OperatorUnavailable = "operator_unavailable", Operator, MayHelp, "The operator is not available.";
    /// The provider is out of order or cannot be reached.
    GatewayUnavailable = "gateway_unavailable", Gateway, MayHelp, "The gateway is not available; nothing was taken.";
    /// The provider refuses the merchant's credentials.
    GatewayCredentialsRefused = "gateway_credentials_refused", Configuration, MayHelp, "The gateway refused the credentials of this gateway account.";
    /// A limit of the merchant's account at the provider.
    GatewayLimitReached = "gateway_limit_reached", Configuration, MayHelp, "A limit of the gateway account is reached.";
    /// No rule or no account can take this payment.
    RoutingNotConfigured = "routing_not_configured", Configuration, Pointless, "No gateway account is set up for this method and country.";
    /// The merchant cancelled.
    Cancelled = "cancelled", Platform, Pointless, "The payment was cancelled.";
    /// Another attempt took its place before anything was sent.
    Superseded = "superseded", Platform, Pointless, "Another attempt took the place of this one.";
    /// A person closed it with evidence.
    ClosedByPerson = "closed_by_person", Platform, Pointless, "A person closed this attempt.";
    /// The provider gave a final reason that we do not know.
    Unmapped = "unmapped", Gateway, Pointless, "The gateway declined with a reason that is not known yet; see gateway_code.";
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A failure with the provider's own word for it, where it gave one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Our stable code.
    pub code: FailureCode,
    /// The provider's word or number, as it was received (≤ 120 characters).
    pub gateway_code: Option<String>,
}

impl Failure {
    /// A failure of ours, without a provider's word.
    pub fn new(code: FailureCode) -> Self {
        Self {
            code,
            gateway_code: None,
        }
    }

    /// A failure with the provider's own word, cut at 120 characters.
    pub fn with_gateway_code(code: FailureCode, gateway_code: &str) -> Self {
        Self {
            code,
            gateway_code: Some(gateway_code.chars().take(120).collect()),
        }
    }
}
