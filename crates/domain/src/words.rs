//! Enumerations whose cases have a stored and published spelling. Owns how they are written down, once for the whole house.

/// Enumerations of words: each case with its spelling, `ALL` of them, `code` to spell one and `parse` to read one.
#[macro_export]
macro_rules! words {
    ($($(#[$type_doc:meta])* $type:ident { $($(#[$doc:meta])* $name:ident = $code:literal,)* })*) => {$(
        $(#[$type_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$doc])* $name,)* }

        impl $type {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Stored and published spelling.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Reads the stored spelling.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.code() == text)
            }
        }
    )*};
}
