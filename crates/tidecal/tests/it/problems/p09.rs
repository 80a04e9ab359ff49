//! Problem 9: the server is restored from a backup, and newer data is deleted or overwritten.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::desk::{At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, Raw, on_both};

on_both!(
    p09_an_older_database_put_back_undoes_nothing_that_is_newer_at_google,
    p09_an_older_database_put_back_undoes_nothing_that_is_newer_on_a_caldav_server,
);

async fn tables(raw: &Raw) -> Vec<String> {
    let sql = match raw {
        Raw::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Raw::Postgres(_) => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    };
    raw.rows(sql).await.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}

/// Every table, kept beside the database as a nightly backup would be.
async fn back_up(db: &Db) {
    match &db.raw {
        Raw::Sqlite(_) => {
            let file = db.url.replace("sqlite:", "") + ".backup";
            db.raw.execute(&format!("VACUUM INTO '{file}'")).await;
        }
        Raw::Postgres(_) => {
            db.raw.execute("CREATE SCHEMA backup").await;
            for table in tables(&db.raw).await {
                db.raw.execute(&format!("CREATE TABLE backup.{table} AS TABLE public.{table}")).await;
            }
        }
    }
}

async fn restore(db: &Db) {
    let (begin, from, end) = match &db.raw {
        Raw::Sqlite(_) => {
            let file = db.url.replace("sqlite:", "") + ".backup";
            let begin = format!("PRAGMA foreign_keys = OFF; ATTACH '{file}' AS backup; BEGIN IMMEDIATE;");
            (begin, "main", "COMMIT; DETACH backup; PRAGMA foreign_keys = ON;")
        }
        Raw::Postgres(_) => ("BEGIN; SET LOCAL session_replication_role = replica;".to_owned(), "public", "COMMIT;"),
    };
    let mut sql = begin;
    for table in tables(&db.raw).await {
        let row = format!("DELETE FROM {from}.{table}; INSERT INTO {from}.{table} SELECT * FROM backup.{table};");
        sql.push_str(&row);
    }
    db.raw.execute(&format!("{sql} {end}")).await;
}

/// After a restore the server took what was newer for something to be removed, everywhere.
async fn restored(db: Db, at: At) {
    let desk = Desk::open(db, &[at]).await;
    desk.make_there(at, "Review", "2026-12-01T09:00:00Z").await;
    desk.make_there(at, "Board", "2026-12-02T09:00:00Z").await;
    let kept = desk.create(json!({ "title": "Kept", "start": "2026-12-03T09:00:00" })).await;
    let gone = desk.create(json!({ "title": "Gone", "start": "2026-12-04T09:00:00" })).await;
    desk.settle().await;
    back_up(&desk.app.db).await;

    // A day's work after the backup, here and there.
    let review = desk.item(at, "Review").await.id;
    desk.there(at, Some(&review), Deed::Retitle("Planning".into())).await;
    let board = desk.item(at, "Board").await.id;
    desk.there(at, Some(&board), Deed::Delete).await;
    desk.make_there(at, "Lunch", "2026-12-05T11:00:00Z").await;
    desk.edit(&kept, json!({ "title": "Kept, edited" })).await;
    desk.api("DELETE", &format!("events/{gone}"), Value::Null).await;
    desk.create(json!({ "title": "Dinner", "start": "2026-12-06T19:00:00" })).await;
    desk.settle().await;
    let titles = ["Dinner", "Kept, edited", "Lunch", "Planning"];
    assert_eq!(desk.titles(at).await, titles);
    let there: Vec<Value> = desk.items(at).await.into_iter().map(|item| item.stored).collect();
    desk.app.advance(SignedDuration::from_hours(20)).await;

    restore(&desk.app.db).await;
    assert_eq!(desk.event(&kept).await["title"], "Kept", "the older copy is in place");
    desk.writes().await;
    assert_eq!(desk.settle().await, Vec::<String>::new(), "nothing newer is undone");
    let after: Vec<Value> = desk.items(at).await.into_iter().map(|item| item.stored).collect();
    assert_eq!(after, there, "there is what there was");
    let mut here: Vec<String> =
        desk.instances().await.iter().map(|it| it["title"].as_str().unwrap().to_owned()).collect();
    here.sort();
    assert_eq!(here, titles, "and all of it is here, once");
    assert_eq!(desk.event(&kept).await["title"], "Kept, edited");
    desk.rest().await;

    // Everything is still one event: edits go to the same items.
    for title in ["Dinner", "Lunch", "Kept, edited"] {
        let id = desk.id_of(title).await;
        desk.edit(&id, json!({ "location": "Room 2" })).await;
    }
    let writes = desk.settle().await;
    assert_eq!((writes.len(), desk.titles(at).await), (3, titles.map(String::from).to_vec()), "{writes:?}");
    desk.rest().await;
}

async fn p09_an_older_database_put_back_undoes_nothing_that_is_newer_at_google(db: Db) {
    restored(db, At::Google).await;
}

async fn p09_an_older_database_put_back_undoes_nothing_that_is_newer_on_a_caldav_server(db: Db) {
    restored(db, At::Dav).await;
}
