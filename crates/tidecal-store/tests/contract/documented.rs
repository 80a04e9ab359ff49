//! Names that operators and other programs rely on: each documented column, view and index, read by
//! its exact name (requirements R6.4).

use crate::fixture::{claim, commit_once, connect, event, failure, home, later, mirrored, now, single, system};
use crate::harness::{Db, Raw, on_both};
use tidecal_store::FinishRow;

on_both!(
    every_documented_column_is_read_by_its_name,
    the_documented_indexes_exist_on_their_columns,
    the_metadata_view_has_one_row_per_person_and_vendor,
    the_view_of_connections_follows_the_table,
    the_documented_types_are_what_they_should_be,
);

/// Table or view, and the columns that documents name.
const DOCUMENTED: &[(&str, &[&str])] = &[
    (
        "external_calendar_connections",
        &[
            "id",
            "provider_id",
            "provider",
            "sync_enabled",
            "last_synced_at",
            "error_count",
            "last_error",
            "backoff_until",
            "token_expiry",
            "sync_cursor",
            "sync_needed",
        ],
    ),
    (
        "external_calendar_connections",
        &[
            "tenant_id",
            "account_id",
            "calendar_id",
            "name",
            "external_calendar_id",
            "sync_direction",
            "sync_progress",
            "local_cursor",
            "poke_seq",
            "last_polled_at",
            "consecutive_failures",
            "stopped_reason",
            "next_sync_at",
            "events_synced",
            "sync_duration_ms",
            "lease_owner",
            "lease_until",
            "lease_epoch",
            "noop_runs",
            "held_reason",
            "held_deletions",
            "released_at",
            "email",
            "calendar_color",
            "read_only",
        ],
    ),
    ("external_calendar_events", &["provider_id", "sync_status", "last_error"]),
    (
        "external_calendar_events",
        &[
            "id",
            "tenant_id",
            "connection_id",
            "external_event_id",
            "recurrence_id",
            "event_id",
            "role",
            "version",
            "base_version",
            "base",
            "raw",
            "generation",
            "verdict",
            "reason",
            "external_series_id",
            "series_id",
            "uid",
            "start_at",
            "end_at",
        ],
    ),
    ("profiles", &["id", "email"]),
    (
        "CalendarSyncMetadata",
        &[
            "tenantId",
            "userId",
            "provider",
            "syncToken",
            "deltaLink",
            "lastSuccessfulSync",
            "consecutiveFailures",
            "eventsSynced",
            "syncDuration",
            "lastError",
            "isActive",
        ],
    ),
    ("calendar_connections", &["id", "user_id", "provider", "email", "calendar_name", "last_sync_at"]),
    (
        "calendar_events",
        &[
            "id",
            "tenant_id",
            "calendar_id",
            "user_id",
            "series_id",
            "kind",
            "recurrence_id",
            "external_event_id",
            "uid",
            "title",
            "description",
            "location",
            "start_local",
            "end_local",
            "start_zone",
            "end_zone",
            "all_day",
            "start_at",
            "end_at",
            "series_end_at",
            "recurring",
            "status",
            "visibility",
            "transparency",
            "event_type",
            "organizer_email",
            "version",
            "seq",
            "tzdb_version",
            "deleted_at",
            "details",
        ],
    ),
    ("calendars", &["id", "tenant_id", "owner_id", "name", "time_zone", "seq"]),
    (
        "calendar_accounts",
        &[
            "id",
            "tenant_id",
            "provider",
            "subject",
            "email",
            "access_token",
            "refresh_token",
            "password",
            "scopes",
            "token_expiry",
            "status",
            "refresh_owner",
            "refresh_until",
            "base_url",
        ],
    ),
];

/// Every table of the first schema.
const TABLES: &[&str] = &[
    "tenants",
    "profiles",
    "memberships",
    "sessions",
    "signin_links",
    "api_keys",
    "oauth_apps",
    "oauth_states",
    "calendars",
    "calendar_events",
    "calendar_accounts",
    "external_calendar_connections",
    "external_calendar_events",
    "sync_seen",
    "conflicts",
    "sync_runs",
    "sync_journal",
    "change_feed",
    "audit_log",
    "notifications",
    "webhook_subscriptions",
    "job_runs",
];

