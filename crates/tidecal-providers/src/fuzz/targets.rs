//! The readers.

use jiff::civil::DateTime;
use tidecal_core::remote::{Content, RemoteChange};
use tidecal_ical::{Budget, Moment, Range, When, Zone, expand, normalize_rule, recurrence_from_lines};

use super::{Target, fuzz};
use crate::{caldav, google, icalendar, microsoft};

const GOOGLE: &str = r#"{"kind":"calendar#events","timeZone":"Europe/Vienna","nextSyncToken":"CAAQ","items":[{"id":"a","etag":"\"1\"","status":"confirmed","summary":"Daily","start":{"dateTime":"2026-11-23T09:00:00+01:00","timeZone":"Europe/Vienna"},"end":{"dateTime":"2026-11-23T09:30:00+01:00","timeZone":"Europe/Vienna"},"recurrence":["EXDATE;TZID=Europe/Vienna:20261125T090000","RRULE:FREQ=DAILY;COUNT=5"],"attendees":[{"email":"b@example.com","responseStatus":"accepted"}],"reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":10}]},"extendedProperties":{"private":{"a":"b"}}},{"id":"a_20261124T080000Z","recurringEventId":"a","originalStartTime":{"dateTime":"2026-11-24T09:00:00+01:00"},"start":{"date":"2026-12-24"},"end":{"date":"2026-12-26"}},{"id":"c","status":"cancelled"}]}"#;
const GRAPH: &str = r##"{"value":[{"@odata.etag":"W/\"k\"","id":"A1","type":"singleInstance","subject":"One","body":{"contentType":"html","content":"<p>x</p>"},"showAs":"busy","sensitivity":"private","isAllDay":false,"originalStartTimeZone":"W. Europe Standard Time","originalEndTimeZone":"W. Europe Standard Time","start":{"dateTime":"2026-11-23T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-11-23T08:30:00.0000000","timeZone":"UTC"},"attendees":[{"type":"required","status":{"response":"none"},"emailAddress":{"address":"b@example.com"}}],"categories":["a"]},{"id":"A2","type":"seriesMaster","subject":"Many","start":{"dateTime":"2026-11-23T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-11-23T08:30:00.0000000","timeZone":"UTC"},"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["monday"],"firstDayOfWeek":"sunday"},"range":{"type":"numbered","startDate":"2026-11-23","numberOfOccurrences":5,"recurrenceTimeZone":"UTC"}}},{"id":"A3","@removed":{"reason":"deleted"}}],"@odata.deltaLink":"x"}"##;
const MULTISTATUS: &str = r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/cal/a%20b.ics</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag><c:calendar-data><![CDATA[BEGIN:VCALENDAR]]></c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response><d:response><d:href>/cal/b.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response><d:response><d:href>/cal/</d:href><d:status>HTTP/1.1 507 X</d:status><d:error><d:number-of-matches-within-limits/></d:error></d:response><d:sync-token>t&amp;&#x41;</d:sync-token></d:multistatus>"#;
const ICS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Custom\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;TZID=Custom:20261123T090000\r\nDURATION:PT30M\r\nRRULE:FREQ=DAILY;COUNT=5\r\nEXDATE;TZID=Custom:20261125T090000\r\nSUMMARY;LANGUAGE=en:Daily\\, more\r\n  and more\r\nATTENDEE;PARTSTAT=ACCEPTED;CN=\"Ben; x\":mailto:b@example.com\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID;TZID=Custom:20261124T090000\r\nDTSTART;VALUE=DATE:20261124\r\nRDATE;VALUE=PERIOD:20261201T090000Z/PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn google_pages() {
    fuzz(Target {
        name: "google_pages",
        corpus: || vec![GOOGLE.into()],
        words: &[
            "null",
            "[]",
            "{}",
            "\"",
            "\\ud800",
            "date",
            "dateTime",
            "RRULE:",
            "cancelled",
            ",",
            "[[",
            "FREQ=SECONDLY",
            "0000-00-00",
        ],
        run: |input| twice(input, google::read_page),
    });
}

#[test]
fn graph_pages() {
    fuzz(Target {
        name: "graph_pages",
        corpus: || vec![GRAPH.into()],
        words: &[
            "null",
            "[]",
            "{}",
            "\"",
            "\\u0000",
            "@removed",
            "seriesMaster",
            "occurrence",
            ",",
            "[[",
            "<p>",
            "0001-01-01",
        ],
        run: |input| twice(input, microsoft::read_page),
    });
}

#[test]
fn multistatus() {
    fuzz(Target {
        name: "multistatus",
        corpus: || vec![MULTISTATUS.into()],
        words: &[
            "<d:response>",
            "</d:response>",
            "<!--",
            "<![CDATA[",
            "]]>",
            "&",
            "&#0;",
            "<?",
            "/>",
            "xmlns=''",
            "%zz",
            "<!DOCTYPE",
            "507",
        ],
        run: |input| twice(input, caldav::read_answer),
    });
}

