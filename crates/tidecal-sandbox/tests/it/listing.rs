use serde_json::{Value, json};

use crate::desk::{ADA, BEN, Caller, Desk, hour, weekly};

fn summaries(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["summary"].as_str().unwrap_or("")).collect()
}

async fn names(caller: &Caller<'_>, query: &str) -> Vec<String> {
    let (items, _) = caller.all(query).await;
    let mut names: Vec<String> = summaries(&items).into_iter().map(ToOwned::to_owned).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_envelope_describes_the_calendar() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let answer = ada.list("").await.ok();
    assert_eq!(answer.body["kind"], "calendar#events");
    assert_eq!((&answer.body["timeZone"], &answer.body["accessRole"]), (&json!("Europe/Vienna"), &json!("owner")));
    assert_eq!(answer.body["defaultReminders"], json!([{"method": "popup", "minutes": 10}]));
    let etag = answer.body["etag"].as_str().unwrap();
    assert!(etag.starts_with('"') && etag.ends_with('"') && answer.header("etag") == etag);
    let again = ada.send("GET", "calendars/primary/events", &[("If-None-Match", etag)], None).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    ada.insert(hour("New", 1, "09:00")).await.ok();
    let again = ada.send("GET", "calendars/primary/events", &[("If-None-Match", etag)], None).await;
    assert_eq!(again.status, 200);
}

#[tokio::test]
async fn pages_hold_250_by_default_and_2500_at_most() {
    let desk = Desk::new().await;
    desk.control("POST", "populate", json!({"calendarId": ADA, "count": 2600})).await.ok();
    let ada = desk.caller(ADA).await;
    assert_eq!(ada.list("showDeleted=true").await.items().len(), 250);
    assert_eq!(ada.list("showDeleted=true&maxResults=9999").await.items().len(), 2500);
    let (items, token) = ada.all("showDeleted=true&maxResults=700").await;
    assert_eq!(items.len(), 2600);
    assert!(token.is_some());
    let mut ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 2600, "no event twice");
}

#[tokio::test]
async fn a_page_token_belongs_to_calendar_person_and_parameters() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for day in 1..4 {
        ada.insert(hour("x", day, "09:00")).await.ok();
    }
    let page = ada.list("maxResults=1").await.body["nextPageToken"].as_str().unwrap().to_owned();
    ada.list(&format!("maxResults=2&pageToken={page}")).await.ok();
    for query in [format!("showDeleted=true&pageToken={page}"), format!("pageToken={}", &page[1..])] {
        let answer = ada.list(&query).await;
        assert_eq!(answer.refusal(), (400, "invalid"), "{query}");
        assert_eq!(answer.body["error"]["errors"][0]["location"], "pageToken");
    }
    let ben = desk.caller(BEN).await;
    assert_eq!(ben.list(&format!("maxResults=1&pageToken={page}")).await.status, 400);
}

#[tokio::test]
async fn the_window_bounds_the_end_from_below_and_the_start_from_above_both_exclusive() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    ada.insert(hour("nine", 1, "09:00")).await.ok();
    ada.insert(hour("ten", 1, "10:00")).await.ok();
    let day = json!({"summary": "day", "start": {"date": "2026-12-03"}, "end": {"date": "2026-12-04"}});
    ada.insert(day).await.ok();
    let zone = "%2B01:00";
    let window = |from: &str, to: &str| format!("timeMin=2026-12-{from}:00{zone}&timeMax=2026-12-{to}:00{zone}");
    assert_eq!(names(&ada, &window("01T10:00", "01T11:00")).await, ["ten"]);
    assert_eq!(names(&ada, &window("01T09:59", "01T10:01")).await, ["nine", "ten"]);
    // an all-day event begins and ends at midnight in the calendar's zone
    assert_eq!(names(&ada, &window("03T00:00", "03T00:01")).await, ["day"]);
    assert_eq!(names(&ada, &window("04T00:00", "05T00:00")).await, [""; 0]);
    let empty = ada.list(&window("02T00:00", "02T00:00")).await;
    assert_eq!(empty.refusal(), (400, "timeRangeEmpty"));
    assert_eq!(empty.body["error"]["errors"][0]["message"], "The specified time range is empty.");
    assert_eq!(ada.list("timeMin=2026-12-01T00:00:00").await.status, 400, "the offset is mandatory");
}

