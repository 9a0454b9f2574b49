//! This feature's roles, states and refusals in words.

use super::service::passwords::NewPasswordError;
use super::service::users::AccountState;
use crate::kernel::entity::account::Role;
use crate::kernel::texts::Texts;
use crate::kernel::types::Language;

impl Texts {
    /// Beside a field for a new password.
    pub fn new_password_error(self, error: NewPasswordError) -> String {
        match error {
            NewPasswordError::TooShort => self.password_too_short(),
            NewPasswordError::TooLong => self.password_too_long(),
            NewPasswordError::Common => self.password_common(),
            NewPasswordError::Mismatch => self.password_mismatch(),
        }
    }

    /// What an account may do.
    pub fn role(self, role: &Role) -> String {
        match role {
            Role::Customer => self.role_customer(),
            Role::Guard => self.role_guard(),
            Role::Supervisor => self.role_supervisor(),
            Role::Admin => self.role_admin(),
        }
    }

    /// What a choice in one of its forms is called.
    pub fn account_choice(self, field: &str, value: &str) -> Option<String> {
        match field {
            "role" => Role::from_name(value).map(|role| self.role(&role)),
            "language" => Language::from_code(value).map(|language| language.native_name().to_owned()),
            _ => None,
        }
    }

    /// How an account stands.
    pub fn account_state(self, state: &AccountState) -> String {
        match state {
            AccountState::Active => self.account_state_active(),
            AccountState::Invited => self.account_state_invited(),
            AccountState::Unconfirmed => self.account_state_unconfirmed(),
            AccountState::Locked => self.account_state_locked(),
            AccountState::Disabled => self.account_state_disabled(),
        }
    }

    /// A browser by what it says of itself: `Firefox on Windows`.
    pub fn browser(self, user_agent: &str) -> String {
        // Most say to be several: the first that is named here is the one it is.
        const BROWSERS: [(&str, &str); 9] = [
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser/", "Samsung Internet"),
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("CriOS/", "Chrome"),
            ("Chrome/", "Chrome"),
            ("Version/", "Safari"),
            ("curl/", "curl"),
        ];
        const SYSTEMS: [(&str, &str); 7] = [
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Macintosh", "Mac"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ];
        let first = |known: &[(&str, &'static str)]| {
            known.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
        };
        match (first(&BROWSERS), first(&SYSTEMS)) {
            (Some(browser), Some(system)) => self.browser_on(browser, system),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => self.browser_unknown(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_by_what_they_say() {
        let t = Texts::of(Language::En);
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            ("curl/8.5.0", "curl"),
            ("", "An unknown browser"),
            ("<script>alert(1)</script>", "An unknown browser"),
        ] {
            assert_eq!(t.browser(user_agent), name, "{user_agent}");
        }
    }
}
