//! What the vendor refuses about an event's content. The body is the whole event as it would be stored.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::errors::ApiError;
use super::event_types;
use crate::data::calendar::Calendar;
use crate::data::event::{Body, EVENT_TYPES};
use crate::data::moment::{Moment, text};
use crate::data::rule::Recurrence;

const MOST_REMINDERS: usize = 5;
const LONGEST_REMINDER: i64 = 40_320;
const MOST_ATTACHMENTS: usize = 25;
const MOST_PROPERTIES: usize = 300;
const PROPERTIES_BYTES: usize = 32 * 1024;
const LONGEST_KEY: usize = 44;
const LONGEST_VALUE: usize = 1024;

/// An id that a client may choose: lower-case base32hex, 5 to 1024 characters.
pub(crate) fn check_id(id: &str) -> Result<(), ApiError> {
    let legal = id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'v').contains(&b));
    if legal && (5..=1024).contains(&id.len()) { Ok(()) } else { Err(ApiError::invalid("Invalid resource id value.")) }
}

/// All checks of an event's content.
pub(crate) fn check(body: &Body, calendar: &Calendar) -> Result<(), ApiError> {
    check_texts(body)?;
    check_times(body, &calendar.zone)?;
    check_words(body)?;
    check_attendees(body)?;
    check_reminders(body)?;
    check_properties(body)?;
    check_type(body, calendar)
}

fn check_texts(body: &Body) -> Result<(), ApiError> {
    for name in ["summary", "description", "location", "colorId", "iCalUID", "status", "visibility"] {
        if body.get(name).is_some_and(|value| !value.is_string()) {
            return Err(ApiError::invalid(format!("Invalid value at '{name}' (TYPE_STRING).")));
        }
    }
    let attachments = body.get("attachments").and_then(Value::as_array).map_or(0, Vec::len);
    if attachments > MOST_ATTACHMENTS {
        return Err(ApiError::invalid("Too many attachments."));
    }
    Ok(())
}

fn check_times(body: &Body, zone: &TimeZone) -> Result<(), ApiError> {
    let end = Moment::read(body.get("end"), "end", zone)?;
    let start = Moment::read(body.get("start"), "start", zone)?;
    if start.is_day() != end.is_day() {
        return Err(ApiError::invalid("The start and end must either both be date or dateTime."));
    }
    let (from, to) = (start.instant(zone), end.instant(zone));
    // the end of an all-day event is exclusive; a timed event may have no length
    if to < from || (start.is_day() && to == from) {
        return Err(ApiError::range_empty());
    }
    let Some(recurrence) = body.get("recurrence") else {
        return Ok(());
    };
    let wrong = || ApiError::invalid("Invalid recurrence rule.");
    let lines: Option<Vec<&str>> = recurrence.as_array().and_then(|lines| lines.iter().map(Value::as_str).collect());
    for name in ["start", "end"] {
        let zoned = body.get(name).is_some_and(|value| value["timeZone"].is_string());
        if !start.is_day() && !zoned {
            return Err(ApiError::required(format!("Missing time zone definition for {name} time.")));
        }
    }
    let lines = lines.filter(|lines| !lines.is_empty()).ok_or_else(wrong)?;
    Recurrence::parse(lines, &start).map(|_| ()).map_err(|_| wrong())
}

fn check_words(body: &Body) -> Result<(), ApiError> {
    let sets: [(&str, &[&str]); 4] = [
        ("status", &["confirmed", "tentative", "cancelled"]),
        ("visibility", &["default", "public", "private", "confidential"]),
        ("transparency", &["opaque", "transparent"]),
        ("colorId", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]),
    ];
    for (name, allowed) in sets {
        if let Some(value) = text(body, name)
            && !allowed.contains(&value)
        {
            return Err(ApiError::invalid(format!("Invalid value for: {name}: {value}")));
        }
    }
    Ok(())
}

fn check_attendees(body: &Body) -> Result<(), ApiError> {
    let Some(attendees) = body.get("attendees") else {
        return Ok(());
    };
    let list = attendees.as_array().ok_or_else(|| ApiError::invalid("Invalid attendees."))?;
    for attendee in list {
        match attendee["email"].as_str() {
            None => return Err(ApiError::required("Missing attendee email.")),
            Some(email) if !email.contains('@') || email.contains(char::is_whitespace) => {
                return Err(ApiError::invalid("Invalid attendee email."));
            }
            Some(_) => {}
        }
        let answers = ["needsAction", "declined", "tentative", "accepted"];
        let answer = attendee.get("responseStatus").map(Value::as_str);
        if answer.is_some_and(|answer| answer.is_none_or(|answer| !answers.contains(&answer))) {
            return Err(ApiError::invalid("Invalid attendee response status."));
        }
    }
    Ok(())
}

