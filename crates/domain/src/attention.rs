//! What waits for a person. Owns the kinds; never the evidence.

macro_rules! attention_kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $advice:literal;)*) => {
        /// Why a person is needed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AttentionKind { $($(#[$doc])* $name,)* }

        impl AttentionKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Stored and published spelling.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// One sentence that says what to do.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }

            /// Reads the stored spelling.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|a| a.code() == text)
            }
        }
    };
}

attention_kinds! {
    /// More was taken than the intent needs.
    SurplusCapture = "surplus_capture", "The operator took more than this payment needs. A refund is open and waits to be sent.";
    /// Another amount or currency was taken than was asked.
    AmountMismatch = "amount_mismatch", "The operator took another amount than was asked. Accept it, give it back, or collect the difference.";
    /// The provider used a word that the gateway does not know.
    UnmappedWord = "unmapped_word", "The gateway answered with a word that is not known yet. Ask the provider what it means; the payment stays open.";
    /// Nobody knows the outcome after a day.
    Undecided = "undecided", "The outcome is unknown for more than 24 hours. Ask the provider with our reference; we go on asking.";
    /// The provider says that it does not know a call that it had accepted.
    AcceptedThenNotFound = "accepted_then_not_found", "The provider had accepted this charge and now does not know it. Ask the provider; the payment stays open.";
    /// News that contradict each other.
    Contradiction = "contradiction", "The provider's news contradict each other. Look at the facts of this payment.";
    /// A timer failed for hours.
    TimerParked = "timer_parked", "A step of ours failed for hours and is not tried any more. Look at the logs, mend the cause, then resolve this item or restart: it is tried again.";
    /// A verified callback whose reference is unknown for an hour.
    OrphanCallback = "orphan_callback", "A verified callback names a reference that is not ours. Compare with the provider's statement.";
    /// A webhook endpoint takes nothing for hours.
    WebhookFailing = "webhook_failing", "A webhook endpoint does not take events. Look at its deliveries; they are tried again by themselves.";
    /// A webhook endpoint was disabled.
    WebhookDisabled = "webhook_disabled", "A webhook endpoint was disabled because it failed for seven days or answered 410. Mend it, then enable it: it goes on with the first event that it missed.";
    /// Events waited for a disabled endpoint until they were given up.
    WebhookGivenUp = "webhook_given_up", "Events waited 30 days for a disabled webhook endpoint and were given up. Enable it, send them again with cowry webhooks resend --from, then resolve this item.";
    /// A mail to a payer was given up.
    MailGivenUp = "mail_given_up", "A mail to the payer was given up. Look at the evidence, and give the payer their receipt in another way.";
}
