//! Finding the components of a text without looking at what they say. A list of open components
//! instead of recursion, so nesting costs nothing.

use std::borrow::Cow;
use std::ops::Range;

use super::{ReadError, ReadLimits};
use crate::line::{Line, Property, decode, lines};
use crate::{Zone, resolve_zone};

/// A component and the ones within it.
#[derive(Clone, Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) lines: Vec<Line<'a>>,
    /// Components directly within it, with their names in upper case.
    pub(super) inner: Vec<(String, Vec<Line<'a>>)>,
    /// First line of its text, from 1.
    pub(super) line: usize,
    pub(super) bytes: Range<usize>,
    /// Why it cannot be read, if its text already shows it.
    pub(super) broken: Option<String>,
}

impl Block<'_> {
    /// Its properties, lines that are none left out.
    pub(super) fn properties(&self) -> impl Iterator<Item = Property<'_>> {
        self.lines.iter().filter_map(|line| Property::parse(&line.text))
    }

    pub(super) fn tzid(&self) -> Option<String> {
        self.properties().find(|property| property.name == "TZID").map(|id| id.text().trim().to_owned())
    }

    pub(super) fn uid(&self) -> Option<String> {
        let uid = self.properties().find(|property| property.name == "UID")?.text();
        Some(uid.trim().to_owned()).filter(|uid| !uid.is_empty())
    }
}

/// What a text holds.
pub(super) struct Gathered<'a> {
    pub(super) name: Option<String>,
    pub(super) zone: Option<Zone>,
    pub(super) events: Vec<Block<'a>>,
    pub(super) timezones: Vec<Block<'a>>,
}

/// The text of a component as it stands; unfolded if only that makes it readable.
pub(super) fn raw_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => lines(bytes).map(|line| line.text.into_owned() + "\r\n").collect(),
    }
}

/// The text as UTF-8 if it begins with a byte order mark of UTF-16.
pub(super) fn from_utf_16(bytes: &[u8]) -> Option<Vec<u8>> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into_bytes())
}

/// The components that are open, outermost first.
struct Gatherer<'a, 'l> {
    gathered: Gathered<'a>,
    limits: &'l ReadLimits,
    open: Vec<String>,
    /// The VEVENT or VTIMEZONE being read, and the depth it is at.
    block: Option<(Block<'a>, usize)>,
    closed: bool,
    seen: bool,
}

pub(super) fn gather<'a>(bytes: &'a [u8], limits: &ReadLimits) -> Result<Gathered<'a>, ReadError> {
    let gathered = Gathered { name: None, zone: None, events: Vec::new(), timezones: Vec::new() };
    let mut gatherer = Gatherer { gathered, limits, open: Vec::new(), block: None, closed: true, seen: false };
    for line in lines(bytes) {
        gatherer.take(line)?;
    }
    if !gatherer.seen {
        return Err(ReadError::NotCalendar { hint: looks_like(bytes) });
    }
    if gatherer.closed { Ok(gatherer.gathered) } else { Err(ReadError::Truncated) }
}

fn looks_like(bytes: &[u8]) -> &'static str {
    let head = decode(Cow::Borrowed(&bytes[..bytes.len().min(512)])).to_lowercase();
    match head.trim_start() {
        "" => " (it is empty)",
        text if text.starts_with('<') && text.contains("<html") || text.starts_with("<!doctype") => {
            " (it is a web page, perhaps a login page)"
        }
        text if text.starts_with('<') => " (it is XML)",
        text if text.starts_with(['{', '[']) => " (it is JSON)",
        _ => "",
    }
}

