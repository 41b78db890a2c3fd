//! The address to which a payer goes back, with what merchants may read from it as a hint. Owns how the hints are added;
//! never whether anybody is sent there.

use engine::views::PaymentView;
use url::Url;

use crate::api::payment::render::intent::status;

/// Where the payer of an ended payment goes; `None` when the merchant named nothing.
pub(crate) fn of(payment: &PaymentView) -> Option<String> {
    let intent = &payment.intent;
    let url = intent.return_url.as_deref()?;
    let Some(checkout_id) = intent.checkout_id else {
        // A payment of the payment-intents API: its merchant expects the address as it was given.
        return with_hints(url, &[]);
    };
    let hints = [
        ("payment_id", intent.id.to_string()),
        ("checkout_id", checkout_id.to_string()),
        ("status", status(intent.state).to_owned()),
    ];
    with_hints(url, &hints)
}

/// Where the merchant's own site begins, for a payer who needs help; `None` when the merchant named no address.
pub(crate) fn site(payment: &PaymentView) -> Option<String> {
    let url = Url::parse(payment.intent.return_url.as_deref()?).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    is_web.then(|| format!("{}/", url.origin().ascii_serialization()))
}

/// The address with more in its query; what it had, and its fragment, stay as they are. `None` for what no browser may
/// be sent to.
fn with_hints(address: &str, hints: &[(&str, String)]) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if !hints.is_empty() {
        url.query_pairs_mut().extend_pairs(hints);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::with_hints;

    #[test]
    fn hints_are_added_and_nothing_is_lost() {
        let hints = [("status", "completed".to_owned()), ("payment_id", "TRX1".to_owned())];
        for (address, expected) in [
            (
                "https://shop.example",
                "https://shop.example/?status=completed&payment_id=TRX1",
            ),
            (
                "https://shop.example/a?b=c%20d&e#top",
                "https://shop.example/a?b=c%20d&e&status=completed&payment_id=TRX1#top",
            ),
            (
                "http://shop.example/?x=%26",
                "http://shop.example/?x=%26&status=completed&payment_id=TRX1",
            ),
        ] {
            assert_eq!(with_hints(address, &hints).as_deref(), Some(expected));
        }
        assert_eq!(with_hints("javascript:alert(1)", &hints), None);
        assert_eq!(with_hints("not an address", &hints), None);
    }
}
