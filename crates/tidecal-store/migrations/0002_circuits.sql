-- Vendors in trouble: a row while calls to a vendor's server fail, none while all is well. failing
-- holds the ids of connections that failed since the last answer, separated by spaces.
CREATE TABLE vendor_circuits (
    provider TEXT NOT NULL,
    server TEXT NOT NULL DEFAULT '',
    failing TEXT NOT NULL DEFAULT '',
    failing_since {timestamp},
    opened_at {timestamp},
    probe_at {timestamp},
    probes BIGINT NOT NULL DEFAULT 0,
    updated_at {timestamp} NOT NULL,
    PRIMARY KEY (provider, server)
);

ALTER TABLE calendar_accounts ADD COLUMN grant_ends_at {timestamp};
ALTER TABLE calendar_accounts ADD COLUMN grant_lifetime_s BIGINT;
ALTER TABLE external_calendar_connections ADD COLUMN last_changed_at {timestamp};
