//! What visitors of a link see and get.
