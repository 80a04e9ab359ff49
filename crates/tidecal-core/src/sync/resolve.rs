//! What a local event becomes when a person resolves a conflict field by field.

use std::collections::BTreeMap;

use super::Field;
use super::merge::{Bases, ConflictPolicy, merge};
use crate::model::Event;

/// One of the two sides of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The local calendar.
    Local,
    /// The vendor.
    Remote,
}

/// The local event after the person's choice: chosen fields as chosen, every other field as the side
/// says that changed it. A field that both changed and nobody chose keeps the local value.
#[must_use]
pub fn resolved(base: Option<&Event>, local: &Event, remote: &Event, choice: &BTreeMap<Field, Side>) -> Event {
    let mut event = merge(Bases::both(base), local, remote, ConflictPolicy::Local).event;
    for (field, side) in choice {
        let from = if *side == Side::Local { local } else { remote };
        field.copy(from, &mut event);
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_ical::{Moment, When, Zone};

    #[test]
    fn chosen_fields_win_and_the_others_keep_both_sides_changes() {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        let event = |title: &str, location: &str, description: &str| Event {
            title: title.into(),
            location: location.into(),
            description: description.into(),
            ..Event::at(When::Timed { start: at(9), end: at(10) })
        };
        let base = event("base", "", "");
        let (local, remote) = (event("mine", "here", ""), event("theirs", "", "words"));
        let choose = |side| resolved(Some(&base), &local, &remote, &BTreeMap::from([(Field::Title, side)]));
        assert_eq!(choose(Side::Remote), event("theirs", "here", "words"));
        assert_eq!(choose(Side::Local), event("mine", "here", "words"));
        let untold = resolved(Some(&base), &local, &remote, &BTreeMap::new());
        assert_eq!(untold.title, "mine");
    }
}
