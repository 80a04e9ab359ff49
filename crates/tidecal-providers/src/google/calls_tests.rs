//! Requests and answers of the lists.

use super::*;
use serde_json::json;
use tidecal_core::policy::Window;
use tidecal_core::remote::Content;

fn token() -> SecretString {
    SecretString::from("ya29.canary")
}

fn full() -> PageQuery {
    PageQuery {
        reading: Reading::Full { lower: "2026-08-21T10:11:12.345Z".parse().unwrap() },
        token: None,
        window: Window::EVERYTHING,
    }
}

fn delta(cursor: &str) -> PageQuery {
    PageQuery { reading: Reading::Delta { cursor: Cursor(cursor.to_owned()) }, token: None, window: Window::EVERYTHING }
}

fn request(calendar: &str, query: &PageQuery) -> http::Request<Bytes> {
    let list = ListEvents { calendar, query };
    list.request(Way { base: "https://api.example.com/", token: &token() }, &list.bounds().unwrap()).unwrap()
}

fn parse(query: &PageQuery, body: &[u8]) -> Result<Page, String> {
    ListEvents { calendar: "c", query }.parse(body)
}

#[test]
fn a_full_reading_asks_for_series_removals_and_a_lower_bound() {
    let request = request("en.usa#holiday@group.v.calendar.google.com", &full());
    assert_eq!(
        request.uri().to_string(),
        "https://api.example.com/calendar/v3/calendars/en.usa%23holiday%40group.v.calendar.google.com/events\
         ?singleEvents=false&showDeleted=true&maxResults=2500&timeMin=2026-08-21T10%3A11%3A12Z&prettyPrint=false"
    );
    assert_eq!(request.headers()[AUTHORIZATION], "Bearer ya29.canary");
    assert!(!format!("{request:?}").contains("canary"), "the header is marked as sensitive");
}

#[test]
fn a_look_at_a_range_has_both_bounds() {
    let (lower, upper) = ("2026-08-01T00:00:00Z".parse().unwrap(), "2026-09-01T00:00:00Z".parse().unwrap());
    let query = PageQuery { reading: Reading::Range { lower, upper }, token: None, window: Window::EVERYTHING };
    let uri = request("c", &query).uri().to_string();
    assert!(uri.contains("&timeMin=2026-08-01T00%3A00%3A00Z&timeMax=2026-09-01T00%3A00%3A00Z&"), "{uri}");
}

#[test]
fn every_page_repeats_the_parameters() {
    let first = delta("1:tok=");
    let second = PageQuery { token: Some(PageToken("p2".into())), ..first.clone() };
    let first = request("c", &first).uri().to_string();
    let second = request("c", &second).uri().to_string();
    assert!(first.contains("syncToken=tok%3D") && !first.contains("timeMin"), "{first}");
    assert_eq!(second, first.replace("&prettyPrint", "&pageToken=p2&prettyPrint"));
}

#[test]
fn a_cursor_made_with_other_parameters_is_lost() {
    for cursor in ["", "1:", "2:abc", "abc"] {
        let query = delta(cursor);
        assert_eq!(ListEvents { calendar: "c", query: &query }.bounds().unwrap_err(), ForeignCursor, "{cursor:?}");
    }
}

