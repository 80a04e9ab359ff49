//! CalDAV calendars on a real Radicale.

use secrecy::SecretString;
use tidecal_engine::{CaldavLogin, SyncStatus};

use crate::app::{App, Options};
use crate::harness::{Db, on_both};
use crate::radicale::Radicale;

on_both!(a_calendar_is_found_read_and_kept_in_step, a_reconnect_needs_no_address_and_keeps_everything);

async fn a_calendar_is_found_read_and_kept_in_step(db: Db) {
    let server = Radicale::start(&["ada"]);
    let path = server.calendar("ada", "work");
    for number in 0..60 {
        server.put("ada", &format!("{path}{number}.ics"), &meeting(number, "first"));
    }
    let app = App::with(db, Options { filled: false, origins: vec![server.origin.clone()] }).await;
    let account = app.login_caldav(&server.origin, "ada").await;
    let offered = app.engine.offered_calendars(&app.ada, &account.id).await.unwrap();
    let connection = app.connect(&account, &offered[0].calendar.id).await;

    let first = app.sync(&connection).await;
    assert_eq!((first.status, first.stats.synced), (SyncStatus::Success, 60), "{:?}", first.error);
    let quiet = app.sync(&connection).await;
    assert_eq!((quiet.status, quiet.stats.total()), (SyncStatus::Success, 0), "{:?}", quiet.error);

    server.put("ada", &format!("{path}7.ics"), &meeting(7, "moved"));
    server.delete("ada", &format!("{path}8.ics"));
    server.put("ada", &format!("{path}new.ics"), &meeting(100, "new"));
    let delta = app.sync(&connection).await;
    assert_eq!((delta.stats.synced, delta.stats.updated, delta.stats.deleted), (1, 2, 1), "{:?}", delta.error);
    let titles = app.titles(&connection).await;
    assert_eq!(titles.len(), 60);
    assert!(titles.contains(&"moved 7".to_owned()) && titles.contains(&"new 100".to_owned()));
    assert!(!titles.contains(&"first 8".to_owned()));
}

fn meeting(number: u32, word: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Test//EN\r\nBEGIN:VEVENT\r\nUID:{number}@example.com\r\n\
         DTSTAMP:20261101T000000Z\r\nDTSTART:20261201T{:02}0000Z\r\nDTEND:20261201T{:02}3000Z\r\nSUMMARY:{word} {number}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n",
        number % 24,
        number % 24
    )
}

async fn a_reconnect_needs_no_address_and_keeps_everything(db: Db) {
    let server = Radicale::start(&["ada"]);
    let path = server.calendar("ada", "work");
    server.put("ada", &format!("{path}1.ics"), &meeting(1, "first"));
    let app = App::with(db, Options { filled: false, origins: vec![server.origin.clone()] }).await;
    let account = app.login_caldav(&server.origin, "ada").await;
    let offered = app.engine.offered_calendars(&app.ada, &account.id).await.unwrap();
    let connection = app.connect(&account, &offered[0].calendar.id).await;
    app.sync(&connection).await;
    let cursor = app.connection(&connection).await.sync_cursor;

    app.engine.disconnect_account(&app.ada, &account.id).await.unwrap();
    let login = CaldavLogin {
        url: String::new(),
        username: "ada".into(),
        password: SecretString::from("pw-ada"),
        account_id: Some(account.id.clone()),
    };
    let again = app.engine.connect_caldav(&app.ada, login).await.unwrap();
    assert_eq!(again.id, account.id);
    assert_eq!(app.connection(&connection).await.sync_cursor, cursor);
    let result = app.sync(&connection).await;
    assert_eq!((result.status, result.stats.total()), (SyncStatus::Success, 0), "{:?}", result.error);
}
