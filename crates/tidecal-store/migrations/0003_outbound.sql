-- The version that a person's last edit made; a person's word that guests may be mailed about that
-- version; an answer to an invitation (JSON) on its way out.
ALTER TABLE calendar_events ADD COLUMN edited_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calendar_events ADD COLUMN consent_version BIGINT;
ALTER TABLE calendar_events ADD COLUMN pending_answer TEXT;
CREATE INDEX idx_calendar_events_seq ON calendar_events (calendar_id, seq);
CREATE INDEX idx_calendar_events_uid ON calendar_events (tenant_id, calendar_id, uid) WHERE uid <> '';
CREATE INDEX idx_calendar_events_series ON calendar_events (series_id);
-- Deleted here, until every vendor knows.
CREATE INDEX idx_calendar_events_deleted ON calendar_events (calendar_id) WHERE deleted_at IS NOT NULL;

-- local_base: the local event as it was at base_version, once it has moved on. echo: what is
-- remembered of our own writes (JSON).
ALTER TABLE external_calendar_events ADD COLUMN local_base {bytes};
ALTER TABLE external_calendar_events ADD COLUMN echo TEXT;
CREATE INDEX idx_external_calendar_events_local_series ON external_calendar_events (series_id, connection_id);
-- What waits to be tried: retries, and what is on its way out.
CREATE INDEX idx_external_calendar_events_waiting ON external_calendar_events (connection_id, sync_status)
    WHERE sync_status IN ('CREATED', 'UPDATED');
-- The same meeting, kept out because another connection shows it.
CREATE INDEX idx_external_calendar_events_twins ON external_calendar_events (tenant_id, uid)
    WHERE verdict = 'filtered';

ALTER TABLE external_calendar_connections ADD COLUMN conflict_policy TEXT NOT NULL DEFAULT 'ask';
ALTER TABLE external_calendar_connections ADD COLUMN filters TEXT NOT NULL DEFAULT '{}';

ALTER TABLE sync_runs ADD COLUMN pushed BIGINT NOT NULL DEFAULT 0;

UPDATE sync_journal SET direction = 'in' WHERE direction = 'inbound';
CREATE INDEX idx_sync_journal_event_id ON sync_journal (tenant_id, event_id, created_at);
CREATE INDEX idx_sync_journal_run_id ON sync_journal (run_id);
CREATE INDEX idx_sync_journal_created_at ON sync_journal (created_at);

CREATE INDEX idx_conflicts_tenant_id ON conflicts (tenant_id, id);

-- Answers to requests that carried a key, so that the same request gives the same answer; kept
-- for a day.
CREATE TABLE idempotency_keys (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    profile_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT,
    body TEXT,
    created_at {timestamp} NOT NULL,
    PRIMARY KEY (tenant_id, profile_id, idempotency_key)
);
CREATE INDEX idx_idempotency_keys_created_at ON idempotency_keys (created_at);
