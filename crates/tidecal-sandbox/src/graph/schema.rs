//! What members a written body may have, and of which types. OData services refuse what their types do not know.
//!
//! Source: Microsoft Graph v1.0 resource types event, calendar and subscription.

use serde_json::Value;

use super::errors::{GraphError, Result};
use super::event::Body;

/// The type of a member.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Flag,
    Whole,
    Number,
    Word(&'static [&'static str]),
    Many(&'static Shape),
    Members(&'static [(&'static str, Shape)]),
    /// Known, and not to be written: ignored, in strict mode refused.
    Fixed,
}

use Shape::{Fixed, Flag, Many, Members, Number, Text, Whole, Word};

const ZONED: Shape = Members(&[("dateTime", Text), ("timeZone", Text)]);
const ADDRESS: Shape = Members(&[("name", Text), ("address", Text)]);
const RESPONSE: Shape = Members(&[
    ("response", Word(&["none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"])),
    ("time", Text),
]);
const PROPOSED: Shape = Members(&[("start", ZONED), ("end", ZONED)]);
const ATTENDEE: Shape = Members(&[
    ("type", Word(&["required", "optional", "resource"])),
    ("status", RESPONSE),
    ("emailAddress", ADDRESS),
    ("proposedNewTime", PROPOSED),
]);
const LOCATION: Shape = Members(&[
    ("displayName", Text),
    ("locationType", Word(LOCATION_TYPES)),
    ("uniqueId", Text),
    ("uniqueIdType", Word(&["unknown", "locationStore", "directory", "private", "bing"])),
    ("locationEmailAddress", Text),
    ("locationUri", Text),
    (
        "address",
        Members(&[("street", Text), ("city", Text), ("state", Text), ("countryOrRegion", Text), ("postalCode", Text)]),
    ),
    (
        "coordinates",
        Members(&[
            ("latitude", Number),
            ("longitude", Number),
            ("accuracy", Number),
            ("altitude", Number),
            ("altitudeAccuracy", Number),
        ]),
    ),
]);
const LOCATION_TYPES: &[&str] = &[
    "default",
    "conferenceRoom",
    "homeAddress",
    "businessAddress",
    "geoCoordinates",
    "streetAddress",
    "hotel",
    "restaurant",
    "localBusiness",
    "postalAddress",
];
const WEEKDAYS: &[&str] = &["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const KINDS: &[&str] = &["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"];
const RECURRENCE: Shape = Members(&[
    (
        "pattern",
        Members(&[
            ("type", Word(KINDS)),
            ("interval", Whole),
            ("month", Whole),
            ("dayOfMonth", Whole),
            ("daysOfWeek", Many(&Word(WEEKDAYS))),
            ("firstDayOfWeek", Word(WEEKDAYS)),
            ("index", Word(&["first", "second", "third", "fourth", "last"])),
        ]),
    ),
    (
        "range",
        Members(&[
            ("type", Word(&["endDate", "noEnd", "numbered"])),
            ("startDate", Text),
            ("endDate", Text),
            ("recurrenceTimeZone", Text),
            ("numberOfOccurrences", Whole),
        ]),
    ),
]);

/// `microsoft.graph.event`.
pub(crate) const EVENT: &[(&str, Shape)] = &[
    ("subject", Text),
    ("body", Members(&[("contentType", Word(&["text", "html"])), ("content", Text)])),
    ("start", ZONED),
    ("end", ZONED),
    ("isAllDay", Flag),
    ("location", LOCATION),
    ("locations", Many(&LOCATION)),
    ("attendees", Many(&ATTENDEE)),
    ("recurrence", RECURRENCE),
    ("categories", Many(&Text)),
    ("importance", Word(&["low", "normal", "high"])),
    ("sensitivity", Word(&["normal", "personal", "private", "confidential"])),
    ("showAs", Word(&["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"])),
    ("isReminderOn", Flag),
    ("reminderMinutesBeforeStart", Whole),
    ("responseRequested", Flag),
    ("allowNewTimeProposals", Flag),
    ("hideAttendees", Flag),
    ("isOnlineMeeting", Flag),
    ("onlineMeetingProvider", Word(&["unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness"])),
    ("transactionId", Text),
    ("singleValueExtendedProperties", Many(&Members(&[("id", Text), ("value", Text)]))),
    ("id", Fixed),
    ("createdDateTime", Fixed),
    ("lastModifiedDateTime", Fixed),
    ("changeKey", Fixed),
    ("originalStart", Fixed),
    ("originalStartTimeZone", Fixed),
    ("originalEndTimeZone", Fixed),
    ("iCalUId", Fixed),
    ("hasAttachments", Fixed),
    ("bodyPreview", Fixed),
    ("isCancelled", Fixed),
    ("isOrganizer", Fixed),
    ("isDraft", Fixed),
    ("seriesMasterId", Fixed),
    ("type", Fixed),
    ("webLink", Fixed),
    ("onlineMeetingUrl", Fixed),
    ("onlineMeeting", Fixed),
    ("responseStatus", Fixed),
    ("organizer", Fixed),
    ("cancelledOccurrences", Fixed),
    ("exceptionOccurrences", Fixed),
    ("instances", Fixed),
    ("attachments", Fixed),
    ("extensions", Fixed),
    ("calendar", Fixed),
    ("multiValueExtendedProperties", Fixed),
];

/// `microsoft.graph.calendar`.
pub(crate) const CALENDAR: &[(&str, Shape)] = &[
    ("name", Text),
    ("color", Word(COLORS)),
    ("isDefaultCalendar", Flag),
    ("id", Fixed),
    ("hexColor", Fixed),
    ("changeKey", Fixed),
    ("canShare", Fixed),
    ("canViewPrivateItems", Fixed),
    ("canEdit", Fixed),
    ("isRemovable", Fixed),
    ("isTallyingResponses", Fixed),
    ("owner", Fixed),
    ("allowedOnlineMeetingProviders", Fixed),
    ("defaultOnlineMeetingProvider", Fixed),
];

/// Colours of a calendar.
pub(crate) const COLORS: &[&str] = &[
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
    "maxColor",
];

/// `microsoft.graph.subscription`.
pub(crate) const SUBSCRIPTION: &[(&str, Shape)] = &[
    ("changeType", Text),
    ("notificationUrl", Text),
    ("lifecycleNotificationUrl", Text),
    ("resource", Text),
    ("expirationDateTime", Text),
    ("clientState", Text),
    ("latestSupportedTlsVersion", Text),
    ("includeResourceData", Flag),
    ("id", Fixed),
    ("applicationId", Fixed),
    ("creatorId", Fixed),
    ("notificationContentType", Fixed),
    ("notificationQueryOptions", Fixed),
    ("encryptionCertificate", Fixed),
    ("encryptionCertificateId", Fixed),
    ("notificationUrlAppId", Fixed),
];

/// The body of accept, decline and tentativelyAccept.
pub(crate) const ANSWER: &[(&str, Shape)] = &[("comment", Text), ("sendResponse", Flag), ("proposedNewTime", PROPOSED)];

/// The body of snoozeReminder.
pub(crate) const SNOOZE: &[(&str, Shape)] = &[("newReminderTime", ZONED)];

/// The body of cancel.
pub(crate) const CANCEL: &[(&str, Shape)] = &[("comment", Text)];

/// Checks a body against a type; `strict` refuses members that cannot be written.
pub(crate) fn check(body: &Body, members: &[(&str, Shape)], kind: &str, strict: bool) -> Result<()> {
    for (name, value) in body.iter().filter(|(name, _)| !name.contains('@')) {
        let Some((_, shape)) = members.iter().find(|(own, _)| own == name) else {
            return Err(GraphError::body(format!(
                "The property '{name}' does not exist on type 'microsoft.graph.{kind}'. Make sure to only use property names that are defined by the type."
            )));
        };
        if strict && matches!(shape, Fixed) {
            return Err(GraphError::own(400, "sandboxReadOnlyMember", format!("{kind}.{name} cannot be written.")));
        }
        fits(value, shape, name, strict)?;
    }
    Ok(())
}

fn fits(value: &Value, shape: &Shape, name: &str, strict: bool) -> Result<()> {
    let wrong =
        || GraphError::body(format!("When trying to read the property '{name}', an unexpected value was found."));
    match (shape, value) {
        (Fixed, _)
        | (_, Value::Null)
        | (Text, Value::String(_))
        | (Flag, Value::Bool(_))
        | (Number, Value::Number(_)) => Ok(()),
        (Whole, Value::Number(number)) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => Ok(()),
        (Word(words), Value::String(text)) if words.iter().any(|word| word.eq_ignore_ascii_case(text)) => Ok(()),
        (Word(_), Value::String(text)) => Err(GraphError::body(format!("Requested value '{text}' was not found."))),
        (Many(inner), Value::Array(items)) => items.iter().try_for_each(|item| match item {
            Value::Null => Err(wrong()),
            item => fits(item, inner, name, strict),
        }),
        (Members(members), Value::Object(inner)) => check(inner, members, name, strict),
        _ => Err(wrong()),
    }
}

/// The spelling of a word as the type has it.
pub(crate) fn spelled(name: &str, text: &str) -> String {
    let words = EVENT.iter().find_map(|(own, shape)| match shape {
        Word(words) if *own == name => Some(*words),
        _ => None,
    });
    let word = words.and_then(|words| words.iter().find(|word| word.eq_ignore_ascii_case(text)));
    word.map_or_else(|| text.to_owned(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(value: &Value, strict: bool) -> Result<()> {
        check(value.as_object().unwrap(), EVENT, "event", strict)
    }

    #[test]
    fn unknown_members_wrong_types_and_wrong_words_are_refused_at_any_depth() {
        for (body, part) in [
            (json!({"title": "x"}), "'title' does not exist on type 'microsoft.graph.event'"),
            (json!({"start": {"date": "2026-01-01"}}), "'date' does not exist"),
            (json!({"subject": 5}), "'subject'"),
            (json!({"showAs": "away"}), "Requested value 'away'"),
            (json!({"isAllDay": "true"}), "'isAllDay'"),
            (json!({"categories": "red"}), "'categories'"),
            (json!({"attendees": [{"type": "boss"}]}), "Requested value 'boss'"),
            (json!({"reminderMinutesBeforeStart": 1.5}), "'reminderMinutesBeforeStart'"),
        ] {
            let error = checked(&body, false).unwrap_err();
            assert_eq!((error.status, &*error.code), (400, "RequestBodyRead"), "{body}");
            assert!(error.message.contains(part), "{}", error.message);
        }
    }

    #[test]
    fn members_that_cannot_be_written_are_ignored_unless_strict() {
        let echo = json!({"id": "x", "changeKey": "y", "subject": "z", "@odata.etag": "e"});
        assert_eq!(checked(&echo, false), Ok(()));
        assert_eq!(&*checked(&echo, true).unwrap_err().code, "sandboxReadOnlyMember");
    }
}
