//! Microsoft's OAuth: addresses, scopes, peculiarities.

use url::Url;

use super::aadsts::CODES;
use crate::oauth::{Endpoints, ScopeNeed, Vendor};

/// What the connect flow needs to know of Microsoft.
///
/// Every refresh brings a new refresh token. Without `offline_access` there is none; the answer
/// does not list it among the scopes. Apps cannot revoke a grant.
pub(crate) static VENDOR: Vendor = Vendor {
    name: "outlook",
    title: "Outlook",
    id_setting: "OUTLOOK_CLIENT_ID",
    secret_setting: "OUTLOOK_CLIENT_SECRET",
    redirect_setting: "OUTLOOK_REDIRECT_URI",
    console: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
    identity_scopes: &["openid", "profile", "email", "offline_access"],
    needs: &[
        ScopeNeed {
            scope: "https://graph.microsoft.com/Calendars.ReadWrite",
            accepted: &[
                "Calendars.ReadWrite",
                "https://graph.microsoft.com/calendars.readwrite",
                "calendars.readwrite",
            ],
            shown_as: "Have full access to your calendars",
        },
        ScopeNeed {
            scope: "https://graph.microsoft.com/User.Read",
            accepted: &[
                "User.Read",
                "https://graph.microsoft.com/user.read",
                "user.read",
                "User.ReadWrite",
                "https://graph.microsoft.com/User.ReadWrite",
            ],
            shown_as: "Sign you in and read your profile",
        },
    ],
    consent_parameters: &[("response_mode", "query"), ("prompt", "select_account")],
    testing_lifetime: None,
    scope_in_refresh: true,
    codes: CODES,
};

/// The tenant that takes work, school and personal accounts alike.
pub const COMMON: &str = "common";

/// Microsoft's own addresses, for accounts of that tenant: its id or domain, `common`,
/// `organizations`, or `consumers`.
///
/// # Errors
/// The tenant makes no path.
pub fn endpoints(tenant: &str) -> Result<Endpoints, url::ParseError> {
    let login = Url::parse("https://login.microsoftonline.com/")?;
    at(&login, &Url::parse("https://graph.microsoft.com/")?, tenant)
}

/// The same paths below one other address: a sandbox or a proxy in Microsoft's place.
///
/// # Errors
/// `base` cannot have paths below it (`mailto:` and the like).
pub fn endpoints_at(base: &Url, tenant: &str) -> Result<Endpoints, url::ParseError> {
    let root = if base.path().ends_with('/') { base.clone() } else { base.join(&format!("{}/", base.path()))? };
    at(&root, &root, tenant)
}

fn at(login: &Url, api: &Url, tenant: &str) -> Result<Endpoints, url::ParseError> {
    Ok(Endpoints {
        authorize: login.join(&format!("{tenant}/oauth2/v2.0/authorize"))?,
        token: login.join(&format!("{tenant}/oauth2/v2.0/token"))?,
        revoke: None,
        api_base: api.join("v1.0/")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_of_the_tenant() {
        let endpoints = endpoints("contoso.example.com").unwrap();
        assert_eq!(
            endpoints.authorize.as_str(),
            "https://login.microsoftonline.com/contoso.example.com/oauth2/v2.0/authorize"
        );
        assert_eq!(endpoints.api_base.as_str(), "https://graph.microsoft.com/v1.0/");
        assert_eq!(endpoints.revoke, None);
    }

    #[test]
    fn a_sandbox_has_the_same_paths() {
        for base in ["http://127.0.0.1:4010", "http://127.0.0.1:4010/", "http://127.0.0.1:4010/ms"] {
            let at = endpoints_at(&Url::parse(base).unwrap(), COMMON).unwrap();
            assert_eq!(at.token.as_str(), format!("{}/common/oauth2/v2.0/token", base.trim_end_matches('/')));
            assert_eq!(at.api_base.as_str(), format!("{}/v1.0/", base.trim_end_matches('/')));
        }
        assert!(endpoints_at(&Url::parse("mailto:ada@example.com").unwrap(), COMMON).is_err());
    }

    #[test]
    fn scopes_are_known_in_both_spellings_and_a_missing_one_is_named() {
        let granted = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>();
        assert!(VENDOR.require_scopes(&granted(&["openid", "Calendars.ReadWrite", "User.Read"])).is_ok());
        assert!(VENDOR.require_scopes(&granted(&VENDOR.scope_text().split(' ').collect::<Vec<_>>())).is_ok());
        let missing = VENDOR.require_scopes(&granted(&["User.Read", "Calendars.Read"])).unwrap_err();
        assert!(missing.remedy.unwrap().contains("full access to your calendars"));
    }
}
