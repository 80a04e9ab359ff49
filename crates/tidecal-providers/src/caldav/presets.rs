//! What is known of providers by their names: where they are, and what their refusals mean.

use url::Url;

/// One provider.
pub(super) struct Preset {
    /// Domains of its addresses and hosts (a host below one of them counts).
    domains: &'static [&'static str],
    /// Where discovery begins; `None`: as for any other server.
    start: Option<&'static str>,
    /// Why there is nothing to find.
    elsewhere: Option<&'static str>,
    /// What to do about a refused password.
    password: Option<&'static str>,
}

const ICLOUD: &str = "iCloud takes an app-specific password only, never the Apple Account's own: create one at account.apple.com under Sign-In and Security. Changing the Apple Account password revokes all of them.";
const FASTMAIL: &str = "Fastmail takes an app password only: create one in Settings, Privacy & Security, App passwords, with access to calendars. The user name is the full address.";
const NEXTCLOUD: &str = "Create an app password in Nextcloud under Settings, Security, Devices & sessions (needed with two-factor sign-in). After several wrong passwords Nextcloud slows every sign-in down for up to a day.";
const ANY: &str = "The server did not accept the user name and password. If the account uses two-factor sign-in, create an app password at the provider and enter that.";

const PRESETS: [Preset; 7] = [
    Preset {
        domains: &["icloud.com", "me.com", "mac.com"],
        start: Some("https://caldav.icloud.com/"),
        elsewhere: None,
        password: Some(ICLOUD),
    },
    Preset {
        domains: &["fastmail.com", "fastmail.fm", "messagingengine.com"],
        start: Some("https://caldav.fastmail.com/dav/"),
        elsewhere: None,
        password: Some(FASTMAIL),
    },
    Preset {
        domains: &["yahoo.com"],
        start: Some("https://caldav.calendar.yahoo.com/"),
        elsewhere: None,
        password: Some("Yahoo takes an app password only: create one under Account security."),
    },
    Preset {
        domains: &["posteo.de", "posteo.net"],
        start: Some("https://posteo.de:8443/"),
        elsewhere: None,
        password: None,
    },
    Preset { domains: &["mailbox.org"], start: Some("https://dav.mailbox.org/"), elsewhere: None, password: None },
    Preset {
        domains: &["gmail.com", "googlemail.com", "google.com", "googleusercontent.com"],
        start: None,
        elsewhere: Some("Google accepts no passwords here. Connect the account with the Google button instead."),
        password: None,
    },
    Preset {
        domains: &["outlook.com", "hotmail.com", "live.com", "msn.com", "office365.com", "office.com"],
        start: None,
        elsewhere: Some("Outlook offers no CalDAV. Connect the account with the Outlook button instead."),
        password: None,
    },
];

fn of(host: &str) -> Option<&'static Preset> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let at = |domain: &&str| host.strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    PRESETS.iter().find(|preset| preset.domains.iter().any(at))
}

/// Where discovery of an account of that domain begins, if that is known.
pub(super) fn start(domain: &str) -> Option<Url> {
    Url::parse(of(domain)?.start?).ok()
}

/// Why a provider cannot be connected here.
pub(super) fn elsewhere(domain: &str) -> Option<&'static str> {
    of(domain)?.elsewhere
}

/// What to do about a password that was refused at `url`.
pub(super) fn password_remedy(url: &Url) -> &'static str {
    if let Some(text) = url.host_str().and_then(of).and_then(|preset| preset.password) {
        return text;
    }
    if url.path().contains("/remote.php/") { NEXTCLOUD } else { ANY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_known_by_domain_and_host() {
        assert_eq!(start("me.com").unwrap().as_str(), "https://caldav.icloud.com/");
        assert_eq!(start("FASTMAIL.com").unwrap().path(), "/dav/");
        assert!(start("notfastmail.com").is_none() && start("example.com").is_none());
        assert!(elsewhere("gmail.com").unwrap().contains("Google button"));
        assert!(elsewhere("apidata.googleusercontent.com").is_some());
    }

    #[test]
    fn a_refused_password_has_the_providers_own_remedy() {
        let remedy = |url| password_remedy(&Url::parse(url).unwrap());
        assert!(remedy("https://p42-caldav.icloud.com/1/").contains("app-specific"));
        assert!(remedy("https://caldav.fastmail.com/dav/").contains("Fastmail"));
        assert!(remedy("https://cloud.example.com/remote.php/dav/").contains("Nextcloud"));
        assert!(remedy("https://dav.example.com/").contains("app password"));
    }
}
