//! The shapes of requests for the OpenAPI document. Nothing is ever read into them: requests are read member by member,
//! so that every problem is named at once. A test holds their examples against the readers.
#![allow(dead_code, reason = "described, never constructed")]

use utoipa::ToSchema;

/// What is to be paid, by whom.
#[derive(ToSchema)]
#[schema(as = CreatePaymentIntent, example = json!({
    "amount": 50,
    "currency": "XOF",
    "description": "Order 1024",
    "customer": {"email": "payer@example.com", "first_name": "Awa", "last_name": "Diop"},
    "return_url": "https://shop.example.com/thanks",
    "metadata": {"order_id": "1024"},
    "attempt": {"method_code": "momo_mtn", "country": "CI", "phone": {"number": "0500000100", "country": "CI"}}
}))]
pub(crate) struct CreateIntentShape {
    /// Major units, at least 1; no more decimals than the currency has. A number, not a string.
    #[schema(minimum = 1)]
    amount: f64,
    /// ISO 4217, upper case.
    #[schema(min_length = 3, max_length = 3)]
    currency: String,
    /// What for.
    #[schema(min_length = 1, max_length = 500)]
    description: String,
    /// The payer.
    customer: CustomerShape,
    /// Where the payer goes afterwards: an absolute http(s) URL without user name.
    #[schema(max_length = 2048)]
    return_url: Option<String>,
    /// The payment's own webhook: an absolute http(s) URL without user name.
    #[schema(max_length = 2048)]
    webhook_url: Option<String>,
    /// What stands on the payer's statement.
    #[schema(max_length = 22)]
    statement_descriptor: Option<String>,
    /// Where the receipt goes.
    #[schema(max_length = 255)]
    receipt_email: Option<String>,
    /// Up to 10 pairs, returned as given. Keys of at most 40 characters, values of at most 500 characters of JSON.
    metadata: Option<std::collections::HashMap<String, serde_json::Value>>,
    /// Minutes after which no attempt starts.
    #[schema(minimum = 5, maximum = 10080, default = 1440)]
    lifetime_minutes: Option<i64>,
    /// Whether the intent fails at once when `attempt` and its fallbacks do.
    fail_with_attempt: Option<bool>,
    /// An attempt to start in the same call.
    attempt: Option<StartAttemptShape>,
}

/// What is to be paid on a page of ours, by whom, and how the page looks.
#[derive(ToSchema)]
#[schema(as = CreateCheckout, example = json!({
    "amount": 50,
    "currency": "XOF",
    "description": "Order 1024",
    "customer": {"email": "payer@example.com", "first_name": "Awa", "last_name": "Diop"},
    "return_url": "https://shop.example.com/thanks",
    "restriction": {"country_code": "CI"},
    "customization": {"color": "#1f6f5c", "brand": "Boutique Awa"},
    "locale": "fr"
}))]
pub(crate) struct CreateCheckoutShape {
    /// Major units, at least 1; no more decimals than the currency has. A number, not a string.
    #[schema(minimum = 1)]
    amount: f64,
    /// ISO 4217, upper case.
    #[schema(min_length = 3, max_length = 3)]
    currency: String,
    /// What for.
    #[schema(min_length = 1, max_length = 500)]
    description: String,
    /// The payer.
    customer: CustomerShape,
    /// Where the payer goes afterwards: an absolute http(s) URL without user name.
    #[schema(max_length = 2048)]
    return_url: Option<String>,
    /// The payment's own webhook: an absolute http(s) URL without user name.
    #[schema(max_length = 2048)]
    webhook_url: Option<String>,
    /// What stands on the payer's statement.
    #[schema(max_length = 22)]
    statement_descriptor: Option<String>,
    /// Where the receipt goes.
    #[schema(max_length = 255)]
    receipt_email: Option<String>,
    /// Up to 10 pairs, returned as given. Keys of at most 40 characters, values of at most 500 characters of JSON.
    metadata: Option<std::collections::HashMap<String, serde_json::Value>>,
    /// Minutes after which nobody can begin to pay.
    #[schema(minimum = 5, maximum = 10080, default = 60)]
    lifetime_minutes: Option<i64>,
    /// What the payer cannot choose.
    restriction: Option<RestrictionShape>,
    /// How the page looks.
    customization: Option<CustomizationShape>,
    /// The language of the page, `en` or `fr`; the payer's browser decides when it is absent.
    #[schema(pattern = "^(en|fr)$")]
    locale: Option<String>,
}

