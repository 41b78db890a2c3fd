//! Planted bugs: one-line mistakes that only the harness can switch on, to prove that it would find them. Without the
//! cargo feature `planted` none of this exists in the program; nothing that is shipped is built with it.

/// Whether this build has planted bugs in it.
pub const ON: bool = cfg!(feature = "planted");

#[cfg(feature = "planted")]
static CHOSEN: std::sync::Mutex<Option<String>> = std::sync::Mutex::new(None);

/// Whether this bug is switched on.
#[cfg(feature = "planted")]
pub fn is(name: &str) -> bool {
    CHOSEN.lock().is_ok_and(|chosen| chosen.as_deref() == Some(name))
}

/// Whether this bug is switched on: never.
#[cfg(not(feature = "planted"))]
pub const fn is(_name: &str) -> bool {
    false
}

/// Switches a bug on for the whole process, or all off.
#[cfg(feature = "planted")]
pub fn choose(name: Option<&str>) {
    if let Ok(mut chosen) = CHOSEN.lock() {
        *chosen = name.map(str::to_owned);
    }
}
