//! ORGANIZER and ATTENDEE.

use super::document::EventText;
use super::entries::with_param;
use super::{AttendeeFields, EditError};
use crate::line::Property;
use crate::read::{attendee, email};
use crate::write::{address, attendee_line, cn, kind_word, param, partstat_word, role_word};
use crate::{Attendee, Person};

impl EventText {
    /// The same address keeps its line and changes its name.
    pub(super) fn set_organizer(&mut self, organizer: Option<&Person>) {
        let line = self.entries.named("ORGANIZER").last().map(|(at, property)| {
            let name = property.param("CN").unwrap_or_default().trim().to_owned();
            (at, email(&property), name)
        });
        match (organizer, line) {
            (None, _) => self.entries.remove_named("ORGANIZER"),
            (Some(person), Some((at, email, name))) if email.eq_ignore_ascii_case(&person.email) => {
                if name != person.name {
                    let text = with_param(self.entries.text(at), "CN", &cn(&person.name));
                    self.entries.replace(at, &text);
                }
            }
            (Some(person), line) => {
                let text = format!("ORGANIZER{}:{}", cn(&person.name), address(&person.email));
                match line {
                    Some((at, ..)) => self.entries.replace(at, &text),
                    None => self.entries.add(&text, &[]),
                }
            }
        }
    }

    pub(super) fn set_attendee(&mut self, address: &str, fields: &AttendeeFields) -> Result<(), EditError> {
        let address = address.trim();
        if address.is_empty() {
            return Err(EditError::NoAddress);
        }
        let found = self.attendees(address).next().map(|(at, property)| (at, attendee(&property)));
        match found {
            Some((at, old)) => {
                let text = changed(self.entries.text(at), &old, fields);
                self.entries.replace(at, &text);
            }
            None => self.entries.add(&attendee_line(&new(address, fields)), &["ORGANIZER"]),
        }
        Ok(())
    }

    pub(super) fn remove_attendee(&mut self, address: &str) {
        let positions: Vec<usize> = self.attendees(address.trim()).map(|(at, _)| at).collect();
        self.entries.remove_each(&positions);
    }

    fn attendees<'a>(&'a self, address: &'a str) -> impl Iterator<Item = (usize, Property<'a>)> {
        self.entries.named("ATTENDEE").filter(move |(_, property)| email(property).eq_ignore_ascii_case(address))
    }
}

/// The line with the parameters that say something else now.
fn changed(line: &str, old: &Attendee, fields: &AttendeeFields) -> String {
    let mut line = line.to_owned();
    let mut set = |name: &str, new: String| line = with_param(&line, name, &new);
    if let Some(name) = fields.name.as_ref().filter(|name| **name != old.name) {
        set("CN", cn(name));
    }
    if let Some(role) = fields.role.filter(|role| *role != old.role) {
        set("ROLE", format!(";ROLE={}", role_word(role)));
    }
    if let Some(kind) = fields.kind.filter(|kind| *kind != old.kind) {
        set("CUTYPE", format!(";CUTYPE={}", kind_word(kind)));
    }
    if let Some(partstat) = fields.partstat.filter(|partstat| *partstat != old.partstat) {
        set("PARTSTAT", format!(";PARTSTAT={}", partstat_word(partstat)));
    }
    if let Some(rsvp) = fields.rsvp.filter(|rsvp| *rsvp != old.rsvp) {
        set("RSVP", format!(";RSVP={}", if rsvp { "TRUE" } else { "FALSE" }));
    }
    if let Some(comment) = fields.comment.as_ref().filter(|comment| **comment != *old.comment.as_deref().unwrap_or(""))
    {
        set("X-RESPONSE-COMMENT", optional("X-RESPONSE-COMMENT", comment));
    }
    line
}

fn optional(name: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { param(name, value) }
}

fn new(address: &str, fields: &AttendeeFields) -> Attendee {
    Attendee {
        email: address.to_owned(),
        name: fields.name.clone().unwrap_or_default(),
        role: fields.role.unwrap_or_default(),
        kind: fields.kind.unwrap_or_default(),
        partstat: fields.partstat.unwrap_or_default(),
        rsvp: fields.rsvp.unwrap_or_default(),
        comment: fields.comment.clone().filter(|comment| !comment.is_empty()),
        schedule_agent: fields.schedule_agent.clone(),
    }
}
