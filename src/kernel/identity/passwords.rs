//! Argon2id on the blocking pool, bounded, so that a burst of sign-ins cannot starve other pages, nor one that
//! comes from few places the sign-ins of others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, PasswordHash, Salt},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use unicode_normalization::{UnicodeNormalization as _, is_nfkc};

use crate::kernel::error::AppError;
use crate::kernel::identity::turns::{Lane, Turns};
use crate::kernel::keys;

/// What a hash costs whoever makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB; 8 or more.
    pub memory: u32,
    /// How often that is gone through.
    pub passes: u32,
}

impl Cost {
    /// OWASP's floor: 19 MiB, two passes, one lane.
    pub const FLOOR: Self = Self { memory: 19 * 1024, passes: 2 };

    fn params(self) -> Params {
        Params::new(self.memory, self.passes, LANES, Some(32)).unwrap_or_default()
    }

    fn is_of(self, params: &Params) -> bool {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (self.memory, self.passes, LANES)
    }
}

const LANES: u32 = 1;

/// How long a password waits to be hashed, at most.
const PATIENCE: Duration = Duration::from_secs(3);
/// In how many seconds to try again, when that would be too long.
const RETRY_AFTER: u64 = 5;

/// Hashes and checks passwords, as many at a time as there are cores.
#[derive(Clone)]
pub struct Passwords {
    cost: Cost,
    turns: Turns,
    /// Working memory of past hashes. Fresh blocks of 19 MiB cost page faults, and allocators keep them.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// Whether anything was hashed since the last [`rest`](Self::rest).
    used: Arc<AtomicBool>,
    /// A hash that no password leads to: what is checked when the account is not known.
    nobody: Arc<str>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("turns", &self.turns).finish_non_exhaustive()
    }
}

/// What checking a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is not the password.
    Wrong,
    /// It is.
    Right,
    /// It is, and its hash was made otherwise than today's are: hash it anew.
    RightButStale,
}

impl Default for Passwords {
    fn default() -> Self {
        let places = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self::new(Cost::FLOOR, u32::try_from(places).unwrap_or(u32::MAX), PATIENCE)
    }
}

impl Passwords {
    /// New hashes have `cost`. `places` passwords are hashed at a time, and nobody waits longer than `patience` for their
    /// turn.
    pub fn new(cost: Cost, places: u32, patience: Duration) -> Self {
        Self {
            cost,
            turns: Turns::new(places, patience),
            memory: Arc::default(),
            used: Arc::default(),
            nobody: of_nobody(cost).into(),
        }
    }

    /// A hash that no password leads to. Nothing need be hashed for it.
    pub fn unusable() -> String {
        of_nobody(Cost::FLOOR)
    }

    /// The PHC string of `password`, in its normal form.
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many wait; else when the machine has no memory left for it.
    pub async fn hash(&self, password: SecretString, lane: Lane) -> Result<String, AppError> {
        let password = normal_form(&password);
        self.run(lane, move |hasher| hasher.hash_now(password.expose_secret().as_bytes())).await?
    }

