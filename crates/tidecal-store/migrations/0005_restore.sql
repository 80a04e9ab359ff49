-- restored_at: the database was restored from a backup then, and nobody has said since that this
-- connection may write.
ALTER TABLE external_calendar_connections ADD COLUMN restored_at {timestamp};
