//! One well-formed answer for each kind of call. `ORIGIN` becomes the server's own address.

use crate::peer::Target;

pub(crate) fn of(target: Target) -> String {
    match target {
        Target::GoogleEvents => GOOGLE_EVENTS.to_owned(),
        Target::GoogleEvent => google_event(),
        Target::GoogleCalendars => r##"{"kind":"calendar#calendarList","etag":"\"1\"","items":[{"kind":"calendar#calendarListEntry","etag":"\"2\"","id":"ada@example.com","summary":"Ada","timeZone":"Europe/Vienna","backgroundColor":"#9fe1e7","accessRole":"owner","primary":true,"defaultReminders":[{"method":"popup","minutes":10}]}]}"##.to_owned(),
        Target::OutlookEvents => OUTLOOK_EVENTS.to_owned(),
        Target::OutlookBatch => outlook_batch(),
        Target::OutlookCalendars => r#"{"@odata.context":"ORIGIN/v1.0/$metadata#me/calendars","value":[{"id":"AAMk1","name":"Calendar","color":"auto","hexColor":"","isDefaultCalendar":true,"canEdit":true,"changeKey":"k","owner":{"name":"Ada","address":"ada@example.com"}}]}"#.to_owned(),
        Target::DavListing => multistatus(&format!("{}<d:sync-token>http://example.com/sync/7</d:sync-token>", listed())),
        Target::DavBodies => multistatus(&format!(
            "<d:response><d:href>/cal/ada/work/a.ics</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag><c:calendar-data>{}</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>",
            ICS.replace('&', "&amp;").replace('<', "&lt;")
        )),
        Target::DavObject => ICS.to_owned(),
        Target::DavCalendars => multistatus(r##"<d:response><d:href>/cal/ada/work/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>Work</d:displayname><a:calendar-color xmlns:a="http://apple.com/ns/ical/">#3366CCFF</a:calendar-color><c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"##),
    }
}

fn listed() -> String {
    (1..6)
        .map(|at| format!("<d:response><d:href>/cal/ada/work/{at}.ics</d:href><d:propstat><d:prop><d:getetag>\"{at}\"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"))
        .collect()
}

pub(crate) fn multistatus(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{inner}</d:multistatus>"
    )
}

fn google_event() -> String {
    let start = GOOGLE_EVENTS.find("[{").unwrap() + 1;
    let end = GOOGLE_EVENTS.find(",{\"id\":\"second\"").unwrap();
    GOOGLE_EVENTS[start..end].to_owned()
}

/// The series, asked for by its id: events by id come in batches.
fn outlook_batch() -> String {
    let start = OUTLOOK_EVENTS.find("[{").unwrap() + 1;
    let end = OUTLOOK_EVENTS.find(",{\"@odata.etag\":\"W/\\\"k2").unwrap();
    let event = OUTLOOK_EVENTS[start..end].strip_suffix('}').unwrap();
    format!(
        r#"{{"responses":[{{"id":"0","status":200,"headers":{{"Content-Type":"application/json"}},"body":{event},"cancelledOccurrences":["OID.AAMk1.2026-11-25"],"exceptionOccurrences":[]}}}}]}}"#
    )
}

