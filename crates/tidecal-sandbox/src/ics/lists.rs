//! What the checks know by name.

/// Properties that a component has at most once (RFC 5545 3.6.1 and 3.8).
pub(super) const ONCE: [&str; 22] = [
    "UID",
    "DTSTAMP",
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "STATUS",
    "TRANSP",
    "CLASS",
    "SEQUENCE",
    "PRIORITY",
    "ORGANIZER",
    "URL",
    "CREATED",
    "LAST-MODIFIED",
    "RECURRENCE-ID",
    "GEO",
    "RRULE",
    "COMPLETED",
];

/// Properties whose value is one text.
pub(super) const TEXTS: [&str; 5] = ["SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT"];

/// Properties whose value is the address of a person.
pub(super) const PEOPLE: [&str; 2] = ["ORGANIZER", "ATTENDEE"];

/// Properties with a fixed set of values.
pub(super) const WORDS: [(&str, &[&str]); 2] =
    [("STATUS", &["TENTATIVE", "CONFIRMED", "CANCELLED"]), ("TRANSP", &["OPAQUE", "TRANSPARENT"])];

/// Properties whose value is a time in UTC.
pub(super) const STAMPS: [&str; 3] = ["DTSTAMP", "CREATED", "LAST-MODIFIED"];

/// Parts of a rule with what their values may be (RFC 5545 3.3.10).
pub(super) const RULE_PARTS: [&str; 14] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

pub(super) const FREQUENCIES: [&str; 7] = ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
