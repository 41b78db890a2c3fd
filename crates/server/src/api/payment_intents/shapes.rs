//! The bodies of requests as the OpenAPI document describes them. Never parsed: `requests` reads every member itself, so that
//! all of what is wrong is told at once.

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// Create a payment intent.
#[derive(ToSchema)]
#[schema(as = CreateIntentRequest, example = json!({
    "amount": 10000, "currency": "XOF", "transaction_country": "CI", "description": "Order #1234",
    "metadata": {"order_id": "order_123"}, "customer_email": "payer@example.com",
}))]
#[expect(dead_code, reason = "the schema is all that is used")]
pub(super) struct CreateShape {
    /// In the smallest unit of the currency by ISO 4217: XOF has none, so 10000 is 10 000 XOF.
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    amount: i64,
    /// ISO 4217, in any case.
    #[schema(min_length = 3, max_length = 3)]
    currency: String,
    /// ISO 3166-1 alpha-2: where the sale takes place. Decides which rails are eligible.
    transaction_country: String,
    /// Where the payer is.
    payer_country: Option<String>,
    /// Whose rails the money takes, when it is not `transaction_country`.
    rail_country: Option<String>,
    /// What for.
    #[schema(max_length = 500)]
    description: Option<String>,
    /// Flat pairs of strings. What is none is left out, not refused.
    metadata: Option<BTreeMap<String, serde_json::Value>>,
    /// Id of a customer who is known; goes before the e-mail.
    customer: Option<String>,
    /// Finds or makes the customer; goes before the phone.
    customer_email: Option<String>,
    /// Finds or makes the customer: E.164.
    customer_phone: Option<String>,
}

/// Change a payment intent.
#[derive(ToSchema)]
#[schema(as = UpdateIntentRequest, example = json!({"description": "Order #1235", "metadata": {"order_id": "order_124", "old": null}}))]
#[expect(dead_code, reason = "the schema is all that is used")]
pub(super) struct UpdateShape {
    /// What for.
    #[schema(max_length = 500)]
    description: Option<String>,
    /// Keys are added or replaced; `null` removes one. What is neither a string nor `null` is left out, not refused.
    metadata: Option<BTreeMap<String, serde_json::Value>>,
}

/// Confirm a payment intent.
#[derive(ToSchema)]
#[schema(as = ConfirmIntentRequest, example = json!({
    "payment_method": {"type": "mobile_money", "mobile_money": {"country": "CI", "operator": "mtn", "msisdn": "+2250700000000"}},
    "return_url": "https://shop.example.com/done",
}))]
#[expect(dead_code, reason = "the schema is all that is used")]
pub(super) struct ConfirmShape {
    /// With what the payer pays.
    payment_method: MethodShape,
    /// Where the payer goes afterwards.
    return_url: Option<String>,
}

/// With what the payer pays.
#[derive(ToSchema)]
#[schema(as = IntentPaymentMethod)]
#[expect(dead_code, reason = "the schema is all that is used")]
pub(super) struct MethodShape {
    /// `mobile_money` or `card`.
    r#type: String,
    /// With `mobile_money`.
    mobile_money: Option<MobileMoneyShape>,
    /// With `card`.
    card: Option<CardShape>,
}

/// A wallet behind a phone number.
#[derive(ToSchema)]
#[schema(as = IntentMobileMoney)]
#[expect(dead_code, reason = "the schema is all that is used")]
pub(super) struct MobileMoneyShape {
    /// ISO 3166-1 alpha-2; must equal the intent's `transaction_country`.
    country: String,
    /// `orange_money`, `mtn`, `wave`, `moov`, `free_money`, `airtel`, `mpesa` or another name of the catalogue, one with its country as
    /// `orange_ci`, or a method code. It must be offered in the intent's `rail_country`, or else in its `transaction_country`.
    operator: String,
    /// E.164.
    msisdn: String,
    /// A wish; the rail decides.
    preferred_flow: Option<String>,
}

/// A card.
#[derive(ToSchema)]
#[schema(as = IntentCard)]
#[expect(dead_code, reason = "the schema is all that is used")]
pub(super) struct CardShape {
    /// What stands for the card; never its number.
    token: String,
}