const GOOGLE_EVENTS: &str = r#"{"kind":"calendar#events","etag":"\"9\"","summary":"Ada","updated":"2026-11-20T08:00:00.000Z","timeZone":"Europe/Vienna","accessRole":"owner","nextSyncToken":"CAAQ","items":[{"kind":"calendar#event","etag":"\"3181\"","id":"first","status":"confirmed","created":"2026-11-01T08:00:00.000Z","updated":"2026-11-20T08:00:00.000Z","summary":"Daily","description":"<b>Notes</b>","location":"Room 1","start":{"dateTime":"2026-11-23T09:00:00+01:00","timeZone":"Europe/Vienna"},"end":{"dateTime":"2026-11-23T09:30:00+01:00","timeZone":"Europe/Vienna"},"recurrence":["EXDATE;TZID=Europe/Vienna:20261125T090000","RRULE:FREQ=DAILY;COUNT=5"],"iCalUID":"first@google.com","sequence":1,"attendees":[{"email":"ada@example.com","self":true,"responseStatus":"accepted"},{"email":"ben@example.com","displayName":"Ben","optional":true,"responseStatus":"needsAction"}],"organizer":{"email":"ada@example.com","self":true},"reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":10}]},"conferenceData":{"entryPoints":[{"entryPointType":"video","uri":"https://meet.example.com/x"}],"conferenceSolution":{"name":"Meet"}},"attachments":[{"fileUrl":"https://files.example.com/1","title":"Agenda"}],"transparency":"opaque","visibility":"default","eventType":"default"},{"id":"second","status":"confirmed","recurringEventId":"first","originalStartTime":{"dateTime":"2026-11-24T09:00:00+01:00","timeZone":"Europe/Vienna"},"summary":"Later","start":{"dateTime":"2026-11-24T11:00:00+01:00"},"end":{"dateTime":"2026-11-24T12:00:00+01:00"}},{"id":"third","summary":"Holiday","start":{"date":"2026-12-24"},"end":{"date":"2026-12-26"}},{"id":"fourth","status":"cancelled"}]}"#;

const OUTLOOK_EVENTS: &str = r##"{"@odata.context":"ORIGIN/v1.0/$metadata#Collection(event)","value":[{"@odata.type":"#microsoft.graph.event","@odata.etag":"W/\"k1\"","id":"AAMk1","changeKey":"k1","createdDateTime":"2026-11-01T08:00:00Z","lastModifiedDateTime":"2026-11-20T08:00:00Z","type":"seriesMaster","subject":"Daily","bodyPreview":"Notes","body":{"contentType":"html","content":"<p>Notes</p>"},"importance":"normal","sensitivity":"normal","showAs":"busy","isAllDay":false,"isCancelled":false,"isOrganizer":true,"isReminderOn":true,"reminderMinutesBeforeStart":15,"iCalUId":"uid1","originalStartTimeZone":"W. Europe Standard Time","originalEndTimeZone":"W. Europe Standard Time","start":{"dateTime":"2026-11-23T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-11-23T08:30:00.0000000","timeZone":"UTC"},"location":{"displayName":"Room 1"},"recurrence":{"pattern":{"type":"daily","interval":1,"month":0,"dayOfMonth":0,"firstDayOfWeek":"sunday","index":"first"},"range":{"type":"numbered","startDate":"2026-11-23","endDate":"0001-01-01","recurrenceTimeZone":"W. Europe Standard Time","numberOfOccurrences":5}},"attendees":[{"type":"required","status":{"response":"none","time":"0001-01-01T00:00:00Z"},"emailAddress":{"name":"Ben","address":"ben@example.com"}}],"organizer":{"emailAddress":{"name":"Ada","address":"ada@example.com"}},"categories":["Work"]},{"@odata.etag":"W/\"k2\"","id":"AAMk2","changeKey":"k2","type":"singleInstance","subject":"Holiday","isAllDay":true,"isCancelled":false,"showAs":"free","sensitivity":"normal","isOrganizer":true,"originalStartTimeZone":"UTC","originalEndTimeZone":"UTC","start":{"dateTime":"2026-12-24T00:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-12-26T00:00:00.0000000","timeZone":"UTC"}}],"@odata.deltaLink":"ORIGIN/v1.0/me/calendars/cal/calendarView/delta?$deltatoken=abc"}"##;

pub(crate) const ICS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Vienna\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:a@example.com\r\nDTSTAMP:20261101T000000Z\r\nSEQUENCE:1\r\nDTSTART;TZID=Europe/Vienna:20261123T090000\r\nDTEND;TZID=Europe/Vienna:20261123T093000\r\nRRULE:FREQ=DAILY;COUNT=5\r\nEXDATE;TZID=Europe/Vienna:20261125T090000\r\nSUMMARY:Daily & more\r\nORGANIZER;CN=Ada:mailto:ada@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED;CN=Ben:mailto:ben@example.com\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:a@example.com\r\nDTSTAMP:20261101T000000Z\r\nRECURRENCE-ID;TZID=Europe/Vienna:20261124T090000\r\nDTSTART;TZID=Europe/Vienna:20261124T110000\r\nDTEND;TZID=Europe/Vienna:20261124T113000\r\nSUMMARY:Later\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