#[test]
fn only_the_page_token_says_whether_more_follows() {
    let query = full();
    let page = parse(&query, br#"{"items":[],"nextPageToken":"p2","nextSyncToken":"s"}"#).unwrap();
    assert_eq!((page.changes.len(), page.next), (0, Next::Page(PageToken("p2".into()))));
    let page = parse(&query, br#"{"nextSyncToken":"s"}"#).unwrap();
    let Next::Done(cursor) = page.next else { panic!("{page:?}") };
    let again = delta(&cursor.0);
    assert!(request("c", &again).uri().to_string().contains("syncToken=s&"));
}

#[test]
fn a_list_that_is_not_whole_is_no_list() {
    let query = full();
    for body in [
        r#"{"items":[]}"#,
        r#"{"items":[{"id":"a"}"#,
        r#"{"items":{},"nextSyncToken":"s"}"#,
        "",
        "[]x",
        "<html></html>",
    ] {
        assert!(parse(&query, body.as_bytes()).is_err(), "{body}");
    }
    let looping = PageQuery { token: Some(PageToken("p".into())), ..full() };
    assert!(parse(&looping, br#"{"nextPageToken":"p"}"#).is_err());
}

#[test]
fn one_malformed_item_does_not_cost_the_page() {
    let body = br#"{"timeZone":"Europe/Vienna","nextSyncToken":"s","items":[
        {"id":"a","start":{"date":"2026-11-21"},"end":{"date":"2026-11-22"}},
        {"id":"b","start":"tomorrow"}, 7,
        {"id":"c","start":{"dateTime":"2026-11-21T10:00:00+01:00"},"end":{"dateTime":"2026-11-21T11:00:00+01:00"}}]}"#;
    let page = parse(&full(), body).unwrap();
    let readable = |change: &RemoteChange| matches!(change, RemoteChange::Series(_));
    assert_eq!(page.changes.iter().map(readable).collect::<Vec<_>>(), [true, false, false, true]);
    let RemoteChange::Series(last) = &page.changes[3] else { panic!() };
    let Content::Event(event) = &last.components[0].content else { panic!() };
    assert_eq!(event.when.zone().unwrap().name(), "Europe/Vienna");
}

#[test]
fn bytes_that_are_no_text_cost_their_item() {
    let mut body = br#"{"nextSyncToken":"s","items":[{"id":"a","summary":"#.to_vec();
    body.extend_from_slice(b"\"\xFF\xFE\"},{\"id\":\"b\",\"start\":{\"date\":\"2026-11-21\"}}]}");
    let page = parse(&full(), &body).unwrap();
    assert!(
        matches!(&page.changes[0], RemoteChange::Unreadable { id, reason, .. } if id == "a" && reason.contains("UTF-8"))
    );
    assert!(matches!(&page.changes[1], RemoteChange::Series(_)));
}

#[test]
fn calendars_come_with_the_users_own_names_and_rights() {
    let body = json!({"items": [
        {"id": "team@example.com", "summary": "Team", "summaryOverride": "My team", "accessRole": "reader",
            "timeZone": "Europe/Vienna", "backgroundColor": "#9fe1e7"},
        {"id": "ada@example.com", "summary": "ada@example.com", "accessRole": "owner", "primary": true},
        {"id": "w", "accessRole": "writerWithoutPrivateAccess", "backgroundColor": "blue"},
        {"id": "f", "accessRole": "freeBusyReader"},
        {"id": "n", "accessRole": "aRoleOfTomorrow"},
        {"id": "gone", "deleted": true}, {"summary": "without id"},
    ]});
    let (calendars, next) = ListCalendars { page: None }.parse(body.to_string().as_bytes()).unwrap();
    let seen: Vec<_> = calendars.iter().map(|c| (c.id.as_str(), c.name.as_str(), c.access)).collect();
    assert_eq!(
        seen,
        [
            ("team@example.com", "My team", AccessRole::Reader),
            ("ada@example.com", "ada@example.com", AccessRole::Writer),
            ("w", "w", AccessRole::Writer),
            ("f", "f", AccessRole::FreeBusy),
            ("n", "n", AccessRole::Reader),
        ]
    );
    assert_eq!(next, None);
    assert_eq!((calendars[0].color.as_deref(), calendars[2].color.as_deref()), (Some("#9fe1e7"), None));
    assert!(calendars[1].primary);
}

#[test]
fn an_account_is_its_subject() {
    let read = |body: &str| GetAccount::parse(body.as_bytes());
    let account = read(r#"{"id":"117","email":"ada@example.com","verified_email":true,"name":"Ada"}"#).unwrap();
    assert_eq!(
        (account.subject.as_str(), account.email.as_str(), account.name.as_str()),
        ("117", "ada@example.com", "Ada")
    );
    assert_eq!(read(r#"{"sub":"117","email":"ada@example.com"}"#).unwrap().subject, "117");
    assert!(read(r#"{"email":"ada@example.com"}"#).is_err());
}

#[test]
fn an_event_by_id_is_read_like_one_of_a_list() {
    let mut zones = Zones::default();
    let body = br#"{"id":"a","start":{"date":"2026-11-21"}}"#;
    assert!(matches!(GetEvent::parse(body, &mut zones).unwrap(), RemoteChange::Series(_)));
    for body in [&b"{\"id\":\"a\""[..], b"[]", b"<html>", b""] {
        assert!(GetEvent::parse(body, &mut zones).is_err());
    }
    let get = GetEvent { calendar: "a b", id: "x/../y" };
    let uri = get.request(Way { base: "https://api.example.com/", token: &token() }).unwrap().uri().to_string();
    assert!(uri.contains("/calendars/a%20b/events/x%2F..%2Fy?"), "{uri}");
}

/// Every prefix, and thousands of answers with a few bytes changed: an error or quarantined items,
/// never a panic, and never a whole reading out of a part of one.
#[test]
fn damaged_answers_are_refused_or_quarantined() {
    let body = json!({"timeZone": "Europe/Vienna", "nextSyncToken": "s", "items": [
        {"id": "a_20261121", "status": "cancelled", "recurringEventId": "a", "originalStartTime": {"date": "2026-11-21"}},
        {"id": "b", "etag": "\"1\"", "summary": "é", "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"], "reminders": {"useDefault": false},
            "start": {"dateTime": "0001-01-01T00:00:00+14:00", "timeZone": "Asia/Tokyo"}, "end": {"dateTime": "9999-12-30T23:59:59Z"}},
    ]})
    .to_string()
    .into_bytes();
    assert_eq!(parse(&full(), &body).unwrap().changes.len(), 2);
    for end in 0..body.len() {
        assert!(parse(&full(), &body[..end]).is_err(), "{end}");
    }
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let mut read = 0;
    for _ in 0..5000 {
        let mut damaged = body.clone();
        for _ in 0..=next(3) {
            let at = next(damaged.len());
            damaged[at] = [next(256) as u8, b'"', b'0', b'9', b'-', b'{', b']', 0xFF][next(8)];
        }
        read += usize::from(parse(&full(), &damaged).is_ok());
    }
    assert!((500..4500).contains(&read), "{read} of 5000 were still readable");
}
