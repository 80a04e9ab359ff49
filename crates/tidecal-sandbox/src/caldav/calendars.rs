//! Making, naming and removing calendars.

use http::StatusCode;

use super::asked::{self, Settings};
use super::errors::{DavError, Result};
use super::place::Place;
use super::store::Calendar;
use super::xml::{Multistatus, Name, Ns};
use super::{Call, Reply};
use crate::state::World;

/// Kinds of components that a calendar may hold.
const KINDS: [&str; 3] = ["VEVENT", "VTODO", "VJOURNAL"];

/// RFC 4791 5.3.1.
pub(super) fn make(world: &mut World, call: &Call<'_>) -> Result<Reply> {
    let Place::Calendar(person, segment) = &call.place else {
        return Err(DavError::caldav(403, "calendar-collection-location-ok", "Calendars are made in one's home."));
    };
    let settings = asked::settings(call.xml()?, &Name::new(Ns::CALDAV, "mkcalendar"))?;
    let strange = settings.components.iter().flatten().find(|kind| !KINDS.contains(&kind.as_str()));
    if let Some(kind) = strange {
        return Err(DavError::caldav(403, "supported-calendar-component", format!("{kind} is not served.")));
    }
    let made = world.dav.add_calendar(person, segment, segment);
    let made = made.ok_or_else(|| DavError::dav(405, "resource-must-be-null", "There is something already."))?;
    for (name, text) in &settings.set {
        set(made, name, text);
    }
    if let Some(kinds) = settings.components {
        made.components = kinds;
    }
    Ok(Reply::empty(StatusCode::CREATED))
}

/// RFC 4918 9.2: everything or nothing.
pub(super) fn change(world: &mut World, call: &Call<'_>) -> Result<Reply> {
    let Place::Calendar(person, segment) = &call.place else { return Err(DavError::forbidden()) };
    let Settings { set: wanted, removed, .. } = asked::settings(call.xml()?, &Name::new(Ns::DAV, "propertyupdate"))?;
    let calendar = world.dav.calendar_mut(person, segment).ok_or_else(DavError::not_found)?;
    if !calendar.writable {
        return Err(DavError::forbidden());
    }
    let mut trial = calendar.clone();
    let refused = wanted.iter().any(|(name, text)| !set(&mut trial, name, text)) || !removed.is_empty();
    let names: String = wanted.iter().map(|(name, _)| name).chain(&removed).map(|name| name.element("")).collect();
    let mut answer = Multistatus::default();
    if refused {
        answer.unset(&call.place.path(), &names, "<d:cannot-modify-protected-property/>");
    } else {
        *calendar = trial;
        answer.properties(&call.place.path(), &names, &[]);
    }
    Ok(Reply::multistatus(&answer))
}

/// Sets a property that people may set; answers whether it is one.
fn set(calendar: &mut Calendar, name: &Name, text: &str) -> bool {
    let place = match (name.namespace.as_str(), name.local.as_str()) {
        (Ns::DAV, "displayname") => &mut calendar.name,
        (Ns::CALDAV, "calendar-description") => &mut calendar.description,
        (Ns::CALDAV, "calendar-timezone-id") => &mut calendar.zone,
        (Ns::APPLE, "calendar-color") => &mut calendar.color,
        _ => return false,
    };
    text.clone_into(place);
    true
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Reply> {
    let Place::Calendar(person, segment) = &call.place else { return Err(DavError::forbidden()) };
    let home = world.dav.homes.get_mut(person).ok_or_else(DavError::not_found)?;
    let calendar = home.calendars.get(segment).ok_or_else(DavError::not_found)?;
    if !calendar.writable {
        return Err(DavError::forbidden());
    }
    home.calendars.remove(segment);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
