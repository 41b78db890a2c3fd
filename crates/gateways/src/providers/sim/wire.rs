//! Where the simulated operators of an account are, and the requests that go there. Owns whose word is taken for where a
//! request goes; never sends.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::contract::Account;
use crate::http::{NamedBy, Request};
use crate::registry::is_same_base;

/// The way to the simulator of one account.
pub(super) struct Wire {
    /// Without a slash at the end.
    base_url: String,
    api_key: SecretString,
    named_by: NamedBy,
}

impl Wire {
    /// The way that an account's settings say; without an address there it leads to the simulator of this server.
    pub(super) fn of(account: &Account, simulator_url: Option<&str>) -> Option<Self> {
        let own = account.settings.get("base_url").map(ExposeSecret::expose_secret);
        let base_url = own.or(simulator_url)?;
        let is_ours = simulator_url.is_some_and(|ours| is_same_base(ours, base_url));
        Some(Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            api_key: account.settings.get("api_key")?.clone(),
            named_by: if is_ours { NamedBy::House } else { NamedBy::Merchant },
        })
    }

    /// A question.
    pub(super) fn get(&self, path: &str) -> Request {
        self.signed(Request::get(format!("{}{path}", self.base_url)))
    }

    /// An order.
    pub(super) fn post(&self, path: &str) -> Request {
        self.signed(Request::post(format!("{}{path}", self.base_url)))
    }

    /// An order to the address that a session named. None when that is another server's: only our own simulator may name
    /// one, as it does to rehearse a connection that is refused.
    pub(super) fn charge(&self, charge_url: &str) -> Option<Request> {
        let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
        let stays = origin(charge_url).is_some_and(|named| origin(&self.base_url) == Some(named));
        let may_go = stays || self.named_by == NamedBy::House;
        may_go.then(|| self.signed(Request::post(charge_url)))
    }

    fn signed(&self, request: Request) -> Request {
        request
            .header("x-api-key", self.api_key.expose_secret())
            .named_by(self.named_by)
    }
}
