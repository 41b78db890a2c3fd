//! Checkout sessions as the API shows them.

use engine::commands::{Customization, Restriction};
use engine::domain::checkout_status::CheckoutStatus;
use engine::domain::country::Country;
use engine::domain::language::Language;
use engine::domain::phone::Phone;
use engine::door;
use engine::views::{Checkout, PaymentView};
use serde::Serialize;
use utoipa::ToSchema;

use super::intent::IntentBody;
use super::time;

/// A checkout session and its payment.
#[derive(Serialize, ToSchema)]
#[schema(as = Checkout)]
pub(crate) struct CheckoutBody {
    /// The page.
    checkout: SessionBody,
    /// The payment that is made on it.
    payment: IntentBody,
}

/// A page on which a payer pays.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckoutSession)]
pub(crate) struct SessionBody {
    /// `cs_…`
    id: String,
    /// How it stands.
    #[schema(example = "open")]
    status: &'static str,
    /// Opens this one payment and nothing else: whoever has it can look at the payment and pay it.
    token: String,
    /// Where to send the payer.
    url: String,
    /// What the payer cannot choose.
    restriction: Option<RestrictionBody>,
    /// How the page looks.
    customization: CustomizationBody,
    /// `en` or `fr`; null when the payer's browser decides.
    locale: Option<&'static str>,
    /// After this nobody can begin to pay.
    expires_at: String,
    /// When it was made.
    created_at: String,
}

/// What the payer cannot choose.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckoutRestriction)]
pub(crate) struct RestrictionBody {
    /// Where it must be paid: ISO 3166-1 alpha-2.
    country_code: Option<String>,
    /// The number that must pay it.
    phone: Option<RestrictedPhoneBody>,
}

/// The number that must pay.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckoutPhone)]
pub(crate) struct RestrictedPhoneBody {
    /// E.164.
    number: String,
    /// The country that the number belongs to: ISO 3166-1 alpha-2; null where no country has it.
    country: Option<&'static str>,
}

/// How the page looks.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckoutCustomization)]
pub(crate) struct CustomizationBody {
    /// `#rrggbb`
    color: Option<String>,
    /// The merchant's name on the page; the project's when null.
    brand: Option<String>,
}

impl CheckoutBody {
    /// Shows a payment that was made with a page; `None` for any other.
    pub(crate) fn of(view: &PaymentView, public_url: &str) -> Option<Self> {
        let checkout = view.checkout.as_ref()?;
        Some(Self {
            checkout: SessionBody::of(checkout, view, public_url)?,
            payment: IntentBody::of(view, public_url),
        })
    }
}

impl SessionBody {
    fn of(checkout: &Checkout, view: &PaymentView, public_url: &str) -> Option<Self> {
        let token = door::checkout_token(view)?;
        Some(Self {
            id: checkout.id.to_string(),
            status: CheckoutStatus::of(view.intent.state).code(),
            url: format!("{public_url}{}", door::checkout_path(&token)),
            token,
            restriction: RestrictionBody::of(&checkout.restriction),
            customization: CustomizationBody::of(&checkout.customization),
            locale: view.intent.payer_language.map(Language::code),
            expires_at: time::iso(view.intent.expires_at_ms),
            created_at: time::iso(checkout.created_at_ms),
        })
    }
}

impl RestrictionBody {
    /// Shows a restriction; `None` when there is none.
    pub(crate) fn of(restriction: &Restriction) -> Option<Self> {
        let phone = restriction.phone.as_ref();
        (restriction.country.is_some() || phone.is_some()).then(|| Self {
            country_code: restriction.country.map(|country| country.code().to_owned()),
            phone: phone.map(|number| RestrictedPhoneBody::of(number)),
        })
    }
}

impl RestrictedPhoneBody {
    /// Shows a number in E.164, so that it can be sent back as it is.
    fn of(number: &str) -> Self {
        let country = Phone::from_e164(number).ok().and_then(|phone| phone.country());
        Self {
            number: number.to_owned(),
            country: country.map(Country::code),
        }
    }
}

impl CustomizationBody {
    /// Shows how a page looks.
    pub(crate) fn of(customization: &Customization) -> Self {
        Self {
            color: customization.color.clone(),
            brand: customization.brand.clone(),
        }
    }
}
