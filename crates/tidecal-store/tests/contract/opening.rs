//! Opening and migrating, and what is said when that cannot be.

use crate::fixture::home;
use crate::harness::{Db, KEY, Raw, drop_database, empty_postgres, key_ring, on_both, server};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tidecal_store::{Backend, Store, StoreError, StoreOptions};

on_both!(
    migrating_again_changes_nothing,
    a_newer_database_is_refused,
    a_schema_that_was_altered_is_refused,
    a_closed_store_says_so,
    nodes_may_migrate_at_the_same_time,
    a_connection_that_was_cut_is_replaced,
    a_database_that_another_program_holds_is_named,
);

fn options() -> StoreOptions {
    StoreOptions { acquire_timeout: std::time::Duration::from_secs(3), ..StoreOptions::new(key_ring(KEY, &[])) }
}

async fn migrating_again_changes_nothing(db: Db) {
    home(&db.store, "ada").await;
    db.store.migrate().await.unwrap();
    db.store.check_schema().await.unwrap();
    db.store.ping().await.unwrap();
    assert_eq!(db.store.schema_version().await.unwrap(), Store::known_schema_version());
    assert_eq!(db.raw.count("tenants").await, 1);
    let relations = db.store.describe().await.unwrap();
    assert_eq!(relations.len(), 26);
    assert!(relations.iter().all(|it| !it.comment.is_empty()));
}

async fn a_newer_database_is_refused(db: Db) {
    let known = Store::known_schema_version();
    db.raw
        .execute(&format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             SELECT {}, 'from the future', success, checksum, 0 FROM _sqlx_migrations WHERE version = {known}",
            known + 7
        ))
        .await;
    for refused in [db.store.migrate().await.unwrap_err(), db.store.check_schema().await.unwrap_err()] {
        assert!(
            matches!(refused, StoreError::DatabaseTooNew { found, known: it } if (found, it) == (known + 7, known))
        );
        assert!(refused.to_string().contains("run the newer version"), "{refused}");
    }
}

async fn a_schema_that_was_altered_is_refused(db: Db) {
    let (changed, half) = match db.raw {
        Raw::Sqlite(_) => ("x'00'", "0"),
        Raw::Postgres(_) => ("'\\x00'", "FALSE"),
    };
    db.raw.execute(&format!("UPDATE _sqlx_migrations SET success = {half}")).await;
    let refused = db.store.migrate().await.unwrap_err();
    assert!(matches!(refused, StoreError::SchemaDamaged { version: 1, .. }), "{refused}");
    db.raw.execute(&format!("UPDATE _sqlx_migrations SET success = TRUE, checksum = {changed}")).await;
    for _ in 0..2 {
        // Twice: a failed migration gives its lock back.
        let refused = db.store.migrate().await.unwrap_err();
        assert!(matches!(refused, StoreError::SchemaDamaged { version: 1, .. }), "{refused}");
    }
}

async fn a_closed_store_says_so(db: Db) {
    db.store.close().await;
    let refused = db.store.ping().await.unwrap_err();
    assert!(matches!(refused, StoreError::Unreachable(_)) && refused.is_transient(), "{refused}");
}

async fn a_connection_that_was_cut_is_replaced(db: Db) {
    let Raw::Postgres(_) = db.raw else { return };
    home(&db.store, "ada").await;
    db.raw
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    // Each connection of the pool may be found cut once.
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(db.store.ping().await);
    }
    assert!(answers.last().unwrap().is_ok(), "{answers:?}");
    assert!(answers.iter().all(|it| it.as_ref().err().is_none_or(StoreError::is_transient)), "{answers:?}");
}

async fn a_database_that_another_program_holds_is_named(db: Db) {
    let Raw::Sqlite(pool) = &db.raw else { return };
    let mut holder = pool.acquire().await.unwrap();
    holder.execute("BEGIN IMMEDIATE").await.unwrap();
    let impatient = StoreOptions { busy_timeout: std::time::Duration::from_millis(20), ..options() };
    let store = Store::connect(&db.url, impatient).await.unwrap();
    let refused = crate::fixture::system(&store).sweep(crate::fixture::now()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Locked) && refused.is_transient(), "{refused}");
    holder.execute("ROLLBACK").await.unwrap();
    crate::fixture::system(&store).sweep(crate::fixture::now()).await.unwrap();
}

