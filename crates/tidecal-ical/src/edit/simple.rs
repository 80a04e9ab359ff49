//! Texts, states, labels and stamps: properties with one line, or one list.

use jiff::Timestamp;

use super::document::EventText;
use super::entries::with_value;
use super::{Change, EditError};
use crate::line::{is_name, raw_list, unescape};
use crate::read::{class, status};
use crate::stamp::Stamp;
use crate::write::{class_word, escape, status_word};

/// Parameters that restate a text: in another form, in an encoding of old.
const RESTATED: [&str; 3] = ["ALTREP", "ENCODING", "CHARSET"];
const BUSY: &str = "X-MICROSOFT-CDO-BUSYSTATUS";

impl EventText {
    pub(super) fn set(&mut self, change: &Change) -> Result<(), EditError> {
        match change {
            Change::Summary(text) => self.set_text("SUMMARY", text, &[]),
            Change::Description(text) => self.set_text("DESCRIPTION", text, &["X-ALT-DESC"]),
            Change::Location(text) => {
                self.set_text("LOCATION", text, &["GEO", "X-APPLE-STRUCTURED-LOCATION", "X-MICROSOFT-LOCATIONS"]);
            }
            Change::Status(to) => self.set_word("STATUS", to.map(status_word), &|old| status(old) == *to),
            Change::Class(to) => self.set_word("CLASS", to.map(class_word), &|old| class(old) == *to),
            Change::Transparent(transparent) => self.set_transparent(*transparent),
            Change::Categories(categories) => self.set_categories(categories),
            Change::Url(url) => self.set_link("URL", url.as_deref()),
            Change::Conferences(urls) => self.set_conferences(urls),
            Change::Links(links) => self.set_links(links),
            Change::Color(color) => self.set_link("COLOR", color.as_deref()),
            Change::Organizer(organizer) => self.set_organizer(organizer.as_ref()),
            Change::Attendee { email, fields } => return self.set_attendee(email, fields),
            Change::RemoveAttendee(email) => self.remove_attendee(email),
            Change::Alarms(alarms) => self.set_alarms(alarms),
            Change::Sequence(number) => {
                self.set_word("SEQUENCE", Some(&number.to_string()), &|old| old.parse() == Ok(*number));
            }
            Change::Touched(at) => self.touch(*at),
            Change::Property { name, value } => return self.set_raw(name, value.as_deref()),
            // Those need the zones of the text.
            Change::When(_) | Change::Recurrence(_) => {}
        }
        Ok(())
    }

    fn set_text(&mut self, name: &str, text: &str, restating: &[&str]) {
        let line = self.entries.first(name).map(|(at, property)| (at, property.text()));
        let old = line.as_ref().map_or("", |(_, old)| old.as_str());
        if *old == *text {
            return;
        }
        if text.is_empty() {
            self.entries.remove_named(name);
        } else {
            self.entries.set_value(line.map(|(at, _)| at), name, &escape(text), &RESTATED);
        }
        restating.iter().for_each(|other| self.entries.remove_named(other));
    }

    /// A property of one word: of several lines the last one holds, as in reading.
    fn set_word(&mut self, name: &str, word: Option<&str>, says: &dyn Fn(&str) -> bool) {
        let line = self.entries.named(name).last().map(|(at, property)| (at, property.value.trim().to_owned()));
        if says(line.as_ref().map_or("", |(_, old)| old.as_str())) {
            return;
        }
        match word {
            Some(word) => self.entries.set_value(line.map(|(at, _)| at), name, word, &[]),
            None => self.entries.remove_named(name),
        }
    }

    fn set_transparent(&mut self, transparent: bool) {
        let last = |name: &str| {
            let line = self.entries.named(name).last();
            line.map(|(at, property)| (at, property.value.trim().to_ascii_uppercase()))
        };
        let (transp, busy) = (last("TRANSP"), last(BUSY));
        let says = |line: &Option<(usize, String)>, word: &str| line.as_ref().is_some_and(|(_, value)| value == word);
        let (is_transparent, is_free) = (says(&transp, "TRANSPARENT"), says(&busy, "FREE"));
        if transparent == (is_transparent || is_free) {
            return;
        }
        if transparent != is_transparent {
            let word = if transparent { "TRANSPARENT" } else { "OPAQUE" };
            self.entries.set_value(transp.map(|(at, _)| at), "TRANSP", word, &[]);
        }
        // A new TRANSP may have moved it.
        let busy = self.entries.named(BUSY).last().map(|(at, _)| at);
        if let Some(at) = busy.filter(|_| transparent != is_free) {
            self.entries.set_value(Some(at), BUSY, if transparent { "FREE" } else { "BUSY" }, &[]);
        }
    }

    /// A property whose value is a link or name, not TEXT.
    fn set_link(&mut self, name: &str, link: Option<&str>) {
        let link = link.unwrap_or_default();
        let word = Some(link).filter(|link| !link.is_empty());
        self.set_word(name, word, &|old| unescape(old).trim() == link);
    }

    fn set_categories(&mut self, categories: &[String]) {
        let mut missing: Vec<&String> = categories.iter().filter(|category| !category.is_empty()).collect();
        missing.dedup();
        let lines: Vec<(usize, String)> =
            self.entries.named("CATEGORIES").map(|(at, property)| (at, property.value.to_owned())).collect();
        let mut gone = Vec::new();
        let mut last = None;
        for (at, value) in lines {
            let items = raw_list(&value);
            let wanted = |raw: &&&str| categories.iter().any(|category| *category == unescape(raw).trim());
            let kept: Vec<&str> = items.iter().filter(wanted).copied().collect();
            missing.retain(|category| !kept.iter().any(|raw| **category == unescape(raw).trim()));
            if kept.is_empty() {
                gone.push(at);
                continue;
            }
            if kept.len() < items.len() {
                let text = with_value(self.entries.text(at), &kept.join(","), &[]);
                self.entries.replace(at, &text);
            }
            last = Some((at, kept.join(",")));
        }
        let new: Vec<String> = missing.iter().map(|category| escape(category)).collect();
        match last {
            _ if new.is_empty() => {}
            Some((at, kept)) => {
                let text = with_value(self.entries.text(at), &format!("{kept},{}", new.join(",")), &[]);
                self.entries.replace(at, &text);
            }
            None => match gone.pop() {
                // The line of what is not wanted any more is used again.
                Some(at) => self.entries.set_value(Some(at), "CATEGORIES", &new.join(","), &[]),
                None => self.entries.add(&format!("CATEGORIES:{}", new.join(",")), &[]),
            },
        }
        self.entries.remove_each(&gone);
    }

    fn touch(&mut self, at: Timestamp) {
        let stamp = Stamp::Utc(at).to_string();
        for name in ["DTSTAMP", "LAST-MODIFIED"] {
            self.set_word(name, Some(&stamp), &|old| old == stamp);
        }
    }

    fn set_raw(&mut self, name: &str, value: Option<&str>) -> Result<(), EditError> {
        let upper = name.to_ascii_uppercase();
        if !is_name(name) || name.contains('.') || matches!(upper.as_str(), "BEGIN" | "END") {
            return Err(EditError::Name(name.to_owned()));
        }
        match value {
            None => self.entries.remove_named(&upper),
            Some(value) => {
                let line = self.entries.first(&upper).map(|(at, _)| at);
                self.entries.set_value(line, name, value, &[]);
            }
        }
        Ok(())
    }
}
