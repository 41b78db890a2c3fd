//! The scenarios, as data: which digits choose one, what the operator does, answers and calls back.
//!
//! Owns the table of `sandbox.md`. Never acts: `charge`, `life` and `callback` read these values.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How the payer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Flow {
    Prompt,
    Redirect,
    Otp,
    Qr,
    /// A card by its token: nobody is asked.
    Direct,
}

impl Flow {
    pub(crate) fn parse(text: &str) -> Option<Flow> {
        match text {
            "prompt" => Some(Flow::Prompt),
            "redirect" => Some(Flow::Redirect),
            "otp" => Some(Flow::Otp),
            "qr" => Some(Flow::Qr),
            "direct" => Some(Flow::Direct),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Flow::Prompt => "prompt",
            Flow::Redirect => "redirect",
            Flow::Otp => "otp",
            Flow::Qr => "qr",
            Flow::Direct => "direct",
        }
    }

    /// Redirect and QR sessions have a page of ours and can be closed by the caller.
    pub(crate) fn has_page(self) -> bool {
        matches!(self, Flow::Redirect | Flow::Qr)
    }
}

/// What the charge request gets back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The transaction's present state.
    State,
    /// "Pending", whatever has happened: the callback said it first.
    PendingAfterCallback,
    /// Nothing, for as long as the caller waits.
    Silence,
    /// 500 with plain text.
    ServerError,
    /// 200 with HTML.
    Html,
    /// 503 with the documented "not processed" code.
    NotProcessed,
    /// Half of the request is read, then the connection is reset.
    Reset,
    /// The charge URL's port has no listener.
    Refuse,
}

/// How an untouched transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Charged,
    Declined(&'static str),
    Expired,
}

/// Which callbacks follow a final status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callbacks {
    Never,
    Once,
    FiveInParallel,
    BeforeAnswer,
    FinalThenPending,
}

/// What a visit to the payer page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Asks,
    ApprovesWhenOpened,
}

/// One row of the table. Times are scenario times: the speed divides them.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// Last three digits of the payer's phone that choose it.
    pub(crate) digits: Option<&'static str>,
    pub(crate) name: &'static str,
    /// For people: "the operator …".
    pub(crate) tells: &'static str,
    /// How many transactions the operator opens for one charge request.
    pub(crate) opens: usize,
    pub(crate) answer: Answer,
    pub(crate) ending: Ending,
    pub(crate) after_ms: i64,
    /// What the operator makes of a person's approval: some scenarios are about what comes after the payer.
    pub(crate) after_approval: Ending,
    pub(crate) callbacks: Callbacks,
    /// The flow it forces.
    pub(crate) flow: Option<Flow>,
    pub(crate) page: Page,
    /// After a decline: charged all the same, this much later.
    pub(crate) late_charge_ms: Option<i64>,
    /// Taken on top of what was asked, in major units.
    pub(crate) excess_major: u32,
    /// The status call fails for this long after the charge request.
    pub(crate) status_down_ms: i64,
}

/// An unanswered prompt, page or code ends after this scenario time.
pub(crate) const LIFETIME_MS: i64 = 120_000;
/// The right one-time code.
pub(crate) const RIGHT_OTP: &str = "123456";
/// Reason of a transaction that nobody answered in time.
pub(crate) const UNANSWERED: &str = "payment_timeout";
/// Reason of a page session that the caller closed.
pub(crate) const CLOSED: &str = "closed";
/// Reason when the payer says no.
pub(crate) const REFUSED_BY_PAYER: &str = "declined_by_payer";
/// Reason when the PIN was not the right one.
pub(crate) const WRONG_PIN: &str = "wrong_pin";
/// Reason when a one-time code is missing or wrong.
pub(crate) const OTP_INVALID: &str = "otp_invalid";

const PLAIN: Scenario = Scenario {
    digits: None,
    name: "approve",
    tells: "prompts; the payer approves after 2 s; callback",
    opens: 1,
    answer: Answer::State,
    ending: Ending::Charged,
    after_ms: 2_000,
    after_approval: Ending::Charged,
    callbacks: Callbacks::Once,
    flow: None,
    page: Page::Asks,
    late_charge_ms: None,
    excess_major: 0,
    status_down_ms: 0,
};

/// A row that differs from `PLAIN` in what follows `=>`.
macro_rules! row {
    ($digits:literal $name:literal $tells:literal => $($member:ident: $value:expr),*) => {
        Scenario { digits: Some($digits), name: $name, tells: $tells, $($member: $value,)* ..PLAIN }
    };
}