#[tokio::test]
async fn parameters_of_the_wrong_kind_are_refused() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for query in [
        "maxResults=0",
        "maxResults=-3",
        "maxResults=many",
        "singleEvents=yes",
        "showDeleted=1",
        "orderBy=summary",
        "eventTypes=party",
        "timeMin=today",
        "timeZone=Mars/Base",
        "maxAttendees=0",
        "privateExtendedProperty=novalue",
        "fields=items(",
        "alt=xml",
    ] {
        let answer = ada.list(query).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.body["error"]["code"], 400);
    }
    ada.list("nonsense=1").await.ok();
    assert_eq!(ada.get("calendars/nobody%40example.com/events").await.refusal(), (404, "notFound"));
}

#[tokio::test]
async fn deleted_events_show_only_when_asked_for_but_gaps_of_series_always() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let single = ada.insert(hour("single", 1, "09:00")).await.ok().id();
    let series = ada.insert(weekly(5)).await.ok().id();
    let gap = format!("{series}_20261207T080000Z");
    ada.delete(&single).await.ok();
    ada.delete(&gap).await.ok();
    let mut ids: Vec<String> = ada.list("").await.ids().into_iter().map(ToOwned::to_owned).collect();
    assert_eq!(ids, [series.clone(), gap.clone()], "the gap shows without being asked for");
    ids = ada.list("showDeleted=true").await.ids().into_iter().map(ToOwned::to_owned).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ada.list("singleEvents=true").await.items().len(), 4, "no gap among occurrences");
    ada.delete(&series).await.ok();
    assert_eq!(ada.list("").await.items().len(), 0, "no gaps of a deleted series");
    assert_eq!(ada.list("showDeleted=true").await.items().len(), 3);
}

#[tokio::test]
async fn single_events_expand_series_and_can_be_ordered() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(5)).await.ok().id();
    ada.insert(hour("between", 8, "09:00")).await.ok();
    ada.patch(&format!("{series}_20261214T080000Z"), json!({"summary": "Changed"})).await.ok();
    let answer = ada.list("singleEvents=true&orderBy=startTime").await.ok();
    assert_eq!(summaries(answer.items()), ["Weekly", "Weekly", "between", "Changed", "Weekly", "Weekly"]);
    let second = &answer.items()[1];
    assert_eq!(second["id"], format!("{series}_20261207T080000Z"));
    assert_eq!(second["recurringEventId"], series);
    assert_eq!(
        second["originalStartTime"],
        json!({"dateTime": "2026-12-07T09:00:00+01:00", "timeZone": "Europe/Vienna"})
    );
    assert_eq!(second.get("recurrence"), None);
    let window = "singleEvents=true&timeMin=2026-12-07T08:30:00Z&timeMax=2026-12-14T08:00:00Z&orderBy=startTime";
    assert_eq!(summaries(ada.list(window).await.items()), ["Weekly", "between"]);
    let (paged, _) = ada.all("singleEvents=true&maxResults=2").await;
    assert_eq!(paged.len(), 6);
    let refused = ada.list("orderBy=startTime").await;
    assert_eq!(refused.refusal(), (400, "badRequest"));
    assert_eq!(refused.body["error"]["message"], "The requested ordering is not available for the particular query.");
}

#[tokio::test]
async fn an_endless_series_ends_at_730_occurrences() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut daily = weekly(1);
    daily["recurrence"] = json!(["RRULE:FREQ=DAILY"]);
    ada.insert(daily).await.ok();
    let (items, _) = ada.all("singleEvents=true&maxResults=500").await;
    assert_eq!(items.len(), 730);
}

#[tokio::test]
async fn order_by_updated_goes_from_old_to_new() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut first = String::new();
    for name in ["a", "b", "c"] {
        let id = ada.insert(hour(name, 1, "09:00")).await.ok().id();
        if name == "a" {
            first = id;
        }
        desk.advance(60).await;
    }
    ada.patch(&first, json!({"location": "x"})).await.ok();
    assert_eq!(summaries(ada.list("orderBy=updated").await.items()), ["b", "c", "a"]);
    assert_eq!(names(&ada, "updatedMin=2026-11-21T10:02:00Z").await, ["a", "c"]);
    let old = ada.list("updatedMin=2026-09-01T00:00:00Z").await;
    assert_eq!(old.refusal(), (410, "updatedMinTooLongAgo"));
}

