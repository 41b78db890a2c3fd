//! The shapes of requests about payment links for the OpenAPI document. Nothing is ever read into them.
#![allow(dead_code, reason = "described, never constructed")]

use utoipa::ToSchema;

use super::shapes::{CustomizationShape, RestrictionShape};

/// A payment link to be made: with `amount` everybody pays that; without it the payer enters what to pay.
#[derive(ToSchema)]
#[schema(as = CreateLink, example = json!({
    "amount": 5000, "currency": "XOF", "description": "Yoga, one month", "usage": "reusable",
    "customization": {"color": "#1f6f5c", "brand": "Studio Awa"}, "locale": "fr"
}))]
pub(crate) struct CreateLinkShape {
    /// Major units, at least 1; no more decimals than the currency has. The payer enters the amount when it is absent.
    #[schema(minimum = 1)]
    amount: Option<f64>,
    /// The least that a payer may enter, major units; 1 when absent. Not together with `amount`.
    #[schema(minimum = 1)]
    amount_min: Option<f64>,
    /// The most that a payer may enter, major units. Not together with `amount`.
    #[schema(minimum = 1)]
    amount_max: Option<f64>,
    /// ISO 4217, upper case.
    #[schema(min_length = 3, max_length = 3)]
    currency: String,
    /// What for.
    #[schema(min_length = 1, max_length = 500)]
    description: String,
    /// `reusable` (when absent): everybody who has it may pay. `single`: it is paid once.
    #[schema(pattern = "^(reusable|single)$")]
    usage: Option<String>,
    /// Whether the payer is asked for an e-mail address for the receipt: `off`, `optional` (when absent) or `required`.
    #[schema(pattern = "^(off|optional|required)$")]
    receipt: Option<String>,
    /// Where payers go afterwards: an absolute http(s) URL without user name.
    #[schema(max_length = 2048)]
    return_url: Option<String>,
    /// Up to 10 pairs, of every payment made through the link. Keys of at most 40 characters, values of at most 500
    /// characters of JSON.
    metadata: Option<std::collections::HashMap<String, serde_json::Value>>,
    /// What payers cannot choose.
    restriction: Option<RestrictionShape>,
    /// How the pages look.
    customization: Option<CustomizationShape>,
    /// The language of the pages, `en` or `fr`; the payer's browser decides when it is absent.
    #[schema(pattern = "^(en|fr)$")]
    locale: Option<String>,
    /// From then on nobody begins to pay: RFC 3339 with offset, or a date; never when absent.
    #[schema(example = "2099-01-01T00:00:00+00:00")]
    expires_at: Option<String>,
}

/// What is to change of a payment link. A member that is absent stays as it is.
#[derive(ToSchema)]
#[schema(as = UpdateLink, example = json!({"active": false}))]
pub(crate) struct UpdateLinkShape {
    /// Whether it may be paid. Checkouts that visitors have open already can be paid all the same, until their hour is over.
    active: Option<bool>,
    /// What for: of payments that are made from now on. A link keeps one.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    description: Option<String>,
    /// From then on nobody begins to pay: RFC 3339 with offset, or a date; `null` lets it live on. Checkouts that visitors have
    /// open already keep their own end.
    #[schema(example = "2099-01-01T00:00:00+00:00")]
    expires_at: Option<String>,
}
