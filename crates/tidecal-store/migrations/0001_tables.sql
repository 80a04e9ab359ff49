-- Every table. `{timestamp}` and `{bytes}` stand for the backend's type; all else is the same text
-- on SQLite and PostgreSQL. Ids are UUIDv7 text. Every row of a tenant carries tenant_id, and
-- foreign keys are (tenant_id, id), so that no row can point into another tenant. Profiles are
-- people and may belong to several tenants: what ties them to one is their membership.

-- Tenants: whoever runs a product on this server, or a team.
CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at {timestamp} NOT NULL
);

-- People. One person may belong to several tenants.
CREATE TABLE profiles (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    password_hash TEXT,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL
);

-- Which person belongs to which tenant, and what the person may do there.
CREATE TABLE memberships (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    profile_id TEXT NOT NULL REFERENCES profiles (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_at {timestamp} NOT NULL,
    PRIMARY KEY (tenant_id, profile_id)
);
CREATE INDEX idx_memberships_profile_id ON memberships (profile_id);

-- Signed-in browsers; only the hash of a token is stored.
CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    created_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    user_agent TEXT NOT NULL DEFAULT '',
    FOREIGN KEY (tenant_id, profile_id) REFERENCES memberships (tenant_id, profile_id) ON DELETE CASCADE
);
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);

-- One-time sign-in links, as hashes; a link that was used is gone.
CREATE TABLE signin_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    created_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    FOREIGN KEY (tenant_id, profile_id) REFERENCES memberships (tenant_id, profile_id) ON DELETE CASCADE
);

-- API keys of a tenant, as hashes.
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    name TEXT NOT NULL,
    key_hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_at {timestamp} NOT NULL,
    expires_at {timestamp},
    revoked_at {timestamp},
    FOREIGN KEY (tenant_id, profile_id) REFERENCES memberships (tenant_id, profile_id) ON DELETE CASCADE
);

-- A tenant's own OAuth apps; without one the deployment's is used.
CREATE TABLE oauth_apps (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret {bytes},
    redirect_uri TEXT NOT NULL DEFAULT '',
    directory TEXT NOT NULL DEFAULT '',
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    UNIQUE (tenant_id, provider)
);

-- Connect flows that are under way: state as a hash, PKCE verifier sealed.
CREATE TABLE oauth_states (
    state_hash TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    session_hash TEXT NOT NULL,
    provider TEXT NOT NULL,
    account_id TEXT,
    verifier {bytes} NOT NULL,
    created_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    FOREIGN KEY (tenant_id, profile_id) REFERENCES memberships (tenant_id, profile_id) ON DELETE CASCADE
);

-- Local calendars. seq counts the changes of their events; it is allotted under the lock of the row.
CREATE TABLE calendars (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    color TEXT,
    time_zone TEXT,
    seq BIGINT NOT NULL DEFAULT 0,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES memberships (tenant_id, profile_id)
);
CREATE INDEX idx_calendars_owner_id ON calendars (tenant_id, owner_id);

-- The truth of an event is its local text and zone (start_local, start_zone, ...; no zone: floating).
-- start_at, end_at and series_end_at are derived, for indexes, by the tz database of tzdb_version.
-- details is JSON: guests, reminders, conference, categories, links, recurrence, organizer, flags.
CREATE TABLE calendar_events (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    calendar_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('single', 'master', 'override')),
    recurrence_id TEXT NOT NULL DEFAULT '',
    external_event_id TEXT,
    uid TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    location TEXT NOT NULL DEFAULT '',
    start_local TEXT NOT NULL,
    end_local TEXT NOT NULL,
    start_zone TEXT,
    end_zone TEXT,
    all_day BOOLEAN NOT NULL DEFAULT FALSE,
    start_at {timestamp} NOT NULL,
    end_at {timestamp} NOT NULL,
    series_end_at {timestamp},
    recurring BOOLEAN NOT NULL DEFAULT FALSE,
    status TEXT NOT NULL,
    visibility TEXT NOT NULL,
    transparency TEXT NOT NULL,
    event_type TEXT NOT NULL,
    organizer_email TEXT,
    details TEXT NOT NULL,
    version BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    tzdb_version TEXT NOT NULL,
    deleted_at {timestamp},
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, calendar_id) REFERENCES calendars (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_calendar_events_user_id ON calendar_events (user_id);
CREATE INDEX idx_calendar_events_external_lookup ON calendar_events (user_id, external_event_id);
CREATE INDEX idx_calendar_events_window ON calendar_events (calendar_id, series_end_at, start_at);
CREATE INDEX idx_calendar_events_overrides ON calendar_events (calendar_id, series_id) WHERE kind = 'override';

-- OAuth grants and CalDAV logins; access_token, refresh_token and password are sealed.
CREATE TABLE calendar_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    base_url TEXT,
    server_info TEXT,
    scopes TEXT NOT NULL DEFAULT '',
    access_token {bytes},
    refresh_token {bytes},
    password {bytes},
    credentials_version BIGINT NOT NULL DEFAULT 1,
    token_expiry {timestamp},
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'reauth_required', 'disconnected')),
    status_reason TEXT,
    refresh_owner TEXT,
    refresh_until {timestamp},
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, provider_id, provider, subject),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES memberships (tenant_id, profile_id)
);
CREATE INDEX idx_calendar_accounts_token_expiry ON calendar_accounts (token_expiry) WHERE status = 'active';

