//! What the merchant of this benchmark sells: one order after the other, all alike but for names. Owns the bodies that
//! are sent and the values that the floor of storage writes, so that both are of one size.

use serde_json::{Value, json};

/// What is paid, in the minor unit of [`CURRENCY`], which has no smaller one.
pub(crate) const AMOUNT_MINOR: i64 = 5_000;
/// The currency of every order.
pub(crate) const CURRENCY: &str = "XOF";
/// Given name of every payer.
pub(crate) const FIRST_NAME: &str = "Awa";
/// Family name of every payer.
pub(crate) const LAST_NAME: &str = "Diallo";

/// One order. Its name is used once in a database.
pub(crate) struct Order {
    name: String,
    number: u64,
}

impl Order {
    /// Order `number` of a worker of a cell.
    pub(crate) fn new(cell: u32, worker: u32, number: u64) -> Self {
        Self {
            name: format!("order-{cell}-{worker}-{number}"),
            number: number.wrapping_add(u64::from(worker) * 7_919),
        }
    }

    /// The idempotency key.
    pub(crate) fn key(&self) -> &str {
        &self.name
    }

    /// What for.
    pub(crate) fn description(&self) -> String {
        format!("{}: two tickets for the late show", self.name)
    }

    /// Who pays.
    pub(crate) fn email(&self) -> String {
        format!("{}@example.com", self.name)
    }

    /// The merchant's own note.
    pub(crate) fn metadata(&self) -> Value {
        json!({"order": self.name, "channel": "web"})
    }

    /// The body that creates the intent.
    pub(crate) fn create(&self) -> Value {
        json!({
            "amount": AMOUNT_MINOR,
            "currency": CURRENCY,
            "description": self.description(),
            "customer": {"email": self.email(), "first_name": FIRST_NAME, "last_name": LAST_NAME},
            "metadata": self.metadata(),
        })
    }

    /// The body that creates the intent and starts an attempt that the simulated operator approves at once.
    /// Its events go to `webhook_url`.
    pub(crate) fn pay(&self, webhook_url: Option<&str>) -> Value {
        let mut body = self.create();
        let digits = self.number % 100_000;
        if let Some(members) = body.as_object_mut() {
            let phone = json!({"number": format!("+22505{digits:05}100"), "country": "CI"});
            let attempt = json!({"method_code": "momo_mtn", "country": "CI", "phone": phone});
            members.insert("attempt".to_owned(), attempt);
            if let Some(url) = webhook_url {
                members.insert("webhook_url".to_owned(), url.into());
            }
        }
        body
    }
}
