-- Fewer bytes to write for each event. Most items are their own series and are found by their own id.
DROP INDEX idx_external_calendar_events_series;
CREATE INDEX idx_external_calendar_events_series ON external_calendar_events (connection_id, external_series_id)
    WHERE external_series_id <> external_event_id;
-- A calendar belongs to one tenant.
DROP INDEX idx_calendar_events_uid;
CREATE INDEX idx_calendar_events_uid ON calendar_events (calendar_id, uid) WHERE uid <> '';