async fn every_documented_column_is_read_by_its_name(db: Db) {
    let home = home(&db.store, "ada").await;
    let writes = mirrored(&[(single("e1"), event("Review", "2026-11-23T09:00:00Z"))]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    for (table, columns) in DOCUMENTED {
        for column in *columns {
            // The unquoted spelling is the one that operators type, where case does not matter.
            let plain = column.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            let named = if plain { (*column).to_owned() } else { format!("\"{column}\"") };
            let table = if *table == "CalendarSyncMetadata" { "\"CalendarSyncMetadata\"" } else { table };
            let sql = format!("SELECT {named} FROM {table}");
            assert_eq!(db.raw.columns(&sql).await, [*column], "{sql}");
        }
    }
    for table in TABLES {
        db.raw.count(table).await;
    }
}

async fn the_documented_indexes_exist_on_their_columns(db: Db) {
    for (index, table, columns) in [
        ("idx_calendar_connections_user_id", "external_calendar_connections", "provider_id"),
        ("idx_calendar_events_user_id", "calendar_events", "user_id"),
        ("idx_calendar_events_external_lookup", "calendar_events", "user_id, external_event_id"),
    ] {
        let sql = match db.raw {
            Raw::Sqlite(_) => format!("SELECT tbl_name, sql FROM sqlite_master WHERE name = '{index}'"),
            Raw::Postgres(_) => format!("SELECT tablename, indexdef FROM pg_indexes WHERE indexname = '{index}'"),
        };
        let rows = db.raw.rows(&sql).await;
        assert_eq!(rows.len(), 1, "{index}");
        assert_eq!(rows[0][0].as_deref(), Some(table));
        assert!(rows[0][1].as_deref().unwrap().ends_with(&format!("({columns})")), "{:?}", rows[0]);
    }
}

async fn the_metadata_view_has_one_row_per_person_and_vendor(db: Db) {
    let home = home(&db.store, "ada").await;
    let finish = |events: i64, minutes: i64| (events, later(minutes));
    let first = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let (events, at) = finish(40, 0);
    let row = FinishRow {
        events_synced: Some(events),
        sync_duration_ms: Some(900),
        cursor: Some(tidecal_core::remote::Cursor("token-1".into())),
        ..crate::fixture::success(&first, at)
    };
    assert!(system(&db.store).finish(&first.lease, &row).await.unwrap());
    let view = "SELECT \"userId\", \"provider\", \"syncToken\", \"deltaLink\", \"consecutiveFailures\", \
        \"eventsSynced\", \"syncDuration\", \"lastError\" FROM \"CalendarSyncMetadata\"";
    let text = |text: &str| Some(text.to_owned());
    let user = home.scope.user_id.clone();
    let one = vec![Some(user.clone()), text("google"), text("token-1"), None, text("0"), text("40"), text("900"), None];
    assert_eq!(db.raw.rows(view).await, [one]);

    let second = connect(&db.store, &home.scope, &home.account.id, "team").await;
    let never = "SELECT \"lastSuccessfulSync\" FROM \"CalendarSyncMetadata\"";
    assert_eq!(db.raw.value(never).await, None, "a calendar that was never read counts as oldest");
    let claimed = claim(&db.store, &second.id, later(5)).await.unwrap();
    let row = FinishRow { last_synced_at: Some(later(5)), ..failure(&claimed, later(5), 2) };
    let row = FinishRow { events_synced: Some(2), sync_duration_ms: Some(1_500), ..row };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let both = vec![Some(user), text("google"), None, None, text("2"), text("42"), text("1500"), text("google: 503")];
    assert_eq!(db.raw.rows(view).await, [both]);
    let oldest = db.raw.value(never).await.unwrap();
    assert!(oldest.contains("2026-11-21") && oldest.contains("10:00:00"), "{oldest}");
}

async fn the_view_of_connections_follows_the_table(db: Db) {
    let home = home(&db.store, "ada").await;
    let sql = "SELECT id, user_id, last_sync_at FROM calendar_connections";
    let expected = |at: Option<&str>| {
        vec![Some(home.connection.id.clone()), Some(home.scope.user_id.clone()), at.map(str::to_owned)]
    };
    assert_eq!(db.raw.rows(sql).await, [expected(None)]);
    commit_once(&db.store, &home.connection.id, &mirrored(&[]), "c1", now()).await;
    let rows = db.raw.rows(sql).await;
    assert!(rows[0][2].as_deref().unwrap().starts_with("2026-11-21"), "{rows:?}");
    let is_active = "SELECT COUNT(*) FROM calendar_connections WHERE is_active";
    assert_eq!(db.raw.value(is_active).await.as_deref(), Some("1"));
    // Each of the four conditions, as `Connection::is_active` has them.
    let broken = [
        (
            "external_calendar_connections SET sync_enabled = FALSE",
            "external_calendar_connections SET sync_enabled = TRUE",
        ),
        (
            "external_calendar_connections SET error_count = 5, consecutive_failures = 7",
            "external_calendar_connections SET error_count = 0, consecutive_failures = 7",
        ),
        (
            "external_calendar_connections SET stopped_reason = 'gone', error_count = 1",
            "external_calendar_connections SET error_count = 0",
        ),
        ("calendar_accounts SET status = 'reauth_required'", "calendar_accounts SET status = 'active'"),
    ];
    for (breaks, mends) in broken {
        for (statement, active) in [(breaks, false), (mends, true)] {
            db.raw.execute(&format!("UPDATE {statement}")).await;
            let count = if active { "1" } else { "0" };
            assert_eq!(db.raw.value(is_active).await.as_deref(), Some(count), "{statement}");
            let read = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
            assert_eq!(read.is_active(), active, "{statement}");
            let health = db.store.tenant(&home.scope).health().await.unwrap();
            assert_eq!(health[0].is_active, active, "{statement}");
        }
    }
}

async fn the_documented_types_are_what_they_should_be(db: Db) {
    let Raw::Postgres(_) = db.raw else {
        // SQLite: instants are fixed-width text, also in the view.
        let home = home(&db.store, "ada").await;
        commit_once(&db.store, &home.connection.id, &mirrored(&[]), "c1", now()).await;
        let at = db.raw.value("SELECT \"lastSuccessfulSync\" FROM \"CalendarSyncMetadata\"").await;
        assert_eq!(at.as_deref(), Some("2026-11-21T10:00:00.000Z"));
        return;
    };
    for (table, column, expected) in [
        ("CalendarSyncMetadata", "lastSuccessfulSync", "timestamp without time zone"),
        ("CalendarSyncMetadata", "consecutiveFailures", "integer"),
        ("CalendarSyncMetadata", "eventsSynced", "integer"),
        ("CalendarSyncMetadata", "isActive", "boolean"),
        ("external_calendar_connections", "last_synced_at", "timestamp with time zone"),
        ("external_calendar_connections", "backoff_until", "timestamp with time zone"),
        ("external_calendar_connections", "sync_enabled", "boolean"),
        ("external_calendar_events", "base", "bytea"),
        ("calendar_connections", "last_sync_at", "timestamp with time zone"),
    ] {
        let sql = format!(
            "SELECT data_type FROM information_schema.columns WHERE table_name = '{table}' AND column_name = '{column}'"
        );
        assert_eq!(db.raw.value(&sql).await.as_deref(), Some(expected), "{table}.{column}");
    }
    let invoker = "SELECT COUNT(*) FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace \
        AND NOT 'security_invoker=true' = ANY(COALESCE(reloptions, '{}'))";
    assert_eq!(db.raw.value(invoker).await.as_deref(), Some("0"), "views see with their reader's rights");
}
