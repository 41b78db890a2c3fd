//! Events that merchants are told of. Owns their published names; never their bodies (the API families render those).

use crate::scope::ApiFamily;

words! {
    /// An event announced to the merchant.
    Announcement {
        /// The intent is paid.
        PaymentCompleted = "payment.completed",
        /// The intent ended unpaid after an attempt.
        PaymentFailed = "payment.failed",
        /// The intent ended without an attempt, or was cancelled.
        PaymentExpired = "payment.expired",
        /// An attempt took the money.
        AttemptCompleted = "payment.attempt.completed",
        /// An attempt ended without money.
        AttemptFailed = "payment.attempt.failed",
        /// The payer must act.
        AttemptActionRequired = "payment.attempt.action_required",
        /// More money was taken than the intent needs; a refund is open.
        SurplusCaptured = "payment.surplus_captured",
        /// Another amount or currency was taken than was asked.
        AmountMismatch = "payment.amount_mismatch",
        /// The provider gave money back without us.
        Reversed = "payment.reversed",
        /// In the payment-intents API: an intent was created.
        IntentCreated = "payment_intent.created",
        /// In the payment-intents API: a payment was sent, or a prompt is on the phone.
        IntentProcessing = "payment_intent.processing",
        /// In the payment-intents API: the payer must go to a page.
        IntentRequiresAction = "payment_intent.requires_action",
        /// In the payment-intents API: the intent is paid.
        IntentSucceeded = "payment_intent.succeeded",
        /// In the payment-intents API: the intent ended unpaid after a try.
        IntentPaymentFailed = "payment_intent.payment_failed",
        /// In the payment-intents API: the intent was cancelled, or its time ended without a try.
        IntentCanceled = "payment_intent.canceled",
    }
}

impl Announcement {
    /// Which API tells it.
    pub fn family(self) -> ApiFamily {
        match self.code().starts_with("payment_intent.") {
            true => ApiFamily::PaymentIntents,
            false => ApiFamily::Payment,
        }
    }

    /// Every announcement of an API.
    pub fn of_family(family: ApiFamily) -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(move |announcement| announcement.family() == family)
    }
}
