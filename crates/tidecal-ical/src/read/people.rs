//! ORGANIZER and ATTENDEE.

use crate::line::Property;
use crate::{Attendee, AttendeeKind, PartStat, Person, Role};

pub(super) fn person(property: &Property<'_>) -> Person {
    Person { email: email(property), name: property.param("CN").unwrap_or_default().trim().to_owned() }
}

/// The address: behind `mailto:`, in the EMAIL parameter, or the bare value if it looks like one.
pub(crate) fn email(property: &Property<'_>) -> String {
    let value = property.value.trim();
    let mail = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map(|_| value[7..].trim());
    let bare = Some(value).filter(|value| value.contains('@') && !value.contains([':', '/', ' ']));
    let named = property.param("EMAIL").map(|email| email.trim().trim_start_matches("mailto:"));
    let email = mail.filter(|mail| mail.contains('@')).or(named).or(bare).unwrap_or_default();
    email.trim_matches(['<', '>']).to_owned()
}

pub(crate) fn attendee(property: &Property<'_>) -> Attendee {
    let Person { email, name } = person(property);
    let upper = |name: &str| property.param(name).map(|value| value.trim().to_ascii_uppercase());
    Attendee {
        email,
        name,
        role: match upper("ROLE").as_deref() {
            Some("CHAIR") => Role::Chair,
            Some("OPT-PARTICIPANT") => Role::Optional,
            Some("NON-PARTICIPANT") => Role::NonParticipant,
            _ => Role::Required,
        },
        kind: match upper("CUTYPE").as_deref() {
            None | Some("INDIVIDUAL") => AttendeeKind::Individual,
            Some("GROUP") => AttendeeKind::Group,
            Some("RESOURCE") => AttendeeKind::Resource,
            Some("ROOM") => AttendeeKind::Room,
            Some(_) => AttendeeKind::Unknown,
        },
        partstat: match upper("PARTSTAT").as_deref() {
            Some("ACCEPTED") => PartStat::Accepted,
            Some("DECLINED") => PartStat::Declined,
            Some("TENTATIVE") => PartStat::Tentative,
            Some("DELEGATED") => PartStat::Delegated,
            _ => PartStat::NeedsAction,
        },
        rsvp: property.param_is("RSVP", "TRUE"),
        comment: property.param("X-RESPONSE-COMMENT").map(str::to_owned).filter(|text| !text.is_empty()),
        schedule_agent: upper("SCHEDULE-AGENT").filter(|text| !text.is_empty()),
    }
}
