//! What a server of a test is started with.

use engine::KekOrigin;
use engine::mail::Postman;

pub(crate) struct Setting {
    pub(crate) kek_origin: KekOrigin,
    /// Where operators call back, when it is not here.
    pub(crate) callbacks_to: Option<String>,
    /// The way to a mail server.
    pub(crate) postman: Option<Postman>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            kek_origin: KekOrigin::Given,
            callbacks_to: None,
            postman: None,
        }
    }
}
