//! What a change of a series means for its exceptions.

use serde_json::json;

use super::event::{Body, Stored};
use super::instance::Series;
use super::moment::{Moment, stamp, text};
use crate::state::World;

/// Members that an exception takes over from its master as long as it has not changed them itself.
const INHERITED: [&str; 12] = [
    "summary",
    "description",
    "location",
    "attendees",
    "colorId",
    "conferenceData",
    "hangoutLink",
    "transparency",
    "visibility",
    "guestsCanModify",
    "reminders",
    "source",
];

/// After a master has changed: exceptions of slots that are no more are cancelled, the others take over what they had not
/// changed themselves. Nothing happens for events that are no series.
pub(crate) fn follow(world: &mut World, calendar_id: &str, former: &Body, body: &Body) {
    let Some(calendar) = world.calendars.get(calendar_id) else {
        return;
    };
    let Some(series) = Series::read(body, &calendar.zone) else {
        return;
    };
    let id = text(body, "id").unwrap_or_default();
    let mut changed = Vec::new();
    for (_, stored) in calendar.exceptions(id).filter(|(_, stored)| !stored.cancelled) {
        let old = stored.body();
        let mut new = old.clone();
        let original = Moment::read(old.get("originalStartTime"), "originalStartTime", &calendar.zone);
        let lives = original.is_ok_and(|original| {
            let slot = match (&series.start, &original) {
                (Moment::At { zone, .. }, Moment::At { instant, .. }) => zone.to_datetime(*instant),
                _ => original.local(),
            };
            original.is_day() == series.start.is_day() && series.recurrence.has(&series.start, slot)
        });
        if lives {
            inherit(&mut new, former, body);
        } else {
            new.insert("status".to_owned(), json!("cancelled"));
        }
        if new != old {
            new.insert("updated".to_owned(), json!(stamp(world.clock.now())));
            changed.push(new);
        }
    }
    for exception in changed {
        let etag = world.next_etag();
        if let Some(calendar) = world.calendars.get_mut(calendar_id) {
            calendar.put(exception, etag);
        }
    }
}

fn inherit(exception: &mut Body, former: &Body, body: &Body) {
    for name in INHERITED {
        if former.get(name) == body.get(name) || exception.get(name) != former.get(name) {
            continue;
        }
        match body.get(name) {
            Some(value) => exception.insert(name.to_owned(), value.clone()),
            None => exception.remove(name),
        };
    }
}

/// After a master was deleted its exceptions are deleted with it: silently, or (by switch) as changes of their own.
pub(crate) fn end(world: &mut World, calendar_id: &str, master: &str) {
    let listed = world.switches.list_orphaned_exceptions;
    let Some(calendar) = world.calendars.get(calendar_id) else {
        return;
    };
    let ended: Vec<(String, u64, u64)> = calendar
        .exceptions(master)
        .filter(|(_, stored)| listed || !stored.cancelled)
        .map(|(id, stored)| (id.clone(), stored.seq, stored.etag))
        .collect();
    for (id, seq, etag) in ended {
        let fresh = world.next_etag();
        let Some(calendar) = world.calendars.get_mut(calendar_id) else {
            return;
        };
        let Some(mut body) = calendar.events.get(&id).map(Stored::body) else {
            continue;
        };
        body.insert("status".to_owned(), json!("cancelled"));
        if listed {
            calendar.put(body, fresh);
        } else {
            let stored = Stored::new(&body, seq, etag, &calendar.zone);
            calendar.events.insert(id, stored);
        }
    }
}