async fn nodes_may_migrate_at_the_same_time(db: Db) {
    // An empty database, and four nodes that start together.
    let folder = tempfile::tempdir().unwrap();
    let (url, name) = match db.backend() {
        Backend::Sqlite => (format!("sqlite:{}", folder.path().join("new.db").display()), None),
        Backend::Postgres => {
            let (url, name) = empty_postgres().await;
            (url, Some(name))
        }
    };
    let first = Store::connect(&url, options()).await.unwrap();
    assert_eq!(first.schema_version().await.unwrap(), 0);
    let refused = first.check_schema().await.unwrap_err();
    assert!(matches!(refused, StoreError::NotMigrated { found: 0, .. }), "{refused}");
    let nodes = if db.backend() == Backend::Sqlite { 1 } else { 4 };
    let mut tasks = Vec::new();
    for _ in 0..nodes {
        let store = Store::connect(&url, options()).await.unwrap();
        tasks.push(tokio::spawn(async move { store.migrate().await }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    first.check_schema().await.unwrap();
    first.close().await;
    if let Some(name) = name {
        drop_database(&server(), &name).await;
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let not_a_database = folder.path().join("letter.txt");
    std::fs::write(&not_a_database, "Dear Ada, this is a letter and no database at all. ".repeat(40)).unwrap();
    for (path, remedy) in [
        (folder.path().join("missing/tidecal.db"), "create the folder first"),
        (folder.path().to_path_buf(), "the path is a folder"),
        (not_a_database, "no SQLite database"),
    ] {
        let refused = Store::connect(&format!("sqlite:{}", path.display()), options()).await.unwrap_err();
        assert!(matches!(&refused, StoreError::CannotOpen { path: it, .. } if *it == path), "{refused}");
        assert!(refused.to_string().contains(remedy), "{refused}");
    }
}

#[tokio::test]
async fn every_table_and_view_is_described() {
    let store = Store::connect("sqlite::memory:", options()).await.unwrap();
    store.migrate().await.unwrap();
    let described = store.describe().await.unwrap();
    let views: Vec<&str> = described.iter().filter(|it| it.kind == "view").map(|it| it.name.as_str()).collect();
    assert_eq!(views, ["CalendarSyncMetadata", "calendar_connections"]);
    assert_eq!(described.len(), 26);
    for relation in &described {
        assert!(relation.comment.len() > 10 && !relation.columns.is_empty(), "{relation:?}");
    }
    let events = described.iter().find(|it| it.name == "calendar_events").unwrap();
    let title = events.columns.iter().find(|it| it.name == "title").unwrap();
    assert_eq!((title.kind.as_str(), title.nullable), ("TEXT", false));
    home(&store, "ada").await;
}

#[tokio::test]
async fn an_address_of_no_known_form_is_refused_without_showing_it() {
    for url in ["", "mysql://root:secret@db.example.com/x", "tidecal.db"] {
        let refused = Store::connect(url, options()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Address(_)), "{refused}");
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_without_its_password() {
    let url = "postgres://ada:secret-canary@127.0.0.1:1/tidecal";
    let refused = Store::connect(url, options()).await.unwrap_err();
    assert!(matches!(refused, StoreError::CannotOpen { .. }), "{refused}");
    let text = refused.to_string();
    assert!(text.contains("127.0.0.1:1/tidecal") && text.contains("check that PostgreSQL runs"), "{text}");
    assert!(!text.contains("secret-canary"), "{text}");
}

/// A login that may not do everything, as an embedding product would have it.
#[tokio::test]
async fn row_level_security_can_be_switched_on() {
    let (url, name) = empty_postgres().await;
    let store = Store::connect(&url, options()).await.unwrap();
    store.migrate().await.unwrap();
    let (ada, ben) = (home(&store, "ada").await, home(&store, "ben").await);
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let role = format!("{name}_app");
    let mut run = async |sql: String| admin.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop);
    run(format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA public TO {role}")).await.unwrap();
    run(format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")).await.unwrap();
    for table in ["calendars", "calendar_accounts", "external_calendar_connections", "profiles", "memberships"] {
        run(format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await.unwrap();
    }
    let app_url = url.replace("postgres://postgres", &format!("postgres://{role}"));
    assert_ne!(app_url, url, "the test address names the superuser postgres");
    let app = Store::connect(&app_url, options()).await.unwrap();
    assert_eq!(app.tenant(&ada.scope).list_connections().await.unwrap().len(), 1);
    assert_eq!(crate::fixture::system(&app).list_connections(None, 10).await.unwrap().len(), 2);
    let mut bare = PgConnection::connect(&app_url).await.unwrap();
    let mut count = async |sql: String| {
        let row = bare.fetch_one(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
        sqlx::Row::get_unchecked::<String, _>(&row, 0)
    };
    let all = "SELECT COUNT(*) FROM external_calendar_connections";
    let view = "SELECT COUNT(*) FROM \"CalendarSyncMetadata\"";
    assert_eq!((count(all.into()).await, count(view.into()).await), ("0".into(), "0".into()));
    let set = format!("SELECT set_config('app.tenant_id', '{}', false)", ben.scope.tenant_id);
    count(set).await;
    assert_eq!((count(all.into()).await, count(view.into()).await), ("1".into(), "1".into()));
    assert_eq!(count("SELECT COUNT(*) FROM profiles".into()).await, "1");
    app.close().await;
    store.close().await;
    drop(bare);
    drop_database(&server(), &name).await;
    admin.close().await.ok();
    let mut admin = PgConnection::connect(&server()).await.unwrap();
    admin.execute(AssertSqlSafe(format!("DROP ROLE {role}"))).await.unwrap();
}