#[test]
fn icalendar_objects() {
    fuzz(Target {
        name: "icalendar_objects",
        corpus: || vec![ICS.into()],
        words: &[
            "BEGIN:VEVENT\r\n",
            "END:VEVENT\r\n",
            "DTSTART:",
            "DTEND",
            ";TZID=",
            "RRULE:FREQ=",
            "\r\n ",
            "\\n",
            ";VALUE=DATE",
            "T000000Z",
            "\"",
            "UID:",
        ],
        run: |input| twice(input, |input| outcome(&[icalendar::resource("/a.ics", None, input, "b@example.com")])),
    });
}

#[test]
fn rrule() {
    fuzz(Target {
        name: "rrule",
        corpus: || {
            let rules = [
                "FREQ=DAILY;COUNT=5",
                "FREQ=MONTHLY;BYDAY=-1FR,2MO;BYSETPOS=-1;UNTIL=20271231T000000Z",
                "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;INTERVAL=4;WKST=SU",
                "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO",
                "FREQ=HOURLY;BYHOUR=9,10;BYMINUTE=0,30;BYYEARDAY=1,-1",
            ];
            rules.map(|rule| rule.as_bytes().to_vec()).to_vec()
        },
        words: &[
            "FREQ=",
            "SECONDLY",
            "YEARLY",
            ";",
            "=",
            ",",
            "BYDAY=",
            "BYSETPOS=",
            "BYYEARDAY=366",
            "INTERVAL=",
            "UNTIL=",
            "-53",
            "COUNT=",
        ],
        run: |input| twice(input, rule),
    });
}

/// What is read must not depend on anything but the input.
fn twice(input: &[u8], read: impl Fn(&[u8]) -> String) -> String {
    let first = read(input);
    assert_eq!(first, read(input), "read differently the second time");
    first
}

fn rule(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    let start: DateTime = "2026-11-23T09:00:00".parse().unwrap();
    let vienna = Zone::iana("Europe/Vienna").unwrap();
    let at = |hours: i64| Moment::zoned(start.saturating_add(jiff::Span::new().hours(hours)), vienna.clone());
    let when = When::Timed { start: at(0), end: at(1) };
    let normal = match normalize_rule(&text) {
        Ok(normal) => normal,
        Err(wrong) => return format!("{:?}", std::mem::discriminant(&wrong)),
    };
    assert_eq!(normalize_rule(&normal).as_deref(), Ok(normal.as_str()), "normal is normal");
    let line = format!("RRULE:{normal}");
    let Ok(recurrence) = recurrence_from_lines(&[&line], &when) else { return "no recurrence".to_owned() };
    let range = Range { start: "2026-11-01T00:00:00Z".parse().unwrap(), end: "2028-01-01T00:00:00Z".parse().unwrap() };
    let budget = Budget { candidates: 20_000, occurrences: 500 };
    let Ok(found) = expand(&when, &recurrence, range, &vienna, budget) else { return "no expansion".to_owned() };
    assert!(found.occurrences.len() <= 500, "{}", found.occurrences.len());
    assert!(
        found.occurrences.windows(2).all(|pair| pair[0].when.span(&vienna).0 <= pair[1].when.span(&vienna).0),
        "in order"
    );
    let parts: String = normal.split(';').filter_map(|part| part.split('=').next()).collect();
    format!("{parts} {} {}", found.complete, found.occurrences.len().min(20))
}

/// The shape of what was read.
pub(crate) fn outcome(changes: &[RemoteChange]) -> String {
    let mut text = String::new();
    for change in changes.iter().take(20) {
        match change {
            RemoteChange::Listed(item) => text.push_str(if item.version.is_empty() { "l" } else { "L" }),
            RemoteChange::Gone { .. } => text.push('g'),
            RemoteChange::Unreadable { reason, .. } => text.push_str(&shape(reason)),
            RemoteChange::Series(series) => {
                for component in &series.components {
                    match &component.content {
                        Content::Event(event) => {
                            let (start, end) = event.when.span(&Zone::utc());
                            assert!(start <= end, "{event:?}");
                            text.push_str(&format!("e{:?}{}", event.when.zone().is_some(), event.recurrence.is_some()));
                        }
                        Content::Cancelled => text.push('c'),
                        Content::Unreadable(reason) => text.push_str(&shape(reason)),
                    }
                }
            }
        }
    }
    text
}

/// The words of a reason, without what it quotes.
pub(crate) fn shape(reason: &str) -> String {
    assert!(!reason.is_empty());
    reason.split(' ').filter(|word| word.chars().all(char::is_alphabetic)).take(8).collect()
}
