//! Why each account was taken or passed over: what is kept of a routing decision, for the people who ask later.

use crate::ids::AccountId;

macro_rules! reasons {
    ($name:ident, $about:literal; $($(#[$doc:meta])* $case:ident = $code:literal, $text:literal;)*) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $case,)* }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$case,)*];

            /// Stored and published spelling.
            pub fn code(self) -> &'static str {
                match self { $(Self::$case => $code,)* }
            }

            /// One English sentence.
            pub fn text(self) -> &'static str {
                match self { $(Self::$case => $text,)* }
            }

            /// Reads the stored spelling.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.code() == text)
            }
        }
    };
}

reasons! { Taken, "Why an account was taken.";
    /// It is the first of its rule.
    Primary = "primary", "It is the rule's primary account.";
    /// Accounts before it failed or were passed over.
    NextInRule = "next_in_rule", "The accounts before it in the rule had failed or were passed over.";
    /// Its recent success is the best.
    BestSuccess = "best_success", "Of the rule's accounts that could take it, its recent success was the best.";
    /// A share of attempts finds out how the others do.
    Explored = "explored", "It was chosen at random, to keep knowing how well it works.";
    /// The weights drew it.
    Weighted = "weighted", "The weights of the rule drew it.";
    /// It was down, and one payment at a time tries whether it works again.
    Probe = "probe", "It was down, and this attempt tries whether it works again.";
}

reasons! { Skipped, "Why an account was passed over.";
    /// The breaker is open.
    Down = "down", "It was down by our own traffic, and its next probe was not due or under way.";
    /// It takes no new attempts.
    Closed = "closed", "The account is closed to new attempts.";
    /// This build has no such gateway.
    NotInBuild = "not_in_build", "This server has no such gateway.";
    /// Its gateway may not be used in this environment.
    WrongEnvironment = "wrong_environment", "Its gateway may not be used in this environment.";
    /// Its gateway does not take this method, country or currency.
    NotTaken = "not_taken", "Its gateway does not take this method, country and currency.";
    /// It has been tried in this chain.
    AlreadyTried = "already_tried", "It has been tried for this payment already.";
    /// An account before it was taken.
    NotNeeded = "not_needed", "An account before it was taken.";
}

/// What was decided about one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It runs the attempt.
    Taken(Taken),
    /// It was passed over.
    Skipped(Skipped),
}

impl Verdict {
    /// `taken` or `skipped`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Taken(_) => "taken",
            Self::Skipped(_) => "skipped",
        }
    }

    /// The reason's code.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Taken(taken) => taken.code(),
            Self::Skipped(skipped) => skipped.code(),
        }
    }

    /// The reason in one English sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::Taken(taken) => taken.text(),
            Self::Skipped(skipped) => skipped.text(),
        }
    }

    /// Reads the two codes.
    pub fn parse(code: &str, reason: &str) -> Option<Self> {
        match code {
            "taken" => Taken::parse(reason).map(Self::Taken),
            "skipped" => Skipped::parse(reason).map(Self::Skipped),
            _ => None,
        }
    }
}

/// One account in a routing decision, in the order of thought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteStep {
    /// Which account.
    pub account_id: AccountId,
    /// Its gateway's code.
    pub gateway_code: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Its recent success in thousandths, as it was seen then.
    pub success_permille: i64,
}