    /// Whether `password` is the one that `hash` was made of. Without a hash it takes the same time and
    /// the answer is no.
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many wait; else when the hash is no PHC string of ours, or memory is short.
    pub async fn check(
        &self,
        password: SecretString,
        hash: Option<String>,
        lane: Lane,
    ) -> Result<Checked, AppError> {
        self.run(lane, move |hasher| {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| hasher.nobody.to_string());
            let checked = hasher.check_forms(&password, &hash)?;
            Ok(if known { checked } else { Checked::Wrong })
        })
        .await?
    }

    /// Gives the working memory back, unless something was hashed since this was last called.
    pub fn rest(&self) {
        if !self.used.swap(false, Ordering::Relaxed) {
            self.lock().clear();
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        // The work goes on when nobody waits for it any more, and holds its place until it is done.
        let turn = self.turns.take(lane).await.ok_or(AppError::Busy { retry_after: RETRY_AFTER })?;
        let hasher = self.clone();
        let work = move || {
            let begun = Instant::now();
            let done = work(&hasher);
            turn.done(begun.elapsed());
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(AppError::internal)
    }

    fn hash_now(&self, password: &[u8]) -> Result<String, AppError> {
        let salt = keys::random::<16>();
        phc(self.cost, &salt, &self.compute(self.cost.params(), password, &salt)?)
    }

    /// The password in its normal form, or else, as hashes were once made, as it was typed.
    fn check_forms(&self, password: &SecretString, hash: &str) -> Result<Checked, AppError> {
        let normal = normal_form(password);
        let checked = self.check_now(normal.expose_secret().as_bytes(), hash)?;
        if checked != Checked::Wrong || normal.expose_secret() == password.expose_secret() {
            return Ok(checked);
        }
        Ok(match self.check_now(password.expose_secret().as_bytes(), hash)? {
            Checked::Wrong => Checked::Wrong,
            Checked::Right | Checked::RightButStale => Checked::RightButStale,
        })
    }

    fn check_now(&self, password: &[u8], hash: &str) -> Result<Checked, AppError> {
        let hash = PasswordHash::new(hash).map_err(AppError::internal)?;
        let (Some(salt), Some(expected)) = (hash.salt.as_ref(), hash.hash.as_ref()) else {
            return Ok(Checked::Wrong);
        };
        let used = Params::try_from(&hash).map_err(AppError::internal)?;
        let fresh = self.cost.is_of(&used);
        let output = self.compute(used, password, salt.as_ref())?;
        // `Output` compares in constant time.
        let same = Output::new(&output).is_ok_and(|output| output == *expected);
        Ok(match (same, fresh) {
            (false, _) => Checked::Wrong,
            (true, true) => Checked::Right,
            (true, false) => Checked::RightButStale,
        })
    }

    fn compute(&self, params: Params, password: &[u8], salt: &[u8]) -> Result<[u8; 32], AppError> {
        self.used.store(true, Ordering::Relaxed);
        let mut blocks = self.lock().pop().unwrap_or_default();
        blocks.resize(params.block_count().max(blocks.len()), Block::default());
        let mut output = [0; 32];
        let result = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            password,
            salt,
            &mut output,
            &mut blocks[..],
        );
        self.lock().push(blocks);
        result.map_err(AppError::internal)?;
        Ok(output)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `password` in NFKC, as NIST SP 800-63B asks: keyboards write one letter in several ways.
pub fn normal_form(password: &SecretString) -> SecretString {
    let typed = password.expose_secret();
    if is_nfkc(typed) { password.clone() } else { typed.nfkc().collect::<String>().into() }
}

/// A hash that no password leads to.
fn of_nobody(cost: Cost) -> String {
    phc(cost, &keys::random::<16>(), &keys::random::<32>()).unwrap_or_default()
}

/// A hash as text.
fn phc(cost: Cost, salt: &[u8], output: &[u8]) -> Result<String, AppError> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&cost.params()).try_into().map_err(AppError::internal)?,
        salt: Some(Salt::new(salt).map_err(AppError::internal)?),
        hash: Some(Output::new(output).map_err(AppError::internal)?),
    };
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn lane() -> Lane {
        Lane::of_address("192.0.2.1")
    }

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".into(), lane()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let check = |typed: &str, hash: Option<String>| passwords.check(typed.into(), hash, lane());
        assert_eq!(check("correct horse battery", Some(hash.clone())).await.unwrap(), Checked::Right);
        assert_eq!(check("correct horse batterz", Some(hash)).await.unwrap(), Checked::Wrong);
        assert_eq!(check("correct horse battery", None).await.unwrap(), Checked::Wrong);
    }

    #[tokio::test]
    async fn memory_is_given_back_when_nothing_was_hashed_for_a_while() {
        let passwords = Passwords::default();
        passwords.hash("correct horse battery".into(), lane()).await.unwrap();
        passwords.rest();
        assert_eq!(passwords.lock().len(), 1);
        passwords.rest();
        assert!(passwords.lock().is_empty());
    }

    #[tokio::test]
    async fn a_hash_with_older_parameters_is_right_but_stale() {
        let old = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQxMjM0NTY$";
        let passwords = Passwords::default();
        let output = passwords
            .compute(Params::new(8, 1, 1, Some(32)).unwrap(), b"password", b"somesalt123456")
            .unwrap();
        let hash = format!("{old}{}", data_encoding::BASE64_NOPAD.encode(&output));
        let checked = passwords.check("password".into(), Some(hash), lane()).await.unwrap();
        assert_eq!(checked, Checked::RightButStale);
    }

    #[tokio::test]
    async fn a_password_is_the_same_however_a_keyboard_writes_its_letters() {
        let passwords = Passwords::default();
        let hash = passwords.hash("Cafe\u{301} ﬁle 1２3".into(), lane()).await.unwrap();
        let check = |typed: &str, hash: &str| passwords.check(typed.into(), Some(hash.to_owned()), lane());
        for typed in ["Café file 123", "Cafe\u{301} ﬁle 1２3"] {
            assert_eq!(check(typed, &hash).await.unwrap(), Checked::Right, "{typed}");
        }
        let typed = "Cafe\u{301} file 123";
        let as_typed = passwords.hash_now(typed.as_bytes()).unwrap();
        assert_eq!(check(typed, &as_typed).await.unwrap(), Checked::RightButStale);
        assert_eq!(check("Cafe file 123", &as_typed).await.unwrap(), Checked::Wrong);
    }

    #[tokio::test]
    async fn no_password_leads_to_a_hash_that_was_made_of_none() {
        let passwords = Passwords::default();
        let checked = passwords.check("".into(), Some(Passwords::unusable()), lane()).await.unwrap();
        assert_eq!(checked, Checked::Wrong);
    }

    #[tokio::test]
    async fn what_would_wait_too_long_is_refused() {
        let passwords = Passwords::new(Cost::FLOOR, 2, Duration::ZERO);
        let all = (0..64).map(|_| passwords.hash("correct horse battery".into(), lane()));
        let all = futures_util::future::join_all(all).await;
        let busy = all.iter().filter(|done| matches!(done, Err(AppError::Busy { retry_after: 5 }))).count();
        assert!(busy > 0 && busy < 64, "{busy}");
    }
}
