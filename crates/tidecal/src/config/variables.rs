//! Every variable that Tidecal reads: the one list behind parsing, `tidecal config check` and
//! `docs/configuration.md`.

/// One variable. It may stand in the environment or, under the same name, in the configuration file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    /// Name.
    pub(crate) name: &'static str,
    /// Value if it is not set; `None`: unset.
    pub(crate) default: Option<&'static str>,
    /// Its value is never shown.
    pub(crate) secret: bool,
    /// What it is for.
    pub(crate) help: &'static str,
}

const fn plain(name: &'static str, default: Option<&'static str>, help: &'static str) -> Variable {
    Variable { name, default, secret: false, help }
}

const fn secret(name: &'static str, help: &'static str) -> Variable {
    Variable { name, default: None, secret: true, help }
}

pub(crate) const VARIABLES: &[Variable] = &[
    plain("DATABASE_URL", Some("sqlite:tidecal.db"), "sqlite:<file> for one node, postgres://… for several."),
    plain("TIDECAL_LISTEN", Some("127.0.0.1:3000"), "Address and port of the HTTP server."),
    plain("TIDECAL_PUBLIC_URL", None, "Address that browsers use; default http://<TIDECAL_LISTEN>."),
    secret(
        "CALENDAR_OAUTH_ENCRYPTION_KEY",
        "Key that seals credentials: 32 bytes in hex or base64, or a text of at least 32 characters.",
    ),
    secret("ENCRYPTION_KEY", "Alias of CALENDAR_OAUTH_ENCRYPTION_KEY; if both are set this one only opens."),
    secret("NEXTAUTH_SECRET", "Second alias, likewise."),
    secret("CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD", "Former keys, separated by commas: they open, they never seal."),
    plain("GOOGLE_CLIENT_ID", None, "Client id of the Google OAuth app."),
    secret("GOOGLE_CLIENT_SECRET", "Its client secret."),
    plain(
        "GOOGLE_REDIRECT_URI",
        None,
        "Its redirect URI; default <TIDECAL_PUBLIC_URL>/api/calendar/oauth/google/callback.",
    ),
    plain("TIDECAL_GOOGLE_BASE_URL", None, "Speak to a Google sandbox at this address instead of Google."),
    plain("OUTLOOK_CLIENT_ID", None, "Application (client) id of the app registered with Microsoft Entra."),
    secret("OUTLOOK_CLIENT_SECRET", "The value (not the id) of its client secret."),
    plain(
        "OUTLOOK_TENANT_ID",
        Some("common"),
        "Whose accounts it takes: a tenant's id or domain, organizations, consumers, or common for all.",
    ),
    plain(
        "OUTLOOK_REDIRECT_URI",
        None,
        "Its redirect URI, of type Web; default <TIDECAL_PUBLIC_URL>/api/calendar/oauth/outlook/callback.",
    ),
    plain("TIDECAL_OUTLOOK_BASE_URL", None, "Speak to a Microsoft sandbox at this address instead of Microsoft."),
    plain("CALENDAR_SYNC_ENABLED", Some("true"), "Kill switch: manual sync, sync, resync."),
    plain("CALENDAR_OAUTH_ENABLED", Some("true"), "Kill switch: connecting accounts."),
    plain("CALENDAR_JOBS_ENABLED", Some("true"), "Kill switch: scheduler, cron endpoint, job runner."),
    plain("CALENDAR_WEBHOOK_ENABLED", Some("true"), "Kill switch: webhook receivers."),
    plain(
        "CALENDAR_ALLOWLIST_PROVIDER_IDS",
        None,
        "People (profiles.id), separated by commas; unset: everyone, empty: nobody.",
    ),
    plain("CALENDAR_ALLOWLIST_CONNECTION_IDS", None, "Connections, separated by commas; unset: all, empty: none."),
    plain("CALENDAR_SYNC_INTERVAL_MINUTES", Some("15"), "Minutes between two syncs of a connection."),
    plain("CALENDAR_SYNC_INTERVAL_LEAST_MINUTES", Some("5"), "A busy calendar is synced as often as that."),
    plain("CALENDAR_SYNC_INTERVAL_MOST_MINUTES", Some("30"), "An idle calendar is synced at least as often as that."),
    plain("CALENDAR_SYNC_MONTHS_BACK", Some("3"), "How far back events are kept."),
    plain("CALENDAR_SYNC_MONTHS_AHEAD", Some("12"), "How far ahead events are kept."),
    plain("CALENDAR_MANUAL_SYNC_WAIT_SECONDS", Some("25"), "How long a manual sync waits for its answer."),
    plain("CALENDAR_MASS_DELETE_MOST", Some("50"), "More deletions within 24 h are held for a person."),
    plain("CALENDAR_MASS_DELETE_PERCENT", Some("20"), "A larger share (from 5 events on) is held as well."),
    plain("CALENDAR_JOURNAL_DAYS", Some("30"), "How long the journal of changes is kept."),
    secret("CRON_SECRET", "Bearer token of POST /api/cron/calendar-sync; unset: only direct loopback callers."),
    plain("TIDECAL_METRICS_PUBLIC", Some("false"), "Let /metrics be read from other machines, not only from this one."),
    plain("TIDECAL_WORKERS", Some("8"), "Syncs at the same time on this node."),
    plain(
        "TIDECAL_ALLOWED_ORIGINS",
        None,
        "Origins on private addresses that calendar servers may have, separated by commas.",
    ),
    plain("TIDECAL_ALLOW_PRIVATE_NETWORKS", Some("false"), "Let calendar servers be on any private address."),
    plain("TIDECAL_PROXY", None, "HTTP proxy for all outbound requests."),
    plain("TIDECAL_LOG", Some("info"), "Log filter, for example info,tidecal_engine=debug."),
    plain("TIDECAL_LOG_FORMAT", Some("text"), "text or json."),
];
