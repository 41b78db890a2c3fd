//! Events that merchants are told of. Owns their published names; never their bodies (the API families render those).

macro_rules! announcements {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// An event announced to the merchant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Announcement { $($(#[$doc])* $name,)* }

        impl Announcement {
            /// Every announcement.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The published name.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Reads the published name.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|a| a.code() == text)
            }
        }
    };
}

announcements! {
    /// The intent is paid.
    PaymentCompleted = "payment.completed";
    /// The intent ended unpaid after an attempt.
    PaymentFailed = "payment.failed";
    /// The intent ended without an attempt, or was cancelled.
    PaymentExpired = "payment.expired";
    /// An attempt took the money.
    AttemptCompleted = "payment.attempt.completed";
    /// An attempt ended without money.
    AttemptFailed = "payment.attempt.failed";
    /// The payer must act.
    AttemptActionRequired = "payment.attempt.action_required";
    /// More money was taken than the intent needs; a refund is open.
    SurplusCaptured = "payment.surplus_captured";
    /// Another amount or currency was taken than was asked.
    AmountMismatch = "payment.amount_mismatch";
    /// The provider gave money back without us.
    Reversed = "payment.reversed";
}
