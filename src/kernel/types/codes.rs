//! Codes: what features declare as constants and the database keeps as text.

/// Makes a struct with a field `code` be compared, shown and stored by it. A column that has one is a `String`.
macro_rules! known_by_code {
    ($name:ty) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.code == other.code
            }
        }

        impl Eq for $name {}

        impl PartialEq<$name> for String {
            fn eq(&self, other: &$name) -> bool {
                self == other.code
            }
        }

        impl From<$name> for sea_orm::Value {
            fn from(known: $name) -> Self {
                known.code.into()
            }
        }
    };
}

pub(crate) use known_by_code;
