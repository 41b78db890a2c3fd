//! One file a provider. A provider's name appears in its file, in one line of the registry and in catalogue data.

pub mod sim;
