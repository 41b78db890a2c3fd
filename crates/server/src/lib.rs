//! Speaks HTTP. Contains no decision about money.
