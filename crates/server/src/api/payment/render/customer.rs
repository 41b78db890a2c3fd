//! Customers as the API shows them by themselves: all that is known of a person. A payment shows less of its payer.

use engine::render::Rendered;
use engine::views::Customer;
use serde::Serialize;
use utoipa::ToSchema;

use super::time;
use crate::envelope::Written;

/// A customer, with everything that is known of them.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerDetails)]
pub(crate) struct CustomerDetailsBody {
    /// `cus_…`
    id: String,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// A picture; always null so far.
    avatar_url: Option<String>,
    /// Phone in E.164.
    phone: Option<String>,
    /// Street and number.
    address: Option<String>,
    /// City.
    city: Option<String>,
    /// State or region.
    state: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    /// Postal code.
    zip: Option<String>,
    /// When they were first seen.
    created_at: String,
}

impl CustomerDetailsBody {
    /// Shows a customer.
    pub(crate) fn of(customer: &Customer) -> Self {
        let person = customer.person.clone();
        Self {
            id: customer.id.to_string(),
            first_name: person.first_name,
            last_name: person.last_name,
            email: person.email,
            avatar_url: None,
            phone: person.phone,
            address: person.address,
            city: person.city,
            state: person.state,
            country: person.country,
            zip: person.zip,
            created_at: time::iso(customer.created_at_ms),
        }
    }
}

/// The answer to a change.
pub(crate) fn changed(customer: &Customer) -> Rendered {
    let body = Written {
        message: "Customer changed.".to_owned(),
        data: CustomerDetailsBody::of(customer),
    };
    Rendered {
        status: 200,
        body: serde_json::to_vec(&body).unwrap_or_default(),
    }
}
