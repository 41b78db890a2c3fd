//! One transaction at an operator: what was asked, and what it will be at which time. The future of a transaction is
//! decided when it opens; looking at it later changes nothing.

/// Where a transaction stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The payer is being asked.
    Pending,
    /// Money was taken, in major units as decimal text.
    Charged(String),
    /// The payer or the operator said no.
    Declined(&'static str),
    /// Nobody answered, or the caller closed it.
    Expired(&'static str),
    /// A word that is not in the protocol.
    Strange,
}

impl Status {
    /// The protocol's word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Charged(_) => "charged",
            Self::Declined(_) => "declined",
            Self::Expired(_) => "expired",
            Self::Strange => "under_review",
        }
    }

    pub(crate) fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Declined(reason) | Self::Expired(reason) => Some(reason),
            Self::Pending | Self::Charged(_) | Self::Strange => None,
        }
    }

    /// Whether an honest operator changes it no more.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Charged(_) | Self::Declined(_) | Self::Expired(_))
    }
}

/// A transaction.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) gateway: String,
    pub(crate) reference: String,
    /// Major units as decimal text, as asked.
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) phone: Option<String>,
    /// Monotonic milliseconds from which it is known to status questions.
    pub(crate) visible_ms: i64,
    /// What it becomes, at which monotonic millisecond, in order.
    pub(crate) changes: Vec<(i64, Status)>,
}

impl Transaction {
    /// Where it stands at a time.
    pub(crate) fn status(&self, at_ms: i64) -> Status {
        let so_far = self.changes.iter().rev().find(|(from_ms, _)| *from_ms <= at_ms);
        so_far.map_or(Status::Pending, |(_, status)| status.clone())
    }

    /// What was taken, once all that will happen has happened.
    pub(crate) fn taken(&self, at_ms: i64) -> Option<String> {
        match self.status(at_ms) {
            Status::Charged(amount) => Some(amount),
            Status::Pending | Status::Declined(_) | Status::Expired(_) | Status::Strange => None,
        }
    }

    /// The amount that the protocol shows: what was taken, or what was asked.
    pub(crate) fn shown_amount(&self, at_ms: i64) -> String {
        self.taken(at_ms).unwrap_or_else(|| self.amount.clone())
    }

    /// The caller closes it now, if it is still open. Returns whether it is closed.
    pub(crate) fn close(&mut self, at_ms: i64) -> bool {
        match self.status(at_ms) {
            Status::Pending => {
                self.changes.retain(|(from_ms, _)| *from_ms <= at_ms);
                self.changes.push((at_ms, Status::Expired("closed")));
                true
            }
            Status::Expired("closed") => true,
            Status::Charged(_) | Status::Declined(_) | Status::Expired(_) | Status::Strange => false,
        }
    }
}
