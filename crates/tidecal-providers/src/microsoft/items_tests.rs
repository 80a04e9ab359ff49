//! Series of servers that do not name what was cancelled.

use super::*;
use serde_json::json;

fn at(text: &str) -> serde_json::Value {
    json!({"dateTime": text, "timeZone": "UTC"})
}

#[test]
fn what_no_instance_fills_was_cancelled() {
    let master = json!({"id": "m", "type": "seriesMaster", "@odata.etag": "W/\"1\"", "isAllDay": false,
        "start": at("2026-11-02T09:00:00"), "end": at("2026-11-02T10:00:00"), "originalStartTimeZone": "UTC",
        "recurrence": {"pattern": {"type": "weekly", "daysOfWeek": ["monday"]}, "range": {"type": "noEnd"}}});
    let text = master.to_string();
    assert!(!names_exceptions(&text));
    let RemoteChange::Series(mut series) = item(&text, None) else { panic!() };
    let occurrence = |start: &str| json!({"id": start, "type": "occurrence", "start": at(start)}).to_string();
    let moved = json!({"id": "x", "type": "exception", "originalStart": "2026-11-16T09:00:00Z", "subject": "Moved",
        "start": at("2026-11-17T09:00:00"), "end": at("2026-11-17T10:00:00"), "originalStartTimeZone": "UTC"});
    let instances = [occurrence("2026-11-09T09:00:00"), moved.to_string(), occurrence("2026-11-30T09:00:00")];
    let stretch =
        Stretch { from: "2026-11-05T00:00:00Z".parse().unwrap(), to: "2026-12-05T00:00:00Z".parse().unwrap() };
    compare(&mut series, &instances, &stretch, None);
    let seen: Vec<_> =
        series.components.iter().skip(1).map(|it| (it.id.as_str(), it.recurrence_id.unwrap().to_string())).collect();
    let expected = [("x", "20261116T090000Z".to_owned()), ("OID.m.2026-11-23", "20261123T090000Z".to_owned())];
    assert_eq!(seen, expected);
    assert_eq!(series.components[2].content, Content::Cancelled);
}

#[test]
fn the_version_of_a_named_item_tells_where_it_was_seen() {
    let stretch =
        Stretch { from: "2026-11-05T00:00:00Z".parse().unwrap(), to: "2026-12-05T00:00:00Z".parse().unwrap() };
    assert_eq!(stretch_of(&within(&stretch)), Some(stretch));
    for other in ["", "W/\"1\"", "within x/y", "within 2026-11-05T00:00:00Z"] {
        assert_eq!(stretch_of(other), None, "{other}");
    }
}
