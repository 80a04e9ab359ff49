//! Names of the vendor's contract for strict mode: query parameters by operation, members by schema.
//!
//! Taken from the Calendar v3 discovery document, revision 20261030. Names only: limits and read-only members are not in
//! that document. The judge compares these lists with the document that the vendor's own client carries.

/// Query parameters of the served operations, the standard ones aside.
const PARAMETERS: &[(&str, &[&str])] = &[
    (
        "calendarList.list",
        &[
            "maxResults",
            "minAccessRole",
            "pageToken",
            "showDeleted",
            "showHidden",
            "showOwnOrganizationOnly",
            "syncToken",
        ],
    ),
    ("calendars.get", &[]),
    (
        "events.list",
        &[
            "alwaysIncludeEmail",
            "eventTypes",
            "iCalUID",
            "maxAttendees",
            "maxResults",
            "orderBy",
            "pageToken",
            "privateExtendedProperty",
            "q",
            "sharedExtendedProperty",
            "showDeleted",
            "showHiddenInvitations",
            "singleEvents",
            "syncToken",
            "timeMax",
            "timeMin",
            "timeZone",
            "updatedMin",
        ],
    ),
    ("events.get", &["alwaysIncludeEmail", "maxAttendees", "timeZone"]),
    (
        "events.insert",
        &[
            "conferenceDataVersion",
            "eventLabelVersion",
            "maxAttendees",
            "sendNotifications",
            "sendUpdates",
            "supportsAttachments",
        ],
    ),
    (
        "events.patch",
        &[
            "alwaysIncludeEmail",
            "conferenceDataVersion",
            "eventLabelVersion",
            "maxAttendees",
            "sendNotifications",
            "sendUpdates",
            "supportsAttachments",
        ],
    ),
    ("events.delete", &["sendNotifications", "sendUpdates"]),
];

