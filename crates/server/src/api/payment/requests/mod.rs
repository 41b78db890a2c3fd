//! Bodies and queries of the payment API, read into commands: parsing is the validation, and it names everything that is
//! wrong at once. Never asks the engine.

pub(crate) mod address;
pub(crate) mod attempt;
pub(crate) mod card_number;
pub(crate) mod checkout;
pub(crate) mod color;
pub(crate) mod customer;
pub(crate) mod fields;
pub(crate) mod intent;
pub(crate) mod link;
pub(crate) mod link_shapes;
pub(crate) mod listing;
pub(crate) mod metadata;
pub(crate) mod one_time_code;
pub(crate) mod shapes;

#[cfg(test)]
mod tests;
