//! Lists of links and of alarms: what is wanted stays as it is, the rest goes, what is missing comes.

use super::document::EventText;
use super::entries::with_param;
use crate::line::{Property, lines};
use crate::read::{alarm, attachment, is_conference, link_of};
use crate::write::{alarm_lines, param};
use crate::{Alarm, AlarmAction, Attachment, Trigger, When, Zone};

impl EventText {
    pub(super) fn set_conferences(&mut self, urls: &[String]) {
        let mut missing: Vec<&String> = urls.iter().filter(|url| !url.is_empty()).collect();
        let mut gone = Vec::new();
        let links = self.entries.properties().filter(|(_, property)| is_conference(&property.name));
        // What the reader passes over stays.
        for (at, link) in links.filter_map(|(at, property)| Some((at, link_of(&property)?))) {
            if urls.contains(&link) {
                missing.retain(|url| **url != link);
            } else if link.contains(':') {
                gone.push(at);
            }
        }
        let new: Vec<String> = missing.into_iter().map(|url| format!("CONFERENCE;VALUE=URI:{url}")).collect();
        self.entries.remove_each(&gone);
        new.iter().for_each(|line| self.entries.add(line, &[]));
    }

    pub(super) fn set_links(&mut self, links: &[Attachment]) {
        let mut missing: Vec<&Attachment> = links.iter().filter(|link| !link.url.is_empty()).collect();
        let mut gone = Vec::new();
        let mut renamed = Vec::new();
        for (at, property) in self.entries.properties() {
            let old = match property.name.as_str() {
                "ATTACH" => attachment(&property),
                "URL" => link_of(&property).map(|url| Attachment { url, name: String::new() }),
                _ => None,
            };
            let Some(old) = old else { continue };
            match links.iter().find(|link| link.url == old.url) {
                None => gone.push(at),
                Some(link) => {
                    missing.retain(|other| other.url != old.url);
                    if property.name == "ATTACH" && link.name != old.name {
                        renamed.push((at, named(self.entries.text(at), &link.name)));
                    }
                }
            }
        }
        renamed.iter().for_each(|(at, text)| self.entries.replace(*at, text));
        self.entries.remove_each(&gone);
        for link in missing {
            let line = format!("ATTACH{}:{}", file_name(&link.name), link.url);
            self.entries.add(&line, &[]);
        }
    }

    pub(super) fn set_alarms(&mut self, alarms: &[Alarm]) {
        let when = self.when.clone();
        let mut missing: Vec<&Alarm> = alarms.iter().collect();
        let mut gone = Vec::new();
        for (at, bytes) in self.entries.inner("VALARM") {
            let Some(old) = read_alarm(bytes, &when) else { continue };
            match missing.iter().position(|new| alike(new, &old, &when)) {
                Some(index) => drop(missing.remove(index)),
                None => gone.push(at),
            }
        }
        self.entries.remove_each(&gone);
        let summary = self.entries.first("SUMMARY").map(|(_, property)| property.text()).unwrap_or_default();
        for alarm in missing {
            self.entries.add_inner("VALARM", &alarm_lines(alarm, &summary));
        }
    }
}

fn file_name(name: &str) -> String {
    if name.is_empty() { String::new() } else { param("FILENAME", name) }
}

fn named(line: &str, name: &str) -> String {
    let others = ["X-FILENAME", "X-APPLE-FILENAME", "X-LABEL"];
    let line = others.iter().fold(line.to_owned(), |line, other| with_param(&line, other, ""));
    with_param(&line, "FILENAME", &file_name(name))
}

fn read_alarm(bytes: &[u8], when: &When) -> Option<Alarm> {
    let lines: Vec<_> = lines(bytes).collect();
    let properties: Vec<Property<'_>> = lines.iter().filter_map(|line| Property::parse(&line.text)).collect();
    alarm(&properties, when)
}

/// Whether two alarms reach a person at the same time in the same way.
fn alike(a: &Alarm, b: &Alarm, when: &When) -> bool {
    let minutes = |alarm: &Alarm| match alarm.trigger {
        Trigger::BeforeStart(minutes) => minutes,
        Trigger::At(at) => when.span(&Zone::utc()).0.duration_since(at).as_mins(),
    };
    let mails = |alarm: &Alarm| alarm.action == AlarmAction::Email;
    minutes(a) == minutes(b) && mails(a) == mails(b)
}