/// Members of each schema with the schema below them: empty for a plain value, `*` where any member goes. Arrays name the
/// schema of their items.
const SCHEMAS: &[(&str, &[(&str, &str)])] = &[
    (
        "ConferenceData",
        &[
            ("conferenceId", ""),
            ("conferenceSolution", "ConferenceSolution"),
            ("createRequest", "CreateConferenceRequest"),
            ("entryPoints", "EntryPoint"),
            ("notes", ""),
            ("parameters", "ConferenceParameters"),
            ("signature", ""),
        ],
    ),
    ("ConferenceParameters", &[("addOnParameters", "ConferenceParametersAddOnParameters")]),
    ("ConferenceParametersAddOnParameters", &[("parameters", "*")]),
    ("ConferenceRequestStatus", &[("statusCode", "")]),
    ("ConferenceSolution", &[("iconUri", ""), ("key", "ConferenceSolutionKey"), ("name", "")]),
    ("ConferenceSolutionKey", &[("type", "")]),
    (
        "CreateConferenceRequest",
        &[("conferenceSolutionKey", "ConferenceSolutionKey"), ("requestId", ""), ("status", "ConferenceRequestStatus")],
    ),
    (
        "EntryPoint",
        &[
            ("accessCode", ""),
            ("entryPointFeatures", ""),
            ("entryPointType", ""),
            ("label", ""),
            ("meetingCode", ""),
            ("passcode", ""),
            ("password", ""),
            ("pin", ""),
            ("regionCode", ""),
            ("uri", ""),
        ],
    ),
    (
        "Event",
        &[
            ("anyoneCanAddSelf", ""),
            ("attachments", "EventAttachment"),
            ("attendees", "EventAttendee"),
            ("attendeesOmitted", ""),
            ("birthdayProperties", "EventBirthdayProperties"),
            ("colorId", ""),
            ("conferenceData", "ConferenceData"),
            ("created", ""),
            ("creator", "Event.creator"),
            ("description", ""),
            ("end", "EventDateTime"),
            ("endTimeUnspecified", ""),
            ("etag", ""),
            ("eventLabelId", ""),
            ("eventType", ""),
            ("extendedProperties", "Event.extendedProperties"),
            ("focusTimeProperties", "EventFocusTimeProperties"),
            ("gadget", "Event.gadget"),
            ("guestsCanInviteOthers", ""),
            ("guestsCanModify", ""),
            ("guestsCanSeeOtherGuests", ""),
            ("hangoutLink", ""),
            ("htmlLink", ""),
            ("iCalUID", ""),
            ("id", ""),
            ("kind", ""),
            ("location", ""),
            ("locked", ""),
            ("organizer", "Event.organizer"),
            ("originalStartTime", "EventDateTime"),
            ("outOfOfficeProperties", "EventOutOfOfficeProperties"),
            ("privateCopy", ""),
            ("recurrence", ""),
            ("recurringEventId", ""),
            ("reminders", "Event.reminders"),
            ("sequence", ""),
            ("source", "Event.source"),
            ("start", "EventDateTime"),
            ("status", ""),
            ("summary", ""),
            ("transparency", ""),
            ("updated", ""),
            ("visibility", ""),
            ("workingLocationProperties", "EventWorkingLocationProperties"),
        ],
    ),
    ("Event.creator", &[("displayName", ""), ("email", ""), ("id", ""), ("self", "")]),
    ("Event.extendedProperties", &[("private", "*"), ("shared", "*")]),
    (
        "Event.gadget",
        &[
            ("display", ""),
            ("height", ""),
            ("iconLink", ""),
            ("link", ""),
            ("preferences", "*"),
            ("title", ""),
            ("type", ""),
            ("width", ""),
        ],
    ),
    ("Event.organizer", &[("displayName", ""), ("email", ""), ("id", ""), ("self", "")]),
    ("Event.reminders", &[("overrides", "EventReminder"), ("useDefault", "")]),
    ("Event.source", &[("title", ""), ("url", "")]),
    ("EventAttachment", &[("fileId", ""), ("fileUrl", ""), ("iconLink", ""), ("mimeType", ""), ("title", "")]),
    (
        "EventAttendee",
        &[
            ("additionalGuests", ""),
            ("asyncOperation", ""),
            ("comment", ""),
            ("displayName", ""),
            ("email", ""),
            ("id", ""),
            ("optional", ""),
            ("organizer", ""),
            ("resource", ""),
            ("responseStatus", ""),
            ("self", ""),
        ],
    ),
    ("EventBirthdayProperties", &[("contact", ""), ("customTypeName", ""), ("type", "")]),
    ("EventDateTime", &[("date", ""), ("dateTime", ""), ("timeZone", "")]),
    ("EventFocusTimeProperties", &[("autoDeclineMode", ""), ("chatStatus", ""), ("declineMessage", "")]),
    ("EventOutOfOfficeProperties", &[("autoDeclineMode", ""), ("declineMessage", "")]),
    ("EventReminder", &[("method", ""), ("minutes", "")]),
    (
        "EventWorkingLocationProperties",
        &[
            ("customLocation", "EventWorkingLocationProperties.customLocation"),
            ("homeOffice", ""),
            ("officeLocation", "EventWorkingLocationProperties.officeLocation"),
            ("type", ""),
        ],
    ),
    ("EventWorkingLocationProperties.customLocation", &[("label", "")]),
    (
        "EventWorkingLocationProperties.officeLocation",
        &[("buildingId", ""), ("deskId", ""), ("floorId", ""), ("floorSectionId", ""), ("label", "")],
    ),
];

/// Query parameters of an operation.
pub(crate) fn parameters(operation: &str) -> &'static [&'static str] {
    PARAMETERS.iter().find(|(own, _)| *own == operation).map_or(&[], |(_, names)| names)
}

/// Members of a schema; `None` when there is no such schema.
pub(crate) fn members(schema: &str) -> Option<&'static [(&'static str, &'static str)]> {
    SCHEMAS.iter().find(|(own, _)| *own == schema).map(|(_, members)| *members)
}

/// Both lists as JSON, for the judge.
pub(crate) fn as_json() -> serde_json::Value {
    let parameters: serde_json::Map<String, serde_json::Value> =
        PARAMETERS.iter().map(|(name, own)| ((*name).to_owned(), serde_json::json!(own))).collect();
    let schemas: serde_json::Map<String, serde_json::Value> = SCHEMAS
        .iter()
        .map(|(name, members)| {
            let names: Vec<&str> = members.iter().map(|(member, _)| *member).collect();
            ((*name).to_owned(), serde_json::json!(names))
        })
        .collect();
    serde_json::json!({"parameters": parameters, "schemas": schemas})
}