-- One remote calendar of an account, linked to one local calendar; the row is also its sync job.
-- provider_id is the person (profiles.id); provider is the vendor.
CREATE TABLE external_calendar_connections (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    calendar_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL DEFAULT '',
    external_calendar_id TEXT NOT NULL,
    calendar_color TEXT,
    read_only BOOLEAN NOT NULL DEFAULT FALSE,
    sync_direction TEXT NOT NULL DEFAULT 'inbound'
        CHECK (sync_direction IN ('inbound', 'outbound', 'bidirectional')),
    privacy TEXT NOT NULL DEFAULT 'full',
    sync_enabled BOOLEAN NOT NULL DEFAULT TRUE,
    window_past_days BIGINT,
    window_future_days BIGINT,
    sync_interval_minutes BIGINT,
    sync_cursor TEXT,
    sync_progress TEXT,
    local_cursor BIGINT NOT NULL DEFAULT 0,
    sync_needed BOOLEAN NOT NULL DEFAULT FALSE,
    poke_seq BIGINT NOT NULL DEFAULT 0,
    requested_run_id TEXT,
    requested_trigger TEXT,
    run_id TEXT,
    run_trigger TEXT,
    last_synced_at {timestamp},
    last_polled_at {timestamp},
    last_failed_at {timestamp},
    next_sync_at {timestamp},
    error_count BIGINT NOT NULL DEFAULT 0,
    consecutive_failures BIGINT NOT NULL DEFAULT 0,
    failure_class TEXT,
    last_error TEXT,
    stopped_reason TEXT,
    backoff_until {timestamp},
    token_expiry {timestamp},
    events_synced BIGINT NOT NULL DEFAULT 0,
    sync_duration_ms BIGINT NOT NULL DEFAULT 0,
    noop_runs BIGINT NOT NULL DEFAULT 0,
    last_noop_at {timestamp},
    held_reason TEXT,
    held_deletions BIGINT NOT NULL DEFAULT 0,
    released_at {timestamp},
    notified_state TEXT,
    notified_at {timestamp},
    lease_owner TEXT,
    lease_until {timestamp},
    lease_epoch BIGINT NOT NULL DEFAULT 0,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, account_id, external_calendar_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES calendar_accounts (tenant_id, id),
    FOREIGN KEY (tenant_id, calendar_id) REFERENCES calendars (tenant_id, id){connection_checks}
);
CREATE INDEX idx_calendar_connections_user_id ON external_calendar_connections (provider_id);
CREATE INDEX idx_external_calendar_connections_calendar_id ON external_calendar_connections (tenant_id, calendar_id);
-- What is due comes first; a poked connection is due since ever.
CREATE INDEX idx_external_calendar_connections_due ON external_calendar_connections
    ((CASE WHEN sync_needed OR next_sync_at IS NULL THEN {epoch} ELSE next_sync_at END)) WHERE sync_enabled;

