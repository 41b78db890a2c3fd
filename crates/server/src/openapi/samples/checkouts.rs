//! The example of a checkout: nobody has begun to pay it.

use engine::commands::{Customization, Restriction};
use engine::domain::country::Country;
use engine::domain::ids::CheckoutId;
use engine::domain::language::Language;
use engine::views::{Checkout, PaymentView};
use serde_json::Value;

use super::{AT_MS, BITS, shown};
use crate::api::payment::render::checkout::CheckoutBody;
use crate::envelope::Written;

/// One hour.
const LIFETIME_MS: i64 = 3_600_000;

/// Of the operations on checkouts: `created` is what making one answers, `page` makes a list of one.
pub(super) fn answers(
    created: Value,
    payment: &PaymentView,
    public_url: &str,
    page: impl Fn(Value, &str) -> Value,
) -> Vec<(&'static str, u16, Value)> {
    let found = found(payment, public_url);
    let one = shown(&found.data);
    let of_link = "/v1/payment/links/lnk_01jxa5qj0c8z6t9y3m4n5p6r7s/checkouts";
    vec![
        ("create_checkout", 201, created),
        ("get_checkout", 200, shown(&found)),
        ("list_checkouts_of_payment_link", 200, page(one, of_link)),
    ]
}

/// What reading it answers.
fn found(payment: &PaymentView, public_url: &str) -> Written<Option<CheckoutBody>> {
    Written {
        message: "Checkout found.".to_owned(),
        data: CheckoutBody::of(&checkout(payment.clone()), public_url),
    }
}

/// The payment with a page of its own.
pub(super) fn checkout(mut payment: PaymentView) -> PaymentView {
    let id = CheckoutId::new(AT_MS, BITS);
    payment.active_attempt = None;
    payment.intent.checkout_id = Some(id);
    payment.intent.payer_language = Some(Language::French);
    payment.intent.expires_at_ms = AT_MS + LIFETIME_MS;
    payment.checkout = Some(Checkout {
        id,
        intent_id: payment.intent.id,
        token_hash: String::new(),
        link_id: None,
        restriction: Restriction {
            country: Country::parse("CI").ok(),
            phone: None,
        },
        customization: Customization {
            color: Some("#1f6f5c".to_owned()),
            brand: Some("Boutique Awa".to_owned()),
        },
        created_at_ms: AT_MS,
    });
    payment
}
