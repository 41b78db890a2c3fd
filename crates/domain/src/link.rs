//! Payment links: what a visitor may pay through one, and how one stands. Never knows who visits.

use crate::currency::Currency;
use crate::money::Money;

words! {
    /// How often a link may be paid.
    LinkUse {
        /// By everybody who has it, as often as they like.
        Reusable = "reusable",
        /// Once.
        Single = "single",
    }

    /// Whether a visitor is asked where the receipt goes.
    ReceiptWish {
        /// Not asked.
        NotAsked = "off",
        /// Asked; may be left empty.
        Optional = "optional",
        /// Asked; must be answered.
        Required = "required",
    }

    /// Whether a merchant lets a link be paid.
    LinkSwitch {
        /// Yes.
        On = "on",
        /// Not for now.
        Off = "off",
    }

    /// How a link stands.
    LinkStatus {
        /// It can be paid.
        Active = "active",
        /// Its merchant switched it off.
        Inactive = "inactive",
        /// Its time is over.
        Expired = "expired",
        /// It could be paid once, and was.
        Paid = "paid",
    }
}

/// What is paid through a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAmount {
    /// This amount.
    Fixed(Money),
    /// What the payer enters, within these bounds, both allowed.
    Entered {
        /// The least.
        min: Money,
        /// The most; only money's own limit when there is none.
        max: Option<Money>,
    },
}

/// Why an amount cannot be paid through a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountNotTaken {
    /// None was entered where one is needed.
    Missing,
    /// Less than this least one.
    BelowMin(Money),
    /// More than this most one.
    AboveMax(Money),
}

impl LinkAmount {
    /// The currency.
    pub fn currency(self) -> Currency {
        match self {
            Self::Fixed(amount) => amount.currency(),
            Self::Entered { min, .. } => min.currency(),
        }
    }

    /// What a visitor pays who entered that. A fixed amount holds whatever was entered.
    ///
    /// # Errors
    /// [`AmountNotTaken`] with the bound that was missed.
    pub fn taken(self, entered: Option<Money>) -> Result<Money, AmountNotTaken> {
        let (min, max) = match self {
            Self::Fixed(amount) => return Ok(amount),
            Self::Entered { min, max } => (min, max),
        };
        match (entered.filter(|amount| amount.currency() == min.currency()), max) {
            (None, _) => Err(AmountNotTaken::Missing),
            (Some(amount), _) if amount.minor() < min.minor() => Err(AmountNotTaken::BelowMin(min)),
            (Some(amount), Some(max)) if amount.minor() > max.minor() => Err(AmountNotTaken::AboveMax(max)),
            (Some(amount), _) => Ok(amount),
        }
    }
}

/// Whether one more may pay through a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Yes. That of a reusable link always is.
    Free,
    /// It could be paid once, and somebody's money was taken and kept.
    Taken,
}

/// How a link stands: what was paid outweighs everything, and what its merchant wants outweighs its time. Times are
/// milliseconds UTC.
pub fn status(seat: Seat, switch: LinkSwitch, (expires_at_ms, now_ms): (Option<i64>, i64)) -> LinkStatus {
    match (seat, switch, expires_at_ms) {
        (Seat::Taken, _, _) => LinkStatus::Paid,
        (Seat::Free, LinkSwitch::Off, _) => LinkStatus::Inactive,
        (Seat::Free, LinkSwitch::On, Some(at_ms)) if at_ms <= now_ms => LinkStatus::Expired,
        (Seat::Free, LinkSwitch::On, _) => LinkStatus::Active,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xof(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("XOF").unwrap()).unwrap()
    }

    #[test]
    fn bounds_are_allowed_and_nothing_beyond_them_is() {
        let link = LinkAmount::Entered {
            min: xof(100),
            max: Some(xof(500)),
        };
        assert_eq!(link.taken(None), Err(AmountNotTaken::Missing));
        assert_eq!(link.taken(Some(xof(99))), Err(AmountNotTaken::BelowMin(xof(100))));
        assert_eq!(link.taken(Some(xof(501))), Err(AmountNotTaken::AboveMax(xof(500))));
        for within in [100, 500] {
            assert_eq!(link.taken(Some(xof(within))), Ok(xof(within)));
        }
        let dollars = Money::from_minor(200, Currency::parse("USD").unwrap()).unwrap();
        assert_eq!(link.taken(Some(dollars)), Err(AmountNotTaken::Missing));
        assert_eq!(LinkAmount::Fixed(xof(50)).taken(Some(xof(1))), Ok(xof(50)));
    }

    #[test]
    fn a_link_that_was_paid_once_stays_paid() {
        let at = |expires| (expires, 10);
        for (seat, switch, expires, expected) in [
            (Seat::Taken, LinkSwitch::Off, Some(1), LinkStatus::Paid),
            (Seat::Free, LinkSwitch::On, None, LinkStatus::Active),
            (Seat::Free, LinkSwitch::Off, Some(1), LinkStatus::Inactive),
            (Seat::Free, LinkSwitch::On, Some(10), LinkStatus::Expired),
            (Seat::Free, LinkSwitch::On, Some(11), LinkStatus::Active),
        ] {
            assert_eq!(status(seat, switch, at(expires)), expected);
        }
    }
}
