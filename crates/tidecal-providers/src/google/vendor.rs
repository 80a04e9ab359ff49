//! Google's OAuth: addresses, scopes, peculiarities.

use jiff::SignedDuration;
use url::Url;

use crate::oauth::{Endpoints, ScopeNeed, Vendor};

/// What the connect flow needs to know of Google.
///
/// `access_type=offline` with `prompt=consent`: a refresh token comes only with a consent, and
/// without the prompt a second authorisation brings none. Listing calendars is a scope of its own.
pub(crate) static VENDOR: Vendor = Vendor {
    name: "google",
    title: "Google",
    id_setting: "GOOGLE_CLIENT_ID",
    secret_setting: "GOOGLE_CLIENT_SECRET",
    redirect_setting: "GOOGLE_REDIRECT_URI",
    console: "https://console.cloud.google.com/auth/clients",
    identity_scopes: &["openid", "email"],
    needs: &[
        ScopeNeed {
            scope: "https://www.googleapis.com/auth/calendar.events",
            accepted: &["https://www.googleapis.com/auth/calendar"],
            shown_as: "View and edit events on all your calendars",
        },
        ScopeNeed {
            scope: "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
            accepted: &[
                "https://www.googleapis.com/auth/calendar",
                "https://www.googleapis.com/auth/calendar.readonly",
                "https://www.googleapis.com/auth/calendar.calendarlist",
            ],
            shown_as: "See the list of Google calendars you’re subscribed to",
        },
    ],
    consent_parameters: &[("access_type", "offline"), ("prompt", "consent")],
    testing_lifetime: Some(SignedDuration::from_hours(7 * 24)),
    scope_in_refresh: false,
    codes: &[],
};

/// Google's own addresses.
#[must_use]
#[expect(clippy::unwrap_used, reason = "four constants, read by a test")]
pub fn endpoints() -> Endpoints {
    let url = |text: &str| Url::parse(text).unwrap();
    Endpoints {
        authorize: url("https://accounts.google.com/o/oauth2/v2/auth"),
        token: url("https://oauth2.googleapis.com/token"),
        revoke: Some(url("https://oauth2.googleapis.com/revoke")),
        api_base: url("https://www.googleapis.com/"),
    }
}

/// The same paths below one other address: a sandbox or a proxy in Google's place.
///
/// # Errors
/// `base` cannot have paths below it (`mailto:` and the like).
pub fn endpoints_at(base: &Url) -> Result<Endpoints, url::ParseError> {
    let root = if base.path().ends_with('/') { base.clone() } else { base.join(&format!("{}/", base.path()))? };
    Ok(Endpoints {
        authorize: root.join("o/oauth2/v2/auth")?,
        token: root.join("token")?,
        revoke: Some(root.join("revoke")?),
        api_base: root,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_whole() {
        let endpoints = endpoints();
        assert_eq!(endpoints.authorize.scheme(), "https");
        assert!(endpoints.api_base.path().ends_with('/'));
    }

    #[test]
    fn a_sandbox_has_the_same_paths() {
        for base in ["http://127.0.0.1:4010", "http://127.0.0.1:4010/", "http://127.0.0.1:4010/google"] {
            let at = endpoints_at(&Url::parse(base).unwrap()).unwrap();
            assert!(at.authorize.as_str().ends_with("/o/oauth2/v2/auth"), "{at:?}");
            assert_eq!(at.token.as_str(), format!("{}/token", base.trim_end_matches('/')));
            assert!(at.api_base.path().ends_with('/'));
        }
        assert!(endpoints_at(&Url::parse("mailto:ada@example.com").unwrap()).is_err());
    }

    #[test]
    fn the_widest_scope_meets_every_need_and_an_unticked_one_is_named() {
        let granted = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>();
        assert!(VENDOR.require_scopes(&granted(&["https://www.googleapis.com/auth/calendar"])).is_ok());
        assert!(VENDOR.require_scopes(&granted(&VENDOR.scope_text().split(' ').collect::<Vec<_>>())).is_ok());
        let failure = VENDOR
            .require_scopes(&granted(&["openid", "https://www.googleapis.com/auth/calendar.events"]))
            .unwrap_err();
        assert!(failure.remedy.unwrap().contains("See the list of Google calendars"));
        assert!(failure.detail.contains("calendar.calendarlist.readonly"));
        assert!(!failure.detail.contains("calendar.events"));
    }
}
