//! PUT and DELETE of objects, with the preconditions of RFC 4791 5.3.2.1.

use http::{StatusCode, header};

use super::errors::{DavError, Result};
use super::place::Place;
use super::store::{Calendar, Object};
use super::{Call, Reply};
use crate::ics::check::{self, Sound, Wrong};
use crate::state::World;

/// The object's whereabouts in a request.
struct Where<'a> {
    person: &'a str,
    calendar: &'a str,
    file: &'a str,
}

impl<'a> Where<'a> {
    fn of(call: &'a Call<'_>) -> Result<Self> {
        match &call.place {
            Place::Object(person, calendar, file) => Ok(Self { person, calendar, file }),
            _ => Err(DavError::plain(405, "This is no object.")),
        }
    }

    fn writable<'w>(&self, world: &'w World, missing: u16) -> Result<&'w Calendar> {
        let calendar = world.dav.calendar(self.person, self.calendar);
        let calendar = calendar.ok_or_else(|| DavError::plain(missing, "There is no such calendar."))?;
        if calendar.writable { Ok(calendar) } else { Err(DavError::forbidden()) }
    }
}

pub(super) fn put(world: &mut World, call: &Call<'_>) -> Result<Reply> {
    let at = Where::of(call)?;
    let calendar = at.writable(world, 409)?;
    let former = calendar.objects.get(at.file);
    guard(call, former)?;
    if call.media_type() != "text/calendar" {
        return Err(DavError::caldav(415, "supported-calendar-data", "An object is text/calendar."));
    }
    let sound = stored(world, &at.place(), call.body)?;
    let is_new = former.is_none();
    let switches = &world.switches.caldav;
    let silent = switches.no_etag_of_put || switches.rewrite_bodies;
    let text = if switches.rewrite_bodies { rewritten(call.body) } else { call.body.to_owned() };
    let now = world.now();
    let etag =
        world.dav.store(at.person, at.calendar, at.file, (sound.uid, text), now).ok_or_else(DavError::not_found)?;
    let reply = Reply::empty(if is_new { StatusCode::CREATED } else { StatusCode::NO_CONTENT });
    // RFC 4791 5.3.4: a strong ETag says that what was sent is what is there
    Ok(if silent { reply } else { reply.with(header::ETAG, etag) })
}

impl Where<'_> {
    fn place(&self) -> (String, String, String) {
        (self.person.to_owned(), self.calendar.to_owned(), self.file.to_owned())
    }
}

/// Checks a text that is to be stored at a place, whoever writes it.
pub(super) fn stored(world: &World, place: &(String, String, String), text: &str) -> Result<Sound> {
    let (person, name, file) = place;
    let most = world.switches.caldav.max_resource_size;
    if text.len() > most {
        return Err(DavError::caldav(403, "max-resource-size", format!("It is larger than {most} octets.")));
    }
    let sound = check::object(text).map_err(|wrong| match wrong {
        Wrong::Data(why) => DavError::caldav(403, "valid-calendar-data", why),
        Wrong::Resource(why) => DavError::caldav(403, "valid-calendar-object-resource", why),
    })?;
    let calendar = world.dav.calendar(person, name).ok_or_else(DavError::not_found)?;
    if !calendar.components.contains(&sound.component) {
        let why = format!("The calendar holds no {}.", sound.component);
        return Err(DavError::caldav(403, "supported-calendar-component", why));
    }
    if let Some(former) = calendar.objects.get(file).filter(|former| former.uid != sound.uid) {
        let why = format!("It would become another object: its UID is {}.", former.uid);
        return Err(conflict(person, name, file, why));
    }
    if let Some((other, file)) =
        holder(world, person, name, &sound.uid).filter(|(other, own)| other != name || own != file)
    {
        return Err(conflict(person, &other, &file, "Another object has that UID.".to_owned()));
    }
    Ok(sound)
}

/// Where a UID is already: in the calendar, or in any of the person's if they have to be unique there.
fn holder(world: &World, person: &str, name: &str, uid: &str) -> Option<(String, String)> {
    let everywhere = world.switches.caldav.uids_unique_per_person;
    let calendars = world.dav.homes.get(person)?.calendars.iter();
    calendars
        .filter(|(own, _)| everywhere || *own == name)
        .find_map(|(own, calendar)| Some((own.clone(), calendar.file_of(uid)?.to_owned())))
}

fn conflict(person: &str, calendar: &str, file: &str, why: String) -> DavError {
    let href = Place::Object(person.to_owned(), calendar.to_owned(), file.to_owned()).path();
    DavError::caldav(409, "no-uid-conflict", why).at(href)
}

/// RFC 9110 13: the conditions come before everything else.
fn guard(call: &Call<'_>, former: Option<&Object>) -> Result<()> {
    if let Some(wanted) = call.header("if-match") {
        let holds = former.is_some_and(|it| wanted == "*" || wanted.split(',').any(|etag| etag.trim() == it.etag));
        if !holds {
            return Err(DavError::precondition_failed("The object is not what If-Match names."));
        }
    }
    if let Some(unwanted) = call.header("if-none-match") {
        let met = former.is_some_and(|it| unwanted == "*" || unwanted.split(',').any(|etag| etag.trim() == it.etag));
        if met {
            return Err(DavError::precondition_failed("There is an object already."));
        }
    }
    Ok(())
}

/// What a server makes of a text that has its own idea of it.
fn rewritten(text: &str) -> String {
    let kept = text.replace("END:VEVENT\r\n", "X-SANDBOX-STORED:1\r\nEND:VEVENT\r\n");
    if text.contains("X-SANDBOX-STORED") { text.to_owned() } else { kept }
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Reply> {
    let at = Where::of(call)?;
    let former = at.writable(world, 404)?.objects.get(at.file);
    let former = former.ok_or_else(DavError::not_found)?;
    guard(call, Some(former))?;
    let calendar = world.dav.calendar_mut(at.person, at.calendar).ok_or_else(DavError::not_found)?;
    calendar.remove(at.file);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
