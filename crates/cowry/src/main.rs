//! The `cowry` binary.
fn main() {}
