//! Payment links that say of their amount what cannot be.

use crate::court::Case;
use crate::court::Verdict::{Check, Taken, Unique};
use crate::rows::link;

pub(crate) fn cases() -> Vec<Case> {
    let entered = || link().with("amount_minor=NULL min_minor=5");
    vec![
        Case::new(Taken, "a link with an amount", link()),
        Case::new(Taken, "a link without an upper bound", entered()),
        Case::new(Taken, "a link with equal bounds", entered().with("max_minor=5")),
        Case::new(Check("max_minor"), "bounds that cross", entered().with("max_minor=4")),
        Case::new(
            Check("amount_minor"),
            "an amount of nothing",
            link().with("amount_minor=0"),
        ),
        Case::new(
            Check("amount_minor"),
            "more than money goes",
            link().with("amount_minor=1000000000000"),
        ),
        Case::new(Check("min_minor"), "a bound of nothing", entered().with("min_minor=0")),
        Case::new(
            Check("(amount_minor IS NULL) = (min_minor IS NOT NULL)"),
            "an amount and a bound",
            link().with("min_minor=5"),
        ),
        Case::new(
            Check("(amount_minor IS NULL) = (min_minor IS NOT NULL)"),
            "neither amount nor bound",
            link().with("amount_minor=NULL"),
        ),
        Case::new(
            Unique("links_by_key"),
            "two links of one key",
            link().with("id='lnk_other' made_with='k'"),
        )
        .after(link().with("made_with='k'")),
    ]
}
