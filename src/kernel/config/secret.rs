//! What a secret must be like.

use std::collections::BTreeSet;

use secrecy::SecretString;

use super::settings::{ConfigError, Settings, bad};

/// The fewest characters of a secret.
const SHORTEST: usize = 32;
/// The fewest different ones: what `openssl rand -hex` makes has more, but for one in a million million.
const DISTINCT: usize = 8;

/// What a secret must have and `secret` has not.
pub fn weakness(secret: &str) -> Option<String> {
    if secret.len() < SHORTEST {
        return Some(format!("have at least {SHORTEST} characters"));
    }
    has_few_characters(secret)
}

/// What a secret must have that `secret`, long enough as it is, repeats too few characters for.
fn has_few_characters(secret: &str) -> Option<String> {
    let distinct: BTreeSet<char> = secret.chars().collect();
    (distinct.len() < DISTINCT)
        .then(|| format!("have at least {DISTINCT} different characters: openssl rand -hex 32 makes one"))
}

/// `METRICS_TOKEN`
pub(super) fn metrics_token(settings: &Settings<'_>) -> Result<Option<SecretString>, ConfigError> {
    match settings.optional("METRICS_TOKEN") {
        Some(token) if token.len() < 16 => Err(bad("METRICS_TOKEN", "have at least 16 characters")),
        Some(token) => match has_few_characters(&token) {
            Some(must) => Err(bad("METRICS_TOKEN", &must)),
            None => Ok(Some(token.into())),
        },
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn a_secret_is_long_and_of_many_characters() {
        assert_eq!(weakness("0123456789abcdef0123456789abcdef"), None);
        assert_eq!(weakness("short").as_deref(), Some("have at least 32 characters"));
        for repeats in ["a".repeat(32), "0123456".repeat(9)] {
            let told = weakness(&repeats).unwrap();
            assert!(told.starts_with("have at least 8 different characters"), "{told}");
        }
    }
}
