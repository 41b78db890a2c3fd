//! E-mails to payers: what they say in two languages, and the way to a mail server.
//!
//! Never sees a row, never decides when a mail is sent or who gets one, and never puts an address into the words of a failure.

mod amount;
mod conversation;
mod letter;
mod moment;
mod postman;
mod receipt;
mod texts;

pub use letter::{Letter, Unusable};
pub use postman::{Credentials, Postman, SandboxMails, Security, SendFailure, SmtpSettings};
pub use receipt::{Composed, Receipt};
