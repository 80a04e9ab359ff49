//! The many small single events between the fixed ones, drawn from lists of titles.

use serde_json::json;

use super::draft::{Draft, Guest};
use super::planter::Planter;

/// A title with its usual time and length in minutes; `None` = all day.
pub(super) type Title = (&'static str, Option<(&'static str, i64)>);

/// Titles a person's weeks are made of.
pub(super) struct Taste<'a> {
    pub(super) zone: &'a str,
    pub(super) work: &'a [Title],
    pub(super) home: &'a [Title],
    pub(super) places: &'a [&'a str],
    pub(super) guests: &'a [Guest<'a>],
}

/// One or two events of work and one of home for most weeks, three months back to twelve ahead.
pub(super) fn plant(p: &mut Planter<'_>, taste: &Taste<'_>) {
    for week in -13..52 {
        let work = 1 + i64::from(p.random.chance(45));
        for _ in 0..work {
            let title = *p.random.pick(taste.work);
            let day = i64::try_from(p.random.below(5)).unwrap_or(0);
            let draft = plain(p, title, week, day, taste.zone);
            let draft = dressed(p, draft, taste);
            p.plant(draft);
        }
        if p.random.chance(55) {
            let title = *p.random.pick(taste.home);
            let day = i64::try_from(p.random.below(7)).unwrap_or(0);
            let mut draft = plain(p, title, week, day, taste.zone);
            if p.random.chance(20) {
                draft = draft.private();
            }
            p.plant(draft);
        }
    }
}

fn plain(p: &mut Planter<'_>, title: Title, week: i64, day: i64, zone: &str) -> Draft {
    let date = p.day(week, day);
    match title {
        (name, Some((time, minutes))) => Draft::new(name).at(date, time, minutes, zone),
        (name, None) => Draft::new(name).days(date, 1).free(),
    }
}

/// Adds what meetings come with: guests and a room, a place, a description, own reminders.
fn dressed(p: &mut Planter<'_>, mut draft: Draft, taste: &Taste<'_>) -> Draft {
    if p.random.chance(40) && !taste.guests.is_empty() {
        let first = *p.random.pick(taste.guests);
        let second = *p.random.pick(taste.guests);
        let guests = if first.0 == second.0 { vec![first] } else { vec![first, second] };
        draft = draft.guests(&guests);
        if p.random.chance(70) {
            let room = p.random.event_id();
            draft = draft.meet(&format!("{}-{}-{}", &room[..3], &room[3..7], &room[7..10]));
        }
    } else if p.random.chance(35) {
        let place = *p.random.pick(taste.places);
        draft = draft.place(place);
    }
    if p.random.chance(25) {
        draft = draft.about(
            "<p>Agenda:</p><ul><li>Where we stand</li><li>Open points</li><li>Next steps &amp; owners</li></ul>\
<p>Notes: <a href=\"https://docs.example.com/notes\">docs.example.com/notes</a></p>",
        );
    }
    if p.random.chance(15) {
        draft = draft.remind(&[60, 10]);
    }
    if p.random.chance(12) {
        draft = draft.with("colorId", json!("5"));
    }
    if p.random.chance(8) {
        draft = draft.with("status", json!("tentative"));
    }
    draft
}
