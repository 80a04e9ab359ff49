//! What is written, and what is not.

use super::*;
use jiff::civil::date;
use tidecal_core::model::{Person, Reminder, ReminderMethod};
use tidecal_ical::Recurrence;

fn zoned(zone: &str, hour: i8) -> Moment {
    Moment::zoned(date(2026, 11, 23).at(hour, 0, 0, 0), Zone::iana(zone).unwrap())
}

fn timed(zone: &str) -> Event {
    Event { title: "Review".into(), ..Event::at(When::Timed { start: zoned(zone, 9), end: zoned(zone, 10) }) }
}

fn weekly() -> Event {
    let recurrence = Recurrence { rules: vec!["FREQ=WEEKLY".into()], ..Recurrence::default() };
    Event { recurrence: Some(recurrence), ..timed("Europe/Vienna") }
}

#[test]
fn only_fields_that_are_named_are_written() {
    let mut event = timed("Europe/Vienna");
    event.description = "<p>Agenda</p>".into();
    event.categories = vec!["Red".into()];
    let written = fields(Some(&event), &event, &[Field::Title, Field::Description]).unwrap();
    assert_eq!(
        Value::Object(written),
        json!({"subject": "Review", "body": {"contentType": "html", "content": "<p>Agenda</p>"}})
    );
    assert!(fields(Some(&event), &event, &[Field::Links, Field::Conference]).unwrap().is_empty());
    let all = fields(None, &event, &Field::ALL).unwrap();
    assert!(!all.contains_key("isReminderOn"), "as the calendar says");
    assert_eq!(all["showAs"], json!("busy"));
}

#[test]
fn times_are_local_text_with_a_windows_zone() {
    for (zone, windows) in
        [("Europe/Vienna", "W. Europe Standard Time"), ("Asia/Kolkata", "India Standard Time"), ("UTC", "UTC")]
    {
        let written = fields(None, &timed(zone), &[Field::Time]).unwrap();
        assert_eq!(written["start"], json!({"dateTime": "2026-11-23T09:00:00", "timeZone": windows}), "{zone}");
        assert_eq!(written["isAllDay"], json!(false));
        assert!(!written.contains_key("recurrence"));
    }
    let days = Event::at(When::AllDay { start: date(2026, 11, 23), end: date(2026, 11, 25) });
    let written = fields(None, &days, &[Field::Time]).unwrap();
    assert_eq!(written["end"], json!({"dateTime": "2026-11-25T00:00:00", "timeZone": "UTC"}));
    assert_eq!(written["isAllDay"], json!(true));
}

#[test]
fn a_zone_that_windows_lacks_becomes_an_instant_but_no_series() {
    let single = fields(None, &timed("Antarctica/Troll"), &[Field::Time]).unwrap();
    assert_eq!(single["start"], json!({"dateTime": "2026-11-23T09:00:00", "timeZone": "UTC"}));
    let series = Event { recurrence: weekly().recurrence, ..timed("Antarctica/Troll") };
    assert!(fields(None, &series, &[Field::Time]).unwrap_err().to_string().contains("Antarctica/Troll"));
}

#[test]
fn a_pattern_is_written_only_if_it_changed() {
    let series = weekly();
    let created = fields(None, &series, &[Field::Time]).unwrap();
    assert_eq!(created["recurrence"]["pattern"]["daysOfWeek"], json!(["monday"]));
    let mut later = series.clone();
    later.when = When::Timed { start: zoned("Europe/Vienna", 11), end: zoned("Europe/Vienna", 12) };
    assert!(!fields(Some(&series), &later, &[Field::Time]).unwrap().contains_key("recurrence"), "the exceptions stay");
    let mut changed = series.clone();
    changed.recurrence.as_mut().unwrap().rules = vec!["FREQ=WEEKLY;COUNT=3".into()];
    let written = fields(Some(&series), &changed, &[Field::Time]).unwrap();
    assert_eq!(written["recurrence"]["range"]["numberOfOccurrences"], json!(3));
    let single = Event { recurrence: None, ..series.clone() };
    assert_eq!(fields(Some(&series), &single, &[Field::Time]).unwrap()["recurrence"], Value::Null);
    changed.recurrence.as_mut().unwrap().rules = vec!["FREQ=MONTHLY;BYDAY=5MO".into()];
    assert!(fields(Some(&series), &changed, &[Field::Time]).is_err());
}

#[test]
fn our_words_become_outlooks() {
    let mut event = timed("UTC");
    let shown = |event: &Event| fields(None, event, &[Field::Status]).unwrap()["showAs"].clone();
    event.status = Status::Tentative;
    assert_eq!(shown(&event), json!("tentative"));
    event.transparency = Transparency::Transparent;
    assert_eq!(shown(&event), json!("free"));
    event.transparency = Transparency::Opaque;
    event.status = Status::Confirmed;
    event.event_type = EventType::OutOfOffice;
    assert_eq!(shown(&event), json!("oof"));
    let alarm = |minutes_before| Reminder { minutes_before, method: ReminderMethod::Popup };
    event.reminders = Reminders::Own(vec![alarm(60), alarm(10), alarm(-5)]);
    let written = fields(Some(&event), &event, &[Field::Reminders]).unwrap();
    assert_eq!((&written["isReminderOn"], &written["reminderMinutesBeforeStart"]), (&json!(true), &json!(10)));
    event.reminders = Reminders::Own(vec![]);
    assert_eq!(
        Value::Object(fields(Some(&event), &event, &[Field::Reminders]).unwrap()),
        json!({"isReminderOn": false})
    );
    event.visibility = Visibility::Private;
    assert_eq!(fields(None, &event, &[Field::Visibility]).unwrap()["sensitivity"], json!("private"));
}

#[test]
fn guests_are_the_others() {
    let mut event = timed("UTC");
    assert!(!has_guests(&event));
    let guest = |email: &str, is_self| Attendee { email: email.into(), is_self, ..Attendee::default() };
    event.attendees = vec![guest("ada@example.com", true), guest("", false)];
    assert!(!has_guests(&event));
    event.attendees.push(Attendee { role: AttendeeRole::Optional, ..guest("ben@example.com", false) });
    assert!(has_guests(&event));
    let written = fields(None, &event, &[Field::Attendees]).unwrap();
    let expected =
        json!([{"type": "optional", "emailAddress": {"address": "ben@example.com", "name": "ben@example.com"}}]);
    assert_eq!(written["attendees"], expected);
    event.organizer = Some(Person { email: "cleo@example.com".into(), ..Person::default() });
    assert!(!has_guests(&event), "somebody else's meeting mails nobody");
}
