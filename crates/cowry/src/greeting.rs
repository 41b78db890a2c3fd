//! What `serve` says on stdout when it is ready: a page for a person, or one line for a program. Never prints a key
//! that was not made just now: nobody has the others.

use engine::domain::scope::Environment;
use engine::mail::Postman;
use engine::{FirstRun, Made, SandboxKeys};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{self, Output};
use crate::place::{self, Place};

/// What there is to say.
pub(crate) struct Greeting<'a> {
    pub(crate) url: &'a str,
    pub(crate) simulator_url: Option<&'a str>,
    pub(crate) place: &'a Place,
    pub(crate) run: &'a FirstRun,
    /// The way to a mail server; mails of the sandbox that it does not carry are kept and shown.
    pub(crate) postman: Option<&'a Postman>,
}

#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    simulator_url: Option<&'a str>,
    project_id: String,
    keys: Keys<'a>,
}

#[derive(Default, Serialize)]
struct Keys<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_intents: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<&'a str>,
}

impl Greeting<'_> {
    /// Says it.
    pub(crate) fn say(&self, output: Output) -> Result<(), Failure> {
        match output {
            Output::Text => {
                output::line(&self.page());
                Ok(())
            }
            Output::Json => output::json(&Ready {
                url: self.url,
                simulator_url: self.simulator_url,
                project_id: self.run.project_id.to_string(),
                keys: self.run.keys.as_ref().map(shown).unwrap_or_default(),
            }),
        }
    }

    fn page(&self) -> String {
        let (url, project) = (self.url, self.run.project_id);
        let mut page = format!(
            "\nCowry {} is ready. This is a sandbox: the operators are simulated, no real money moves.\n\n  API              \
             {url}/v1\n  Reference        {url}/docs\n",
            env!("CARGO_PKG_VERSION")
        );
        let are_sent = self
            .postman
            .is_some_and(|postman| postman.carries(Environment::Sandbox));
        let mails = match are_sent {
            false => format!("Mails            {url}/sandbox/mails   (the receipts that payers would get)\n  "),
            true => String::new(),
        };
        page.push_str(&match self.simulator_url {
            Some(simulator) => format!(
                "  Sandbox phone    {url}/sandbox/phone   (play the payer: approve, decline, switch operators off)\n  \
                 {mails}Simulator        {simulator}\n  Magic numbers    {simulator}/   (the payer's phone chooses how a payment \
                 ends)\n"
            ),
            None => "  Simulator        off: simulated gateways send nothing\n".to_owned(),
        });
        page.push_str(&format!(
            "  Project          {project}\n  Data             {}\n  Database         {}\n\n",
            place::absolute(&self.place.data_dir),
            self.place.database()
        ));
        page.push_str(&match &self.run.keys {
            Some(keys) => self.with_keys(keys),
            None => {
                "Keys were shown when they were made. `cowry keys create` makes more, `cowry keys list` shows which \
                     there are.\n"
                    .to_owned()
            }
        });
        page.push_str(
            "\nBefore going live you will need a key-encryption key of your own (`cowry kek rotate`), the live environment\n\
             (`cowry projects live`) and keys for it, a mail server if payers shall get receipts (`--smtp-host`), and your own\n\
             accounts at real gateways, none of which is in this release yet. `cowry doctor` checks the rest.\n\
             Stop with Ctrl-C.\n",
        );
        page
    }

    fn with_keys(&self, keys: &SandboxKeys) -> String {
        let mut text = format!(
            "Sandbox keys, shown this once (`cowry keys create` makes more):\n\n  Payment API          {}\n  Payment intents API  \
             {}\n  Admin API            {}\n",
            keys.payment.text, keys.payment_intents.text, keys.admin.text
        );
        if self.simulator_url.is_some() {
            let again = if self.run.made == Made::Now { "first" } else { "test" };
            text.push_str(&format!(
                "\nYour {again} payment: paste this, the payer approves after 2 s, and the answer says \"completed\":\n\n{}\n",
                self.payment(&keys.payment.text)
            ));
            text.push_str(&format!(
                "\nA checkout page: paste this, open the address that it prints, and pay on the sandbox phone\n({}/sandbox/phone):\n\n{}\n",
                self.url,
                self.checkout(&keys.payment.text)
            ));
        }
        text
    }

    /// Lines for sh, bash and zsh that need nothing but curl and sed: create and start, wait, read.
    fn payment(&self, key: &str) -> String {
        let (url, header) = (self.url, format!("-H 'Authorization: Bearer {key}'"));
        format!(
            r#"id=$(curl -sS {url}/v1/payment/intents {header} \
  -H 'Content-Type: application/json' -d '{{"amount": 50, "currency": "XOF", "description": "Order 1024",
    "customer": {{"email": "payer@example.com", "first_name": "Awa"}},
    "attempt": {{"method_code": "momo_mtn", "country": "CI", "phone": {{"number": "+2250500000001", "country": "CI"}}}}}}' \
  | sed 's/.*"id":"\(TRX[^"]*\)".*/\1/') && sleep 4 && \
curl -sS {url}/v1/payment/intents/$id {header} && echo"#
        )
    }

    /// The same for a page on which a payer pays: prints its address.
    fn checkout(&self, key: &str) -> String {
        let (url, header) = (self.url, format!("-H 'Authorization: Bearer {key}'"));
        format!(
            r#"curl -sS {url}/v1/payment/checkouts {header} \
  -H 'Content-Type: application/json' -d '{{"amount": 50, "currency": "XOF", "description": "Order 1024",
    "customer": {{"email": "payer@example.com", "first_name": "Awa"}}, "receipt_email": "payer@example.com",
    "customization": {{"brand": "Boutique Awa"}}}}' | sed 's/.*"url":"\([^"]*\)".*/\1/' && echo"#
        )
    }
}

fn shown(keys: &SandboxKeys) -> Keys<'_> {
    Keys {
        payment: Some(&keys.payment.text),
        payment_intents: Some(&keys.payment_intents.text),
        admin: Some(&keys.admin.text),
    }
}
