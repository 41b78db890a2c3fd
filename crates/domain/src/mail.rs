//! E-mails to payers. Owns what they are sent for, how one stands, and when one that did not go out is tried again; never
//! what is in it.

words! {
    /// What a mail is sent for; a payment has at most one of each.
    MailOccasion {
        /// The payment is paid.
        Receipt = "receipt",
    }

    /// How a mail stands.
    MailState {
        /// It is to be sent.
        Waiting = "waiting",
        /// A mail server has taken it.
        Sent = "sent",
        /// It is not sent but shown, in a sandbox.
        Kept = "kept",
        /// It was refused, could not be sent for too long, or was one too many for its address.
        GivenUp = "given_up",
    }
}

/// Pauses after the first and each further try that failed, in milliseconds: 1 min, 5 min, 30 min, 2 h, 8 h, 24 h.
const PAUSES_MS: [i64; 6] = [60_000, 300_000, 1_800_000, 7_200_000, 28_800_000, 86_400_000];

/// The pause before the next try, in milliseconds, after so many that failed; `None` when there is no further one.
pub fn next_try_ms(failed: i64) -> Option<i64> {
    let index = usize::try_from(failed).ok()?.checked_sub(1)?;
    PAUSES_MS.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::next_try_ms;

    #[test]
    fn the_pauses_grow_and_end() {
        let pauses: Vec<i64> = (1..).map_while(next_try_ms).collect();
        assert!(pauses.is_sorted() && pauses.len() == 6, "{pauses:?}");
        assert_eq!((next_try_ms(0), next_try_ms(-1), next_try_ms(7)), (None, None, None));
    }
}
