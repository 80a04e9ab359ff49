//! Scopes: which exist, which the person may untick, and what each Calendar operation accepts.
//!
//! The names are those of the Calendar v3 discovery document (revision 20261030) and OpenID Connect.

/// Prefix of the vendor's scope names.
pub(crate) const PREFIX: &str = "https://www.googleapis.com/auth/";

/// Calendar scopes without the prefix, with what the consent page says about them.
pub(crate) const CALENDAR: [(&str, &str); 18] = [
    ("calendar", "See, edit, share and permanently delete all calendars you can access"),
    ("calendar.acls", "See and change the sharing permissions of your calendars"),
    ("calendar.acls.readonly", "See the sharing permissions of your calendars"),
    ("calendar.app.created", "Make secondary calendars and manage their events"),
    ("calendar.calendarlist", "See, add and remove the calendars you are subscribed to"),
    ("calendar.calendarlist.readonly", "See the list of calendars you are subscribed to"),
    ("calendar.calendars", "See and change the properties of your calendars, make new ones"),
    ("calendar.calendars.readonly", "See the title, description, time zone of your calendars"),
    ("calendar.events", "View and edit events on all your calendars"),
    ("calendar.events.freebusy", "See the availability on calendars you have access to"),
    ("calendar.events.owned", "See, create, change and delete events on calendars you own"),
    ("calendar.events.owned.readonly", "See the events on calendars you own"),
    ("calendar.events.public.readonly", "See the events on public calendars"),
    ("calendar.events.readonly", "View events on all your calendars"),
    ("calendar.freebusy", "View your availability in your calendars"),
    ("calendar.readonly", "See and download any calendar you can access"),
    ("calendar.settings.readonly", "View your calendar settings"),
    ("calendar.settings", "View and change your calendar settings"),
];

/// Identity scopes as asked for and as answered.
const IDENTITY: [(&str, &str); 5] = [
    ("openid", "openid"),
    ("email", "https://www.googleapis.com/auth/userinfo.email"),
    ("profile", "https://www.googleapis.com/auth/userinfo.profile"),
    ("https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/userinfo.email"),
    ("https://www.googleapis.com/auth/userinfo.profile", "https://www.googleapis.com/auth/userinfo.profile"),
];

/// The full name of a scope as answered by the token endpoint; `None` when the vendor has no such scope.
pub(crate) fn canonical(scope: &str) -> Option<String> {
    if let Some((_, full)) = IDENTITY.iter().find(|(name, _)| *name == scope) {
        return Some((*full).to_owned());
    }
    let short = scope.strip_prefix(PREFIX)?;
    CALENDAR.iter().any(|(name, _)| *name == short).then(|| scope.to_owned())
}

/// What the consent page says about a scope a person may untick; `None` for identity scopes, always granted.
pub(crate) fn described(scope: &str) -> Option<&'static str> {
    let short = scope.strip_prefix(PREFIX)?;
    CALENDAR.iter().find(|(name, _)| *name == short).map(|(_, text)| *text)
}

/// Whether one of `granted` (full names) is among `accepted` (without prefix).
pub(crate) fn allows<'a>(granted: impl IntoIterator<Item = &'a String>, accepted: &[String]) -> bool {
    granted
        .into_iter()
        .filter_map(|scope| scope.strip_prefix(PREFIX))
        .any(|scope| accepted.iter().any(|own| own == scope))
}
