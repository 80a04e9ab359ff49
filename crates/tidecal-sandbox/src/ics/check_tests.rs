use super::*;

const GOOD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Vienna\r\n\
    BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
    BEGIN:VEVENT\r\nUID:1@example.com\r\nDTSTAMP:20261121T100000Z\r\nDTSTART;TZID=Europe/Vienna:20261130T090000\r\n\
    DTEND;TZID=Europe/Vienna:20261130T100000\r\nRRULE:FREQ=WEEKLY;UNTIL=20261231T225959Z\r\nSUMMARY:A\\, B\r\n\
    BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn a_sound_object_is_known_by_its_uid() {
    let sound = object(GOOD).unwrap();
    assert_eq!((sound.uid.as_str(), sound.component.as_str()), ("1@example.com", "VEVENT"));
}

#[test]
fn what_is_no_icalendar_is_refused_as_such() {
    for (from, to) in [
        ("VERSION:2.0\r\n", ""),
        ("VERSION:2.0", "VERSION:1.0"),
        ("PRODID:-//Example//EN\r\n", ""),
        ("DTSTAMP:20261121T100000Z\r\n", ""),
        ("DTSTAMP:20261121T100000Z", "DTSTAMP:20261121T100000"),
        ("DTSTART;TZID=Europe/Vienna:20261130T090000\r\n", ""),
        ("DTSTART;TZID=Europe/Vienna:20261130T090000", "DTSTART;TZID=Europe/Graz:20261130T090000"),
        ("DTSTART;TZID=Europe/Vienna:20261130T090000", "DTSTART;VALUE=DATE:20261130"),
        ("DTSTART;TZID=Europe/Vienna:20261130T090000", "DTSTART:20261131T090000"),
        ("DTEND;TZID=Europe/Vienna:20261130T100000", "DTEND;TZID=Europe/Vienna:20261130T090000"),
        ("SUMMARY:A\\, B", "SUMMARY:A, B"),
        ("SUMMARY:A\\, B", "SUMMARY:A\\x"),
        ("SUMMARY:A\\, B", "SUMMARY:A\r\nSUMMARY:B"),
        ("SUMMARY:A\\, B", "STATUS:MAYBE"),
        ("SUMMARY:A\\, B", "SEQUENCE:-1"),
        ("SUMMARY:A\\, B", "ATTENDEE:ada"),
        ("SUMMARY:A\\, B", "DURATION:PT1H"),
        ("SUMMARY:A\\, B", "EXDATE;VALUE=DATE:20261207"),
        ("UNTIL=20261231T225959Z", "UNTIL=20261231"),
        ("UNTIL=20261231T225959Z", "COUNT=0"),
        ("UNTIL=20261231T225959Z", "COUNT=3;UNTIL=20261231T225959Z"),
        ("FREQ=WEEKLY;", ""),
        ("FREQ=WEEKLY;", "FREQ=OFTEN;"),
        ("ACTION:DISPLAY\r\n", ""),
        ("DESCRIPTION:x\r\n", ""),
        ("TZOFFSETTO:+0100\r\n", ""),
        ("END:VEVENT\r\n", ""),
    ] {
        let broken = GOOD.replacen(from, to, 1);
        assert_ne!(broken, GOOD, "{from}");
        assert!(matches!(object(&broken), Err(Wrong::Data(_))), "{from:?} as {to:?}: {:?}", object(&broken));
    }
}

#[test]
fn what_is_more_than_one_object_is_refused_as_such() {
    let event = "BEGIN:VEVENT\r\nUID:1@example.com\r\nDTSTAMP:20261121T100000Z\r\nDTSTART:20261207T080000Z\r\n";
    let more = |lines: &str| GOOD.replace("END:VCALENDAR", &format!("{event}{lines}END:VEVENT\r\nEND:VCALENDAR"));
    assert!(object(&more("RECURRENCE-ID;TZID=Europe/Vienna:20261207T090000\r\n")).is_ok());
    for broken in [
        GOOD.replacen("VERSION:2.0", "METHOD:REQUEST\r\nVERSION:2.0", 1),
        GOOD.replacen("UID:1@example.com\r\n", "", 1),
        more(""),
        more("RECURRENCE-ID;VALUE=DATE:20261207\r\n"),
        more("RECURRENCE-ID:20261207T080000Z\r\n").replacen("UID:1@", "UID:2@", 1),
        more("RECURRENCE-ID:20261207T080000Z\r\nRRULE:FREQ=DAILY\r\n"),
        more("")
            .replace(
                "VEVENT\r\nUID:1@example.com\r\nDTSTAMP:20261121T100000Z\r\nDTSTART:",
                "VTODO\r\nUID:1@example.com\r\nDTSTART:",
            )
            .replace("END:VEVENT\r\nEND:VCALENDAR", "END:VTODO\r\nEND:VCALENDAR"),
    ] {
        assert!(matches!(object(&broken), Err(Wrong::Resource(_))), "{broken} {:?}", object(&broken));
    }
}
