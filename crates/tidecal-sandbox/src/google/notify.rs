//! Who would be mailed about a write: guests by the organiser, the organiser by a guest's answer.

use serde_json::{Value, json};

use super::patch::{is_organizer, shares_change};
use super::write::Writer;
use crate::data::event::Body;
use crate::data::guests::attendees;
use crate::data::moment::{stamp, text};
use crate::mails::{Kind, Mail, SendUpdates};
use crate::state::World;

/// Writes down the mails of one write: `former` is the event before it, `None` for a new one.
pub(crate) fn guests(world: &mut World, writer: &Writer, calendar_id: &str, former: Option<&Body>, body: &Body) {
    let letters = if is_organizer(body) {
        to_guests(calendar_id, former, body)
    } else {
        to_organizer(calendar_id, former, body).into_iter().collect()
    };
    for (to, kind) in letters {
        let external = world.person(&to).is_none();
        let told = match writer.send_updates {
            SendUpdates::All => true,
            SendUpdates::ExternalOnly => external,
            // the vendor's documents warn that some mails might still be sent
            SendUpdates::None => external && world.switches.mails_despite_none,
        };
        if told && to != writer.account {
            let mail = letter(world, writer, calendar_id, body, (to, external, kind));
            world.mails.add(mail);
        }
    }
}

fn letter(
    world: &World,
    writer: &Writer,
    calendar_id: &str,
    body: &Body,
    (to, external, kind): (String, bool, Kind),
) -> Mail {
    let of = |name: &str| text(body, name).unwrap_or_default().to_owned();
    Mail {
        number: 0,
        time: stamp(world.now()),
        kind,
        to,
        external,
        account: writer.account.clone(),
        operation: writer.operation,
        calendar_id: calendar_id.to_owned(),
        event_id: of("id"),
        ical_uid: of("iCalUID"),
        summary: of("summary"),
    }
}

fn to_guests(calendar_id: &str, former: Option<&Body>, body: &Body) -> Vec<(String, Kind)> {
    let lives = |body: &Body| text(body, "status") != Some("cancelled");
    let before = former.filter(|former| lives(former)).map(|former| addresses(former, calendar_id)).unwrap_or_default();
    let after = if lives(body) { addresses(body, calendar_id) } else { Vec::new() };
    let changed = former.is_some_and(|former| tells(former, body));
    let gone = before.iter().filter(|email| !after.contains(email)).map(|email| (email.clone(), Kind::Cancellation));
    let staying = after.iter().filter_map(|email| match before.contains(email) {
        true => changed.then(|| (email.clone(), Kind::Update)),
        false => Some((email.clone(), Kind::Invitation)),
    });
    gone.chain(staying).collect()
}

/// Whether a guest who stays has anything to read: more than answers and the list of guests has changed.
fn tells(former: &Body, body: &Body) -> bool {
    let without_guests = |body: &Body| {
        let mut body = body.clone();
        body.retain(|name, _| !["attendees", "sequence"].contains(&name.as_str()));
        body
    };
    shares_change(&without_guests(former), &without_guests(body), "")
}

/// Guests who read mail: no rooms, not the organiser.
fn addresses(body: &Body, calendar_id: &str) -> Vec<String> {
    let organizer = body.get("organizer").map_or(&Value::Null, |own| &own["email"]);
    attendees(body)
        .iter()
        .filter(|one| one["resource"] != json!(true) && one["email"] != *organizer)
        .filter_map(|one| one["email"].as_str())
        .filter(|email| *email != calendar_id)
        .map(ToOwned::to_owned)
        .collect()
}

fn to_organizer(calendar_id: &str, former: Option<&Body>, body: &Body) -> Option<(String, Kind)> {
    let answer = |body: &Body| {
        let own = attendees(body).iter().find(|one| one["email"] == json!(calendar_id))?;
        Some((own["responseStatus"].clone(), own["comment"].clone(), own["additionalGuests"].clone()))
    };
    let removed = text(body, "status") == Some("cancelled");
    let organizer = body.get("organizer")?["email"].as_str()?.to_owned();
    let answered = answer(body).is_some() && (removed || former.is_some_and(|former| answer(former) != answer(body)));
    answered.then_some((organizer, Kind::Response))
}