/// Every scenario, `approve` first, in the order of the digits.
pub(crate) static TABLE: [Scenario; 26] = [
    PLAIN,
    row!("100" "approve_now" "approves at once" => after_ms: 0),
    row!("101" "approve_slow" "approves after 30 s" => after_ms: 30_000),
    row!("110" "decline" "payer refuses after 2 s" => ending: Ending::Declined(REFUSED_BY_PAYER)),
    row!("111" "insufficient_funds" "fails after the PIN, for want of funds" =>
        ending: Ending::Declined("insufficient_funds"), after_approval: Ending::Declined("insufficient_funds")),
    row!("112" "wrong_pin" "fails: the PIN is wrong" => ending: Ending::Declined(WRONG_PIN)),
    row!("113" "limit_reached" "refuses at once: wallet limit" =>
        ending: Ending::Declined("limit_reached"), after_ms: 0),
    row!("114" "ignore" "gets no answer from the payer and gives up after 120 s" =>
        ending: Ending::Expired, after_ms: LIFETIME_MS),
    row!("120" "otp" "asks for a one-time code first; 123456 is right" => flow: Some(Flow::Otp), after_ms: 0),
    row!("121" "redirect" "hands out a page with Approve and Decline" =>
        flow: Some(Flow::Redirect), ending: Ending::Expired, after_ms: LIFETIME_MS),
    row!("122" "qr" "hands out a QR code; its page approves" => flow: Some(Flow::Qr),
        ending: Ending::Expired, after_ms: LIFETIME_MS, page: Page::ApprovesWhenOpened),
    row!("130" "timeout_charged" "takes the request, answers nothing, charges after 2 s" => answer: Answer::Silence),
    row!("131" "timeout_not_charged" "drops the request, answers nothing, charges nothing" =>
        opens: 0, answer: Answer::Silence),
    row!("132" "refuse_connection" "refuses the connection" => opens: 0, answer: Answer::Refuse),
    row!("133" "error_charged" "answers 500, charges all the same" => answer: Answer::ServerError, after_ms: 0),
    row!("134" "garbage_charged" "answers 200 with HTML, charges" => answer: Answer::Html, after_ms: 0),
    row!("135" "down" "503 with its documented “not processed”" => opens: 0, answer: Answer::NotProcessed),
    row!("136" "reset_midway" "reads half of the charge request and resets the connection" =>
        opens: 0, answer: Answer::Reset),
    row!("140" "no_callback" "approves, never calls back" => callbacks: Callbacks::Never),
    row!("141" "double_callback" "calls back five times, in parallel" => callbacks: Callbacks::FiveInParallel),
    row!("142" "callback_first" "calls back before it answers the request" =>
        answer: Answer::PendingAfterCallback, after_ms: 0, callbacks: Callbacks::BeforeAnswer),
    row!("143" "late_success" "says declined by the payer, 20 s later says charged" =>
        ending: Ending::Declined(REFUSED_BY_PAYER), after_approval: Ending::Declined(REFUSED_BY_PAYER),
        late_charge_ms: Some(20_000)),
    row!("144" "wrong_amount" "takes and reports one major unit more than was asked" => excess_major: 1),
    row!("145" "out_of_order" "final callback first, “pending” ones after it" =>
        callbacks: Callbacks::FinalThenPending),
    row!("146" "duplicate_transaction" "charges twice under one reference (two provider ids)" => opens: 2),
    row!("147" "status_down" "approves; no callback; its status call fails for 60 s" =>
        callbacks: Callbacks::Never, status_down_ms: 60_000),
];

/// The scenario everybody gets who asked for nothing.
pub(crate) static APPROVE: &Scenario = &TABLE[0];

/// By name, without prefix.
pub(crate) fn named(name: &str) -> Option<&'static Scenario> {
    TABLE.iter().find(|scenario| scenario.name == name)
}

/// By the last three digits of a phone; `approve` when they mean nothing.
pub(crate) fn by_phone(phone: &str) -> &'static Scenario {
    let listed = |scenario: &&Scenario| scenario.digits.is_some_and(|digits| phone.ends_with(digits));
    TABLE.iter().find(listed).unwrap_or(APPROVE)
}

/// A scenario in the log is its name.
pub(crate) fn serialize<S: Serializer>(scenario: &&'static Scenario, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(scenario.name)
}

/// An unknown name in the log is an error: the log is of a newer simulator.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Scenario, D::Error> {
    let name = String::deserialize(deserializer)?;
    named(&name).ok_or_else(|| serde::de::Error::custom(format!("unknown scenario {name}")))
}