-- Mapping, one row per component. base and raw are compressed bytes (first byte: format);
-- base NULL means: the local event as it is at base_version.
CREATE TABLE external_calendar_events (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    external_event_id TEXT NOT NULL,
    external_series_id TEXT NOT NULL,
    recurrence_id TEXT NOT NULL DEFAULT '',
    event_id TEXT,
    series_id TEXT NOT NULL,
    uid TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT 'origin' CHECK (role IN ('origin', 'copy')),
    version TEXT NOT NULL DEFAULT '',
    base_version BIGINT NOT NULL DEFAULT 0,
    base {bytes},
    raw {bytes},
    generation BIGINT NOT NULL DEFAULT 1,
    verdict TEXT NOT NULL DEFAULT 'mirrored',
    reason TEXT NOT NULL DEFAULT '',
    sync_status TEXT NOT NULL DEFAULT 'CREATED'
        CHECK (sync_status IN ('CREATED', 'SYNCED', 'UPDATED', 'DELETED', 'CONFLICT', 'FAILED')),
    last_error TEXT,
    start_at {timestamp},
    end_at {timestamp},
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (connection_id, external_event_id, recurrence_id),
    FOREIGN KEY (tenant_id, connection_id)
        REFERENCES external_calendar_connections (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, event_id)
        REFERENCES calendar_events (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX idx_external_calendar_events_series ON external_calendar_events (connection_id, external_series_id);
CREATE INDEX idx_external_calendar_events_event_id ON external_calendar_events (tenant_id, event_id);
-- The few rows that are not simply in step: counts by verdict, retries, what waits for the window.
CREATE INDEX idx_external_calendar_events_exceptional ON external_calendar_events
    (connection_id, verdict, start_at, sync_status) WHERE verdict <> 'mirrored' OR sync_status <> 'SYNCED';

-- Ids that a running full comparison has seen; cleared at its end.
CREATE TABLE sync_seen (
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    reading_id TEXT NOT NULL,
    external_event_id TEXT NOT NULL,
    PRIMARY KEY (connection_id, reading_id, external_event_id),
    FOREIGN KEY (tenant_id, connection_id)
        REFERENCES external_calendar_connections (tenant_id, id) ON DELETE CASCADE
){without_rowid};

-- Fields that both sides changed, with what each said; one open row per mapping.
CREATE TABLE conflicts (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    external_event_id TEXT NOT NULL,
    recurrence_id TEXT NOT NULL DEFAULT '',
    event_id TEXT,
    fields TEXT NOT NULL,
    base {bytes},
    local {bytes},
    remote {bytes},
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved')),
    resolution TEXT,
    resolved_by TEXT,
    resolved_at {timestamp},
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    FOREIGN KEY (tenant_id, connection_id)
        REFERENCES external_calendar_connections (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_conflicts_open ON conflicts (connection_id, external_event_id, recurrence_id)
    WHERE status = 'open';

-- Runs that did something, or that somebody asked for.
CREATE TABLE sync_runs (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    run_trigger TEXT NOT NULL,
    started_at {timestamp} NOT NULL,
    finished_at {timestamp},
    outcome TEXT NOT NULL,
    synced BIGINT NOT NULL DEFAULT 0,
    updated BIGINT NOT NULL DEFAULT 0,
    skipped BIGINT NOT NULL DEFAULT 0,
    deleted BIGINT NOT NULL DEFAULT 0,
    total BIGINT NOT NULL DEFAULT 0,
    pages BIGINT NOT NULL DEFAULT 0,
    calls BIGINT NOT NULL DEFAULT 0,
    duration_ms BIGINT NOT NULL DEFAULT 0,
    error TEXT,
    FOREIGN KEY (tenant_id, connection_id)
        REFERENCES external_calendar_connections (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_sync_runs_connection_id ON sync_runs (connection_id, started_at);

-- Before and after of updates, deletions and outbound writes; outlives its connection.
CREATE TABLE sync_journal (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    connection_id TEXT,
    run_id TEXT,
    event_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    direction TEXT NOT NULL DEFAULT 'inbound',
    action TEXT NOT NULL,
    before {bytes},
    after {bytes},
    created_at {timestamp} NOT NULL
);
CREATE INDEX idx_sync_journal_connection_id ON sync_journal (connection_id, created_at);

-- One row for each deleted local event, so that readers who follow calendars.seq learn of it.
CREATE TABLE change_feed (
    tenant_id TEXT NOT NULL,
    calendar_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    action TEXT NOT NULL,
    created_at {timestamp} NOT NULL,
    PRIMARY KEY (calendar_id, seq),
    FOREIGN KEY (tenant_id, calendar_id) REFERENCES calendars (tenant_id, id) ON DELETE CASCADE
);

-- Who did what.
CREATE TABLE audit_log (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    actor_id TEXT,
    action TEXT NOT NULL,
    target_kind TEXT NOT NULL DEFAULT '',
    target_id TEXT NOT NULL DEFAULT '',
    details TEXT NOT NULL DEFAULT '{}',
    request_id TEXT,
    created_at {timestamp} NOT NULL
);
CREATE INDEX idx_audit_log_tenant_id ON audit_log (tenant_id, created_at);

-- What people are told in the application; dedupe_key keeps a change of state from being told twice.
CREATE TABLE notifications (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    connection_id TEXT,
    kind TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL DEFAULT '',
    created_at {timestamp} NOT NULL,
    read_at {timestamp},
    UNIQUE (tenant_id, dedupe_key),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES memberships (tenant_id, profile_id) ON DELETE CASCADE
);
CREATE INDEX idx_notifications_profile_id ON notifications (tenant_id, profile_id, created_at);

-- Push channels at the vendors.
CREATE TABLE webhook_subscriptions (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    external_id TEXT NOT NULL DEFAULT '',
    resource_id TEXT NOT NULL DEFAULT '',
    secret_hash TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    expires_at {timestamp},
    verified_at {timestamp},
    notified_at {timestamp},
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    FOREIGN KEY (tenant_id, connection_id)
        REFERENCES external_calendar_connections (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_webhook_subscriptions_connection_id ON webhook_subscriptions (connection_id);
CREATE INDEX idx_webhook_subscriptions_expires_at ON webhook_subscriptions (expires_at);

-- Runs of the job runner; tenant_id is '' for the whole deployment.
CREATE TABLE job_runs (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL DEFAULT '',
    job TEXT NOT NULL,
    started_at {timestamp} NOT NULL,
    finished_at {timestamp},
    outcome TEXT NOT NULL,
    summary TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_job_runs_started_at ON job_runs (started_at);