impl<'a> Gatherer<'a, '_> {
    fn take(&mut self, line: Line<'a>) -> Result<(), ReadError> {
        match envelope(&line.text) {
            Some((true, name)) => self.begin(name, line),
            Some((false, name)) => self.end(&name, &line),
            None => {
                self.property(line);
                Ok(())
            }
        }
    }

    fn begin(&mut self, name: String, line: Line<'a>) -> Result<(), ReadError> {
        if name == "VCALENDAR" {
            self.give_up("a new calendar begins within it")?;
            self.open.clear();
            (self.seen, self.closed) = (true, false);
        } else if self.closed {
            return Ok(());
        }
        if self.open.len() >= self.limits.depth {
            return Err(ReadError::TooLarge { unit: "nested components", limit: self.limits.depth });
        }
        let top = matches!(name.as_str(), "VEVENT" | "VTIMEZONE");
        if top && self.block.is_some() && self.open.contains(&name) {
            // The one before was never closed: its END is missing.
            self.give_up("it does not end before the next one begins")?;
        }
        if let Some((block, _)) = &mut self.block {
            block.inner.push((name.clone(), Vec::new()));
        } else if top {
            let block = Block { line: line.number, bytes: line.bytes, ..Block::default() };
            self.block = Some((block, self.open.len()));
        }
        self.open.push(name);
        Ok(())
    }

    fn end(&mut self, name: &str, line: &Line<'a>) -> Result<(), ReadError> {
        if name == "VCALENDAR" {
            self.give_up("it does not end before the calendar does")?;
            self.open.clear();
            self.closed = true;
            return Ok(());
        }
        // An END that closes nothing is passed over; one further out closes what is within.
        let Some(depth) = self.open.iter().rposition(|open| open == name) else { return Ok(()) };
        self.open.truncate(depth);
        if let Some((block, begun)) = &mut self.block {
            block.bytes.end = line.bytes.end;
            if *begun >= depth {
                let whole = *begun == depth;
                self.finish(name, whole)?;
            }
        }
        Ok(())
    }

    /// Ends the open block without its END.
    fn give_up(&mut self, reason: &str) -> Result<(), ReadError> {
        let Some((block, begun)) = &mut self.block else { return Ok(()) };
        block.broken.get_or_insert_with(|| reason.to_owned());
        let begun = *begun;
        let name = self.open.get(begun).cloned().unwrap_or_default();
        self.open.truncate(begun);
        self.finish(&name, true)
    }

    fn finish(&mut self, name: &str, whole: bool) -> Result<(), ReadError> {
        let Some((mut block, _)) = self.block.take() else { return Ok(()) };
        if !whole {
            block.broken.get_or_insert_with(|| "it does not end".to_owned());
        }
        if block.bytes.len() > self.limits.component_bytes {
            block.broken = Some(format!("it has more than {} bytes", self.limits.component_bytes));
            block.lines.retain(|line| line.text.len() < 1_024 && envelope_free_uid(&line.text));
        }
        if name == "VTIMEZONE" {
            self.gathered.timezones.push(block);
            return Ok(());
        }
        if self.gathered.events.len() >= self.limits.components {
            return Err(ReadError::TooLarge { unit: "events", limit: self.limits.components });
        }
        self.gathered.events.push(block);
        Ok(())
    }

    fn property(&mut self, line: Line<'a>) {
        match &mut self.block {
            Some((block, begun)) => {
                block.bytes.end = line.bytes.end;
                match self.open.len() - *begun {
                    1 => block.lines.push(line),
                    2 => {
                        if let Some((_, lines)) = block.inner.last_mut() {
                            lines.push(line);
                        }
                    }
                    _ => {}
                }
            }
            None if self.open.len() == 1 => self.calendar_property(&line),
            None => {}
        }
    }

    fn calendar_property(&mut self, line: &Line<'a>) {
        let Some(property) = Property::parse(&line.text) else { return };
        let text = Some(property.text().trim().to_owned()).filter(|text| !text.is_empty());
        match property.name.as_str() {
            "NAME" => self.gathered.name = text.or(self.gathered.name.take()),
            "X-WR-CALNAME" if self.gathered.name.is_none() => self.gathered.name = text,
            "X-WR-TIMEZONE" if self.gathered.zone.is_none() => {
                self.gathered.zone = text.and_then(|name| resolve_zone(&name)).map(|resolved| resolved.zone);
            }
            _ => {}
        }
    }
}

fn envelope_free_uid(text: &str) -> bool {
    text.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("UID"))
}

/// `BEGIN:NAME` (true) or `END:NAME` (false), the name in upper case.
pub(crate) fn envelope(text: &str) -> Option<(bool, String)> {
    let (keyword, name) = text.split_once(':')?;
    let keyword = keyword.trim();
    let begins = keyword.eq_ignore_ascii_case("BEGIN");
    (begins || keyword.eq_ignore_ascii_case("END")).then(|| (begins, name.trim().to_ascii_uppercase()))
}
