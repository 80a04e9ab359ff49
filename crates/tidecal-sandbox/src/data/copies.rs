//! Ids of guests' copies: usually the organiser's, by switch (or where that id is taken) ones of their own.
//!
//! An id is a stem with marks behind it (`_R…` of a split series, `_…` of an occurrence); the stem alone is another one.

use serde_json::json;

use super::event::Body;
use super::moment::text;
use crate::random::Random;
use crate::state::World;

/// The organiser's event under the ids that it has in a guest's calendar. Remembers ids of the guest's own.
pub(crate) fn translated(world: &mut World, guest: &str, body: &Body) -> Body {
    let Some(stem) = text(body, "id").map(stem_of).map(ToOwned::to_owned) else {
        return body.clone();
    };
    let number = format!("copy {guest} {} {stem}", lineage(body));
    let own = Random::new(world.config.seed, &number).event_id();
    let key = (guest.to_owned(), own.clone());
    let is_own = world.copies.contains_key(&key)
        || is_taken(world, guest, &stem, body)
        || (world.switches.copies_have_own_ids && !has_copy(world, guest, &stem));
    if !is_own {
        return body.clone();
    }
    world.copies.insert(key, stem.clone());
    let mut copy = body.clone();
    for name in ["id", "recurringEventId"] {
        if let Some(id) = text(body, name) {
            copy.insert(name.to_owned(), json!(id.replacen(&stem, &own, 1)));
        }
    }
    copy
}

/// The organiser's id of a guest's copy.
pub(crate) fn original(world: &World, guest: &str, id: &str) -> String {
    let stem = stem_of(id);
    match world.copies.get(&(guest.to_owned(), stem.to_owned())) {
        Some(theirs) => id.replacen(stem, theirs, 1),
        None => id.to_owned(),
    }
}

fn stem_of(id: &str) -> &str {
    id.split('_').next().unwrap_or(id)
}

/// The iCalUID without the mark of a split.
fn lineage(body: &Body) -> &str {
    let uid = text(body, "iCalUID").unwrap_or_default();
    let local = uid.rsplit_once('@').map_or(uid, |(local, _)| local);
    local.rsplit_once("_R").map_or(local, |(lineage, _)| lineage)
}

/// Whether the guest has an event of that id that is another one: ids are unique in one calendar alone.
fn is_taken(world: &World, guest: &str, stem: &str, body: &Body) -> bool {
    let other = world.calendars.get(guest).and_then(|calendar| calendar.events.get(stem));
    other.is_some_and(|stored| {
        let other = stored.body();
        // an iCalUID is made of the id: the guest's own event of a chosen id has the same one
        lineage(&other) != lineage(body) || other.get("organizer").is_some_and(|own| own["self"] == json!(true))
    })
}

fn has_copy(world: &World, guest: &str, stem: &str) -> bool {
    world.calendars.get(guest).is_some_and(|calendar| calendar.events.contains_key(stem))
}
