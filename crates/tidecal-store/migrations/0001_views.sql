
-- Connections by another name, read-only. A circuit is open from five failures on in both counters;
-- stopped_reason holds only while there are errors.
CREATE VIEW calendar_connections{view_options} AS
SELECT
    c.id,
    c.tenant_id,
    c.provider_id AS user_id,
    c.provider,
    c.email,
    c.name AS calendar_name,
    c.calendar_id,
    c.external_calendar_id,
    c.sync_direction,
    c.sync_enabled,
    (c.sync_enabled AND a.status = 'active'
        AND (c.consecutive_failures < 5 OR c.error_count < 5)
        AND (c.stopped_reason IS NULL OR c.error_count = 0)) AS is_active,
    c.last_synced_at AS last_sync_at,
    c.last_error,
    c.token_expiry,
    c.created_at,
    c.updated_at
FROM external_calendar_connections c
JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id;

-- One row per person and vendor; a calendar that was never read makes "lastSuccessfulSync" null.
CREATE VIEW "CalendarSyncMetadata"{view_options} AS
SELECT
    c.tenant_id AS "tenantId",
    c.provider_id AS "userId",
    c.provider AS "provider",
    CASE WHEN COUNT(*) = 1 AND c.provider <> 'outlook' THEN MAX(c.sync_cursor) END AS "syncToken",
    CASE WHEN COUNT(*) = 1 AND c.provider = 'outlook' THEN MAX(c.sync_cursor) END AS "deltaLink",
    CASE WHEN COUNT(*) = COUNT(c.last_synced_at) THEN MIN(c.last_synced_at) END{at_utc} AS "lastSuccessfulSync",
    CAST(MAX(c.consecutive_failures) AS INTEGER) AS "consecutiveFailures",
    CAST(SUM(c.events_synced) AS INTEGER) AS "eventsSynced",
    CAST(MAX(c.sync_duration_ms) AS INTEGER) AS "syncDuration",
    (SELECT e.last_error FROM external_calendar_connections e
        WHERE e.tenant_id = c.tenant_id AND e.provider_id = c.provider_id AND e.provider = c.provider
            AND e.last_error IS NOT NULL
        ORDER BY e.last_failed_at DESC NULLS LAST, e.id DESC LIMIT 1) AS "lastError",
    MIN(CASE WHEN c.sync_enabled AND a.status = 'active'
        AND (c.consecutive_failures < 5 OR c.error_count < 5)
        AND (c.stopped_reason IS NULL OR c.error_count = 0) THEN 1 ELSE 0 END) = 1 AS "isActive"
FROM external_calendar_connections c
JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
GROUP BY c.tenant_id, c.provider_id, c.provider;
