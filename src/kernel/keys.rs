//! `SECRET_KEY` and what is derived from it, and the source of randomness.

use std::{fs, io, path::Path};

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};
use data_encoding::{BASE64, HEXLOWER};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::kernel::config::weakness;

/// `N` bytes nobody can guess, from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give: nothing here is safe without.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without randomness no secret may be made")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Lower-case hex of SHA-256: how secrets that come back are kept.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The installation's secret. Each use has its own key, derived from it by HKDF (RFC 5869).
#[derive(Clone)]
pub struct Keys(Hkdf<Sha256>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Derives from `secret`.
    pub fn new(secret: &SecretString) -> Self {
        Self(Hkdf::new(Some(b"gatehouse"), secret.expose_secret().as_bytes()))
    }

    /// Derives from the secret in `folder/secret_key`, which is made, with mode 0600, if there is none.
    ///
    /// # Errors
    /// When the file cannot be read or made, others may read it, or what it holds is no secret.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join("secret_key");
        if !path.exists() {
            fs::create_dir_all(folder)?;
            write_private(&path, HEXLOWER.encode(&random::<32>()).as_bytes())?;
        }
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path)?.permissions()) & 0o077 != 0 {
            let path = path.display();
            return Err(io::Error::other(format!(
                "{path} is open to others than its owner: chmod 600 {path}"
            )));
        }
        let secret = fs::read_to_string(&path)?.trim().to_owned();
        match weakness(&secret) {
            None => Ok(Self::new(&secret.into())),
            Some(_) => Err(io::Error::other(format!("{} does not hold the secret any more", path.display()))),
        }
    }

    fn derive<const N: usize>(&self, purpose: &str) -> [u8; N] {
        let mut key = [0; N];
        #[expect(clippy::expect_used, reason = "HKDF fails for more than 8160 bytes only")]
        self.0.expand(purpose.as_bytes(), &mut key).expect("a short key");
        key
    }

    /// Tells two secrets apart without telling the secret.
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(&self.derive::<16>("fingerprint"))
    }

    /// A code over `message` that only this installation makes; `purpose` keeps uses apart.
    pub fn mac(&self, purpose: &str, message: &str) -> String {
        HEXLOWER.encode(&self.hmac(purpose, message).finalize().into_bytes())
    }

    /// Whether `mac` is that code. How long it takes to tell says nothing of the right one.
    pub fn is_mac(&self, purpose: &str, message: &str, mac: &str) -> bool {
        let mac = HEXLOWER.decode(mac.as_bytes());
        mac.is_ok_and(|mac| self.hmac(purpose, message).verify_slice(&mac).is_ok())
    }

    fn hmac(&self, purpose: &str, message: &str) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac =
            <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.derive::<32>(purpose)).expect("a key");
        mac.update(message.as_bytes());
        mac
    }

    /// `secret`, encrypted and bound to `context`; base 64.
    pub fn seal(&self, context: &str, secret: &[u8]) -> String {
        let nonce = random::<12>();
        let payload = Payload { msg: secret, aad: context.as_bytes() };
        #[expect(clippy::expect_used, reason = "fails for more than 256 GiB only")]
        let sealed = self.cipher().encrypt(&nonce.into(), payload).expect("a short secret");
        BASE64.encode(&[&nonce[..], &sealed].concat())
    }

    /// What [`seal`](Self::seal) was given, if `sealed` comes from here and from the same `context`.
    pub fn open(&self, context: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = BASE64.decode(sealed.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<12>()?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        self.cipher().decrypt(&(*nonce).into(), payload).ok()
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&self.derive::<32>("seal").into())
    }
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    use io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn what_is_sealed_opens_only_here_and_in_its_context() {
        let ours = Keys::new(&"0123456789abcdef0123456789abcdef".into());
        let theirs = Keys::new(&"another secret, as long as the other".into());
        let sealed = ours.seal("pass key 1", b"seed");
        assert_eq!(ours.open("pass key 1", &sealed).unwrap(), b"seed");
        assert_eq!(ours.open("pass key 2", &sealed), None);
        assert_eq!(theirs.open("pass key 1", &sealed), None);
        assert_ne!(ours.fingerprint(), theirs.fingerprint());
    }

    #[test]
    fn a_code_is_the_whole_code_of_its_purpose_and_message() {
        let keys = Keys::new(&"0123456789abcdef0123456789abcdef".into());
        let mac = keys.mac("flash", "Saved.");
        assert!(keys.is_mac("flash", "Saved.", &mac));
        assert!(!keys.is_mac("flash", "Saved", &mac) && !keys.is_mac("other", "Saved.", &mac));
        for wrong in ["", "00", &mac[..62], &mac.to_uppercase(), &format!("{mac}00"), "not hexadecimal"] {
            assert!(!keys.is_mac("flash", "Saved.", wrong), "{wrong}");
        }
    }

    #[test]
    fn the_secret_in_a_folder_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::from_folder(folder.path()).unwrap();
        let again = Keys::from_folder(folder.path()).unwrap();
        assert_eq!(first.fingerprint(), again.fingerprint());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join("secret_key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_may_read_or_that_is_gone_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret_key");
        Keys::from_folder(folder.path()).unwrap();
        for mode in [0o644, 0o640, 0o660, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = Keys::from_folder(folder.path()).unwrap_err().to_string();
            assert!(refused.ends_with(&format!(": chmod 600 {}", path.display())), "{refused}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        Keys::from_folder(folder.path()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for emptied in ["", "\n", "0000000000000000000000000000000000000000"] {
            fs::write(&path, emptied).unwrap();
            let refused = Keys::from_folder(folder.path()).unwrap_err().to_string();
            assert!(refused.ends_with("does not hold the secret any more"), "{refused}");
        }
    }
}
