//! PROPFIND, GET and OPTIONS.

use http::{StatusCode, header};

use super::asked;
use super::errors::{DavError, Result};
use super::place::Place;
use super::props::{Seen, http_date};
use super::xml::Multistatus;
use super::{Call, Reply};
use crate::state::World;

const ALLOWED: &str = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCALENDAR";

pub(super) fn options(_: &mut World, _: &Call<'_>) -> Result<Reply> {
    Ok(Reply::empty(StatusCode::OK).with(header::ALLOW, ALLOWED))
}

pub(super) fn propfind(world: &mut World, call: &Call<'_>) -> Result<Reply> {
    let wanted = asked::propfind(call.xml()?)?;
    let mut places = vec![call.place.clone()];
    match call.header("depth") {
        Some("0") => {}
        Some("1") => places.extend(members(world, call)),
        // RFC 4918 9.1.1: no header means infinity
        None | Some("infinity") => {
            return Err(DavError::dav(403, "propfind-finite-depth", "Ask with Depth 0 or 1."));
        }
        Some(other) => return Err(DavError::bad_request(format!("There is no Depth {other}."))),
    }
    if !exists(world, &call.place) {
        return Err(DavError::not_found());
    }
    let mut answer = Multistatus::default();
    for place in &places {
        Seen { world, account: &call.account, place, with_data: false }.put(&wanted, &mut answer);
    }
    Ok(Reply::multistatus(&answer))
}

/// Whether there is something at a place.
pub(super) fn exists(world: &World, place: &Place) -> bool {
    match place {
        Place::Root | Place::Principals | Place::Homes => true,
        Place::Principal(person) | Place::Home(person) => world.dav.homes.contains_key(person),
        Place::Calendar(person, calendar) => world.dav.calendar(person, calendar).is_some(),
        Place::Object(person, calendar, file) => {
            world.dav.calendar(person, calendar).is_some_and(|own| own.objects.contains_key(file))
        }
    }
}

/// What is directly below; of what belongs to people only what is the asker's.
fn members(world: &World, call: &Call<'_>) -> Vec<Place> {
    let me = call.account.clone();
    match &call.place {
        Place::Root => vec![Place::Principals, Place::Homes],
        Place::Principals => vec![Place::Principal(me)],
        Place::Homes => vec![Place::Home(me)],
        Place::Principal(_) | Place::Object(..) => Vec::new(),
        Place::Home(person) => {
            let home = world.dav.homes.get(person);
            let names = home.map(|home| home.calendars.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
            names.into_iter().map(|name| Place::Calendar(person.clone(), name)).collect()
        }
        Place::Calendar(person, calendar) => {
            let own = world.dav.calendar(person, calendar);
            let names = own.map(|own| own.objects.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
            names.into_iter().map(|name| Place::Object(person.clone(), calendar.clone(), name)).collect()
        }
    }
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Reply> {
    let Place::Object(person, calendar, file) = &call.place else {
        return Err(DavError::plain(405, "Collections have no text."));
    };
    let object = world.dav.calendar(person, calendar).and_then(|own| own.objects.get(file));
    let object = object.ok_or_else(DavError::not_found)?;
    let mut reply = Reply::empty(StatusCode::OK)
        .with(header::ETAG, object.etag.clone())
        .with(header::LAST_MODIFIED, http_date(object.modified));
    if call.header("if-none-match").is_some_and(|known| known == "*" || known == object.etag) {
        reply.status = StatusCode::NOT_MODIFIED;
        return Ok(reply);
    }
    reply.kind = "text/calendar; charset=utf-8";
    reply.body.clone_from(&object.text);
    Ok(reply)
}
