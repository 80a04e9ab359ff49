
-- Row-level security, prepared but not switched on: ALTER TABLE ... ENABLE ROW LEVEL SECURITY makes
-- these policies count. Tidecal sets app.tenant_id in every transaction ('*' for its workers);
-- a session that has not set it sees no row.
DO $policies$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'memberships', 'sessions', 'signin_links', 'api_keys', 'oauth_apps', 'oauth_states', 'calendars',
        'calendar_events', 'calendar_accounts', 'external_calendar_connections', 'external_calendar_events',
        'sync_seen', 'conflicts', 'sync_runs', 'sync_journal', 'change_feed', 'audit_log', 'notifications',
        'webhook_subscriptions', 'job_runs'
    ] LOOP
        EXECUTE format(
            'CREATE POLICY tenant_isolation ON %I USING (current_setting(''app.tenant_id'', true) IN (tenant_id, ''*''))',
            name);
    END LOOP;
END
$policies$;
CREATE POLICY tenant_isolation ON tenants USING (current_setting('app.tenant_id', true) IN (id, '*'));
CREATE POLICY tenant_isolation ON profiles USING (
    current_setting('app.tenant_id', true) = '*'
    OR EXISTS (
        SELECT 1 FROM memberships m
        WHERE m.profile_id = profiles.id AND m.tenant_id = current_setting('app.tenant_id', true)
    )
);