fn check_reminders(body: &Body) -> Result<(), ApiError> {
    let Some(reminders) = body.get("reminders") else {
        return Ok(());
    };
    let overrides = reminders.get("overrides").and_then(Value::as_array);
    let overrides = overrides.map_or(&[][..], Vec::as_slice);
    if reminders["useDefault"] == json!(true) && !overrides.is_empty() {
        return Err(ApiError::new(
            400,
            "calendar",
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
        ));
    }
    if overrides.len() > MOST_REMINDERS {
        return Err(ApiError::invalid("Too many reminder overrides."));
    }
    for reminder in overrides {
        let method = reminder["method"].as_str();
        let minutes = reminder["minutes"].as_i64();
        if !matches!(method, Some("email" | "popup")) {
            return Err(ApiError::required("Missing or invalid reminder method."));
        }
        if !minutes.is_some_and(|minutes| (0..=LONGEST_REMINDER).contains(&minutes)) {
            return Err(ApiError::invalid("Invalid reminder minutes."));
        }
    }
    Ok(())
}

fn check_properties(body: &Body) -> Result<(), ApiError> {
    let Some(extended) = body.get("extendedProperties") else {
        return Ok(());
    };
    let (mut count, mut bytes) = (0, 0);
    for kind in ["private", "shared"] {
        for (key, value) in extended.get(kind).and_then(Value::as_object).into_iter().flatten() {
            let Some(value) = value.as_str() else {
                return Err(ApiError::invalid("Extended property values must be strings."));
            };
            count += 1;
            bytes += key.len() + value.len();
        }
    }
    if count > MOST_PROPERTIES || bytes > PROPERTIES_BYTES {
        return Err(ApiError::invalid("Extended properties exceed the limit of their size."));
    }
    Ok(())
}

/// Drops properties with too long a key and cuts too long values, silently, as the vendor is documented to have done.
pub(crate) fn trim_properties(body: &mut Body) {
    for kind in ["private", "shared"] {
        let Some(own) =
            body.get_mut("extendedProperties").and_then(|all| all.get_mut(kind)).and_then(Value::as_object_mut)
        else {
            continue;
        };
        own.retain(|key, _| key.chars().count() <= LONGEST_KEY);
        for value in own.values_mut() {
            if let Some(long) = value.as_str().filter(|text| text.chars().count() > LONGEST_VALUE) {
                let cut: String = long.chars().take(LONGEST_VALUE).collect();
                *value = json!(cut);
            }
        }
    }
}

fn check_type(body: &Body, calendar: &Calendar) -> Result<(), ApiError> {
    let named = text(body, "eventType").unwrap_or("default");
    if !EVENT_TYPES.contains(&named) {
        return Err(ApiError::invalid(format!("Invalid event type: {named}.")));
    }
    let all_day = body.get("start").is_some_and(|start| start["date"].is_string());
    event_types::check_guests(body)?;
    let wrong = |what: &str| Err(ApiError::invalid(format!("An event of type {named} {what}.")));
    match named {
        "birthday" if !all_day || !is_yearly(body, &calendar.zone) => wrong("must be all-day and recur every year"),
        "focusTime" | "outOfOffice" | "workingLocation" => {
            if calendar.holder.is_none() {
                wrong("must be on a primary calendar")
            } else if !body.get(&format!("{named}Properties")).is_some_and(Value::is_object) {
                wrong("needs its properties")
            } else if named != "workingLocation" && all_day {
                wrong("cannot be all-day")
            } else {
                Ok(())
            }
        }
        _ => Ok(()),
    }
}

fn is_yearly(body: &Body, zone: &TimeZone) -> bool {
    let Ok(start) = Moment::read(body.get("start"), "start", zone) else {
        return false;
    };
    let lines = body.get("recurrence").and_then(Value::as_array);
    let lines = lines.into_iter().flatten().filter_map(Value::as_str);
    Recurrence::parse(lines, &start).is_ok_and(|recurrence| recurrence.is_plain_yearly())
}