/// What the payer cannot choose.
#[derive(ToSchema)]
#[schema(as = CheckoutRestrictionInput)]
pub(crate) struct RestrictionShape {
    /// Where it must be paid: ISO 3166-1 alpha-2.
    #[schema(min_length = 2, max_length = 2)]
    country_code: Option<String>,
    /// The number that must pay it.
    phone: Option<PhoneShape>,
}

/// How a page looks.
#[derive(ToSchema)]
#[schema(as = CheckoutCustomizationInput)]
pub(crate) struct CustomizationShape {
    /// `#rgb` or `#rrggbb`
    #[schema(pattern = "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$")]
    color: Option<String>,
    /// The merchant's name on the page; the project's when absent.
    #[schema(min_length = 1, max_length = 60)]
    brand: Option<String>,
}

/// The payer. `email` or `phone` is required.
#[derive(ToSchema)]
#[schema(as = CustomerInput)]
pub(crate) struct CustomerShape {
    /// E-mail address.
    #[schema(max_length = 255)]
    email: Option<String>,
    /// Phone in international form, or a national one of `country`.
    phone: Option<String>,
    /// Given name.
    #[schema(max_length = 255)]
    first_name: Option<String>,
    /// Family name.
    #[schema(max_length = 255)]
    last_name: Option<String>,
    /// Street and number.
    #[schema(max_length = 255)]
    address: Option<String>,
    /// City.
    #[schema(max_length = 255)]
    city: Option<String>,
    /// State or region.
    #[schema(max_length = 255)]
    state: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(min_length = 2, max_length = 2)]
    country: Option<String>,
    /// Postal code.
    #[schema(max_length = 255)]
    zip: Option<String>,
}

/// What is to change of a customer. A member that is absent stays as it is; `null` takes its value away.
#[derive(ToSchema)]
#[schema(as = UpdateCustomerInput, example = json!({"phone": "+2250700000130", "city": "Abidjan", "zip": null}))]
pub(crate) struct UpdateCustomerShape {
    /// E-mail address. A customer keeps at least one of `email` and `phone`.
    #[schema(max_length = 255)]
    email: Option<String>,
    /// Phone in international form, or a national one of the customer's country.
    phone: Option<String>,
    /// Given name.
    #[schema(max_length = 255)]
    first_name: Option<String>,
    /// Family name.
    #[schema(max_length = 255)]
    last_name: Option<String>,
    /// Street and number.
    #[schema(max_length = 255)]
    address: Option<String>,
    /// City.
    #[schema(max_length = 255)]
    city: Option<String>,
    /// State or region.
    #[schema(max_length = 255)]
    state: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(min_length = 2, max_length = 2)]
    country: Option<String>,
    /// Postal code.
    #[schema(max_length = 255)]
    zip: Option<String>,
}

/// How the payer pays.
#[derive(ToSchema)]
#[schema(as = StartAttempt, example = json!({
    "method_code": "momo_mtn", "country": "CI", "phone": {"number": "0500000100", "country": "CI"}
}))]
pub(crate) struct StartAttemptShape {
    /// For example `momo_mtn`, `wallet_wave` or `card`.
    method_code: String,
    /// Where the payer pays: ISO 3166-1 alpha-2.
    #[schema(min_length = 2, max_length = 2)]
    country: String,
    /// The payer's phone: required for mobile money and wallets.
    phone: Option<PhoneShape>,
    /// In which currency the payer pays; the intent's when absent. Another one needs a valid exchange rate of the project.
    #[schema(min_length = 3, max_length = 3)]
    currency: Option<String>,
}

/// A phone number.
#[derive(ToSchema)]
#[schema(as = PhoneInput)]
pub(crate) struct PhoneShape {
    /// National or international, with or without separators.
    #[schema(max_length = 32)]
    number: String,
    /// Whose numbering plan a national number follows: ISO 3166-1 alpha-2.
    #[schema(min_length = 2, max_length = 2)]
    country: String,
}

/// A one-time code.
#[derive(ToSchema)]
#[schema(as = SubmitOtp, example = json!({"code": "123456"}))]
pub(crate) struct SubmitOtpShape {
    /// 4 to 8 digits, as a string: leading zeros count.
    #[schema(min_length = 4, max_length = 8, pattern = "^[0-9]+$")]
    code: String,
}
