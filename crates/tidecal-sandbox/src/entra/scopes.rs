//! Delegated permissions of Microsoft Graph that calendars need, and the OpenID Connect scopes.
//!
//! Source: Microsoft Graph permissions reference (calendars), Microsoft identity platform "Scopes and permissions".

use std::collections::BTreeSet;

/// Prefix of Graph's permissions.
pub(crate) const PREFIX: &str = "https://graph.microsoft.com/";

/// Permissions without the prefix, with what the consent page says about them.
pub(crate) const GRAPH: [(&str, &str); 10] = [
    ("Calendars.Read", "Read your calendars"),
    ("Calendars.Read.Shared", "Read calendars you can access"),
    ("Calendars.ReadBasic", "Read basic details of your calendars"),
    ("Calendars.ReadWrite", "Have full access to your calendars"),
    ("Calendars.ReadWrite.Shared", "Read and write to your and shared calendars"),
    ("MailboxSettings.Read", "Read your mailbox settings"),
    ("MailboxSettings.ReadWrite", "Read and write to your mailbox settings"),
    ("Mail.Send", "Send mail as you"),
    ("User.Read", "Sign you in and read your profile"),
    ("User.ReadBasic.All", "Read the basic profile of everyone in your organisation"),
];

/// Scopes of OpenID Connect.
const IDENTITY: [(&str, &str); 4] = [
    ("openid", "Sign you in"),
    ("profile", "View your basic profile"),
    ("email", "View your email address"),
    ("offline_access", "Maintain access to data you have given it access to"),
];

/// The canonical name: identity scopes as they are, permissions with the prefix; `None` for what does not exist.
pub(crate) fn canonical(scope: &str) -> Option<String> {
    if IDENTITY.iter().any(|(name, _)| *name == scope) {
        return Some(scope.to_owned());
    }
    let short = scope.strip_prefix(PREFIX).unwrap_or(scope);
    GRAPH.iter().find(|(name, _)| name.eq_ignore_ascii_case(short)).map(|(name, _)| format!("{PREFIX}{name}"))
}

/// Whether a scope belongs to another resource than Graph.
pub(crate) fn is_foreign(scope: &str) -> bool {
    scope.starts_with("https://") && !scope.starts_with(PREFIX)
}

/// What the consent page says about a scope.
pub(crate) fn described(scope: &str) -> &'static str {
    let short = scope.strip_prefix(PREFIX).unwrap_or(scope);
    GRAPH.iter().chain(&IDENTITY).find(|(name, _)| *name == short).map_or("", |(_, text)| *text)
}

/// The `scope` member of a token answer: `offline_access` is never listed there.
pub(crate) fn listed(scopes: &BTreeSet<String>) -> String {
    scopes.iter().filter(|scope| *scope != "offline_access").cloned().collect::<Vec<_>>().join(" ")
}

/// Permissions (without prefix) that reading calendars accepts.
pub(crate) const READ: &[&str] = &[
    "Calendars.Read",
    "Calendars.Read.Shared",
    "Calendars.ReadBasic",
    "Calendars.ReadWrite",
    "Calendars.ReadWrite.Shared",
];
/// Permissions that writing accepts.
pub(crate) const WRITE: &[&str] = &["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"];
/// Permissions that subscriptions to events accept.
pub(crate) const WATCH: &[&str] = &["Calendars.Read", "Calendars.ReadWrite", "Calendars.ReadWrite.Shared"];
/// Permissions that reading one's own profile accepts.
pub(crate) const PROFILE: &[&str] = &["User.Read", "User.ReadBasic.All"];
/// Permissions that reading mailbox settings accepts.
pub(crate) const SETTINGS: &[&str] = &["MailboxSettings.Read", "MailboxSettings.ReadWrite"];
/// Any permission will do.
pub(crate) const ANY: &[&str] = &[
    "Calendars.Read",
    "Calendars.Read.Shared",
    "Calendars.ReadBasic",
    "Calendars.ReadWrite",
    "Calendars.ReadWrite.Shared",
    "MailboxSettings.Read",
    "MailboxSettings.ReadWrite",
    "User.Read",
];

/// Whether one of `granted` (canonical) is among `accepted` (without prefix).
pub(crate) fn allows<'a>(granted: impl IntoIterator<Item = &'a String>, accepted: &[&str]) -> bool {
    granted.into_iter().filter_map(|scope| scope.strip_prefix(PREFIX)).any(|scope| accepted.contains(&scope))
}
