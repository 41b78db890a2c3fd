//! Payment links as the API shows them.

use engine::domain::language::Language;
use engine::domain::link::{LinkAmount, LinkSwitch};
use engine::door;
use engine::links::LinkView;
use engine::render::Rendered;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::amount::AmountBody;
use super::checkout::{CustomizationBody, RestrictionBody};
use super::intent::metadata;
use super::time;
use crate::envelope::Written;

/// A payment link: an address at which every visit makes a checkout of its own.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentLink)]
pub(crate) struct LinkBody {
    /// `lnk_…`
    id: String,
    /// How it stands: `active`, `inactive` (switched off), `expired`, or `paid` (it could be paid once, and
    /// money was taken for it).
    #[schema(example = "active")]
    status: &'static str,
    /// Whether its merchant lets it be paid.
    active: bool,
    /// Where to send payers. Whoever has it can pay through it, and nothing else.
    url: String,
    /// `reusable` or `single`.
    #[schema(example = "reusable")]
    usage: &'static str,
    /// ISO 4217.
    #[schema(example = "XOF")]
    currency: &'static str,
    /// What is paid; null when the payer enters it.
    amount: Option<AmountBody>,
    /// The least that a payer may enter; null with an amount.
    amount_min: Option<AmountBody>,
    /// The most that a payer may enter; null when there is no such bound.
    amount_max: Option<AmountBody>,
    /// What for.
    description: String,
    /// Whether the payer is asked for an e-mail address for the receipt: `off`, `optional` or `required`.
    #[schema(example = "optional")]
    receipt: &'static str,
    /// Where payers go afterwards.
    return_url: Option<String>,
    /// The merchant's own pairs, of every payment made through it.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    metadata: Box<RawValue>,
    /// What payers cannot choose.
    restriction: Option<RestrictionBody>,
    /// How the pages look.
    customization: CustomizationBody,
    /// `en` or `fr`; null when the payer's browser decides.
    locale: Option<&'static str>,
    /// Completed payments through it.
    times_paid: i64,
    /// From then on nobody begins to pay; null when it lives on.
    expires_at: Option<String>,
    /// When it was made.
    created_at: String,
}

impl LinkBody {
    /// Shows a link.
    pub(crate) fn of(view: &LinkView, public_url: &str) -> Self {
        let link = &view.link;
        let (amount, min, max) = match link.amount {
            LinkAmount::Fixed(amount) => (Some(amount), None, None),
            LinkAmount::Entered { min, max } => (None, Some(min), max),
        };
        Self {
            id: link.id.to_string(),
            status: view.status.code(),
            active: link.switch == LinkSwitch::On,
            url: format!("{public_url}{}", door::link_path(&view.token)),
            usage: link.usage.code(),
            currency: link.amount.currency().code(),
            amount: amount.map(AmountBody::of),
            amount_min: min.map(AmountBody::of),
            amount_max: max.map(AmountBody::of),
            description: link.description.clone(),
            receipt: link.receipt.code(),
            return_url: link.return_url.clone(),
            metadata: metadata(&link.metadata),
            restriction: RestrictionBody::of(&link.restriction),
            customization: CustomizationBody::of(&link.customization),
            locale: link.language.map(Language::code),
            times_paid: view.times_paid,
            expires_at: link.expires_at_ms.map(time::iso),
            created_at: time::iso(link.created_at_ms),
        }
    }

    /// Shows a link that an order was about, as the answer to it.
    pub(crate) fn written(view: &LinkView, public_url: &str, message: &str) -> Written<Self> {
        Written {
            message: message.to_owned(),
            data: Self::of(view, public_url),
        }
    }

    /// The same as bytes, to be kept.
    pub(crate) fn rendered(view: &LinkView, public_url: &str, (status, message): (u16, &str)) -> Rendered {
        let body = Self::written(view, public_url, message);
        Rendered {
            status,
            body: serde_json::to_vec(&body).unwrap_or_default(),
        }
    }
}