#[tokio::test]
async fn text_uid_type_and_property_filters() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut tagged = hour("Tagged", 1, "09:00");
    tagged["extendedProperties"] = json!({"private": {"crm": "7"}, "shared": {"deal": "9"}});
    tagged["description"] = json!("Größe prüfen");
    let tagged = ada.insert(tagged).await.ok();
    let mut invited = hour("Invited", 2, "09:00");
    invited["attendees"] = json!([{"email": "zoe@example.org", "displayName": "Zoë Moreau"}]);
    ada.insert(invited).await.ok();
    let mut focus = hour("Focus", 3, "09:00");
    focus["eventType"] = json!("focusTime");
    focus["focusTimeProperties"] = json!({"autoDeclineMode": "declineNone"});
    ada.insert(focus).await.ok();
    let uid = tagged.body["iCalUID"].as_str().unwrap();
    for (query, expected) in [
        ("q=GRÖSSE", vec![]),
        ("q=größe", vec!["Tagged"]),
        ("q=moreau", vec!["Invited"]),
        (&format!("iCalUID={uid}"), vec!["Tagged"]),
        ("eventTypes=focusTime", vec!["Focus"]),
        ("eventTypes=focusTime&eventTypes=default", vec!["Focus", "Invited", "Tagged"]),
        ("privateExtendedProperty=crm%3D7", vec!["Tagged"]),
        ("privateExtendedProperty=crm%3D8", vec![]),
        ("privateExtendedProperty=crm%3D7&sharedExtendedProperty=deal%3D9", vec!["Tagged"]),
    ] {
        assert_eq!(names(&ada, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_answer_can_be_in_another_zone_partial_and_without_many_attendees() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut event = hour("x", 1, "09:00");
    event["attendees"] = json!([{"email": ADA}, {"email": "a@example.org"}, {"email": "b@example.org"}]);
    ada.insert(event).await.ok();
    let answer = ada.list("timeZone=America/New_York").await.ok();
    assert_eq!(answer.body["timeZone"], "America/New_York");
    assert_eq!(
        answer.items()[0]["start"],
        json!({"dateTime": "2026-12-01T03:00:00-05:00", "timeZone": "Europe/Vienna"})
    );
    let answer = ada.list("maxAttendees=2").await.ok();
    assert_eq!(answer.items()[0]["attendeesOmitted"], true);
    assert_eq!(answer.items()[0]["attendees"].as_array().unwrap().len(), 1);
    let answer = ada.list("fields=items(summary,start/timeZone),nextSyncToken").await.ok();
    assert_eq!(answer.items()[0], json!({"summary": "x", "start": {"timeZone": "Europe/Vienna"}}));
    assert_eq!(answer.body.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn readers_do_not_see_into_private_events() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut secret = hour("Secret", 1, "09:00");
    secret["visibility"] = json!("private");
    let id = ada.insert(secret).await.ok().id();
    ada.insert(hour("Open", 2, "09:00")).await.ok();
    let ben = desk.caller(BEN).await;
    for (role, secret_name, open_name) in [
        ("writer", "Secret", "Open"),
        ("writerWithoutPrivateAccess", "", "Open"),
        ("reader", "", "Open"),
        ("freeBusyReader", "", ""),
    ] {
        desk.control("POST", "access", json!({"calendarId": ADA, "account": BEN, "role": role})).await.ok();
        let answer = ben.get("calendars/ada%40example.com/events?orderBy=startTime&singleEvents=true").await.ok();
        assert_eq!(summaries(answer.items()), [secret_name, open_name], "{role}");
        assert_eq!(answer.items()[0]["visibility"], "private");
        let one = ben.get(&format!("calendars/ada%40example.com/events/{id}")).await.ok();
        assert_eq!(one.body["summary"].as_str().unwrap_or(""), secret_name);
    }
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let desk = Desk::with(|config| config.filled = true).await;
    let ada = desk.caller(ADA).await;
    let plain = ada.list("").await.ok();
    let url = desk.url("/calendar/v3/calendars/primary/events");
    let bare = reqwest::Client::builder().no_proxy().no_gzip().no_brotli().build().unwrap();
    let request = bare.get(url).bearer_auth(&ada.token).header("Accept-Encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let bytes = response.bytes().await.unwrap();
    assert!(bytes.len() * 3 < plain.text.len());
    assert_eq!(bytes[..2], [0x1f, 0x8b]);
}
