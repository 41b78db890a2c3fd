//! The data files of this build, as text. Owns the list of them; never reads it.

/// `catalogue/methods.toml`.
pub(super) const METHODS: &str = include_str!("../../../../catalogue/methods.toml");

macro_rules! countries {
    ($($code:literal)*) => {
        /// The country files by name, in the order they are shown.
        pub(super) const COUNTRIES: [(&str, &str); [$($code),*].len()] = [$((
            concat!("countries/", $code, ".toml"),
            include_str!(concat!("../../../../catalogue/countries/", $code, ".toml")),
        )),*];
    };
}

countries!(
    "ci" "sn" "bj" "bf" "ml" "gn" "cm" "cd" "ke" "tn" "tg" "ne" "ga" "cg" "td" "gh" "tz" "ug" "rw" "zm" "mw" "ng" "sl"
    "gm" "mz" "et" "ls" "mg" "sc"
);
