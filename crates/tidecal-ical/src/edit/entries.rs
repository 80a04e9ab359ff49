//! One VEVENT as a list of its lines and inner components, each with its own bytes.

use crate::line::{Property, lines, raw_params, split};
use crate::read::envelope;
use crate::write::fold;

/// A logical line or a whole inner component.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// Upper case name of the property or component; empty for others.
    pub(super) name: String,
    /// The logical line; empty unless it is a property.
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Property,
    /// A component, from BEGIN to END.
    Inner,
    /// BEGIN and END of the VEVENT, blank lines, lines that are none.
    Other,
}

/// The entries of a VEVENT, in order, and whether any was changed.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    list: Vec<Entry>,
    line_end: &'static str,
    pub(super) changed: bool,
}

impl Entries {
    /// Every byte of the block is in exactly one entry.
    pub(super) fn of(block: &[u8], line_end: &'static str) -> Self {
        let mut list: Vec<Entry> = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let mut at = 0;
        for line in lines(block) {
            let gap = &block[at..line.bytes.start];
            at = line.bytes.end;
            let bytes = &block[line.bytes];
            let depth = open.len();
            let name = match envelope(&line.text) {
                Some((true, name)) => {
                    open.push(name.clone());
                    Some(name)
                }
                Some((false, name)) => {
                    open.truncate(open.iter().rposition(|known| *known == name).unwrap_or(depth));
                    Some(name)
                }
                None => None,
            };
            match list.last_mut().filter(|_| depth > 1) {
                // Inside an inner component, whatever it is.
                Some(inner) => inner.bytes.extend([gap, bytes].concat()),
                None => {
                    if !gap.is_empty() {
                        list.push(Entry::other(gap));
                    }
                    list.push(match name {
                        Some(name) if open.len() > 1 => {
                            Entry { kind: Kind::Inner, name, text: String::new(), bytes: bytes.to_vec() }
                        }
                        Some(_) => Entry::other(bytes),
                        None => Entry::line(&line.text, bytes.to_vec()),
                    });
                }
            }
        }
        if at < block.len() {
            list.push(Entry::other(&block[at..]));
        }
        Self { list, line_end, changed: false }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.list.iter().flat_map(|entry| entry.bytes.iter().copied()).collect()
    }

    /// Its properties with their positions.
    pub(super) fn properties(&self) -> impl DoubleEndedIterator<Item = (usize, Property<'_>)> {
        let numbered = self.list.iter().enumerate().filter(|(_, entry)| entry.kind == Kind::Property);
        numbered.filter_map(|(at, entry)| Property::parse(&entry.text).map(|property| (at, property)))
    }

    /// Those of one name.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = (usize, Property<'a>)> {
        let numbered = self.list.iter().enumerate().filter(move |(_, entry)| entry.name == name);
        let lines = numbered.filter(|(_, entry)| entry.kind == Kind::Property);
        lines.filter_map(|(at, entry)| Property::parse(&entry.text).map(|property| (at, property)))
    }

    /// The first one that says something, or the first one.
    pub(super) fn first(&self, name: &str) -> Option<(usize, Property<'_>)> {
        let mut found = None;
        for (at, property) in self.list.iter().enumerate().filter_map(|(at, entry)| {
            let property = Some(entry).filter(|entry| entry.kind == Kind::Property && entry.name == name)?;
            Property::parse(&property.text).map(|property| (at, property))
        }) {
            if !property.value.trim().is_empty() {
                return Some((at, property));
            }
            found.get_or_insert((at, property));
        }
        found
    }

    pub(super) fn text(&self, at: usize) -> &str {
        self.list.get(at).map_or("", |entry| entry.text.as_str())
    }

    /// Inner components of one name with their positions.
    pub(super) fn inner<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a [u8])> {
        let numbered = self.list.iter().enumerate().filter(move |(_, entry)| entry.name == name);
        numbered.filter(|(_, entry)| entry.kind == Kind::Inner).map(|(at, entry)| (at, entry.bytes.as_slice()))
    }

    /// Replaces a line, unless it says the same already.
    pub(super) fn replace(&mut self, at: usize, text: &str) {
        let new = self.made(text);
        if let Some(entry) = self.list.get_mut(at).filter(|entry| entry.text != new.text) {
            *entry = new;
            self.changed = true;
        }
    }

    /// Adds a line behind the last one of these names, or as the last property.
    pub(super) fn add(&mut self, text: &str, behind: &[&str]) {
        let new = self.made(text);
        let own = self.last_of(&[new.name.as_str()]);
        let at = own.or_else(|| behind.iter().find_map(|name| self.last_of(&[name])));
        let at = at.or_else(|| self.list.iter().rposition(|entry| entry.kind == Kind::Property)).unwrap_or(0);
        self.list.insert(at + 1, new);
        self.changed = true;
    }

    fn last_of(&self, names: &[&str]) -> Option<usize> {
        self.list.iter().rposition(|entry| entry.kind == Kind::Property && names.contains(&entry.name.as_str()))
    }

    /// Adds an inner component behind the last one of its name, or as the last one.
    pub(super) fn add_inner(&mut self, name: &str, lines: &[String]) {
        let mut text = String::new();
        lines.iter().for_each(|line| fold(line, self.line_end, &mut text));
        let entry = Entry { kind: Kind::Inner, name: name.to_owned(), text: String::new(), bytes: text.into_bytes() };
        let last = self.list.iter().rposition(|entry| entry.kind == Kind::Inner && entry.name == name);
        let end = self.list.iter().rposition(|entry| entry.kind == Kind::Other && ends(&entry.bytes));
        let at = last.map(|at| at + 1).or(end).unwrap_or(self.list.len());
        self.list.insert(at, entry);
        self.changed = true;
    }

    pub(super) fn remove(&mut self, at: usize) {
        if at < self.list.len() {
            self.list.remove(at);
            self.changed = true;
        }
    }

    /// Removes the lines at these positions, which are in ascending order.
    pub(super) fn remove_each(&mut self, positions: &[usize]) {
        positions.iter().rev().for_each(|at| self.remove(*at));
    }

    pub(super) fn remove_named(&mut self, name: &str) {
        let before = self.list.len();
        self.list.retain(|entry| entry.kind != Kind::Property || entry.name != name);
        self.changed |= self.list.len() != before;
    }

    /// Sets the value of a property, its parameters kept but for those named.
    pub(super) fn set_value(&mut self, at: Option<usize>, name: &str, value: &str, without: &[&str]) {
        match at {
            Some(at) => {
                let text = with_value(self.text(at), value, without);
                self.replace(at, &text);
            }
            None => self.add(&format!("{name}:{value}"), &[]),
        }
    }

    fn made(&self, text: &str) -> Entry {
        let mut folded = String::new();
        fold(text, self.line_end, &mut folded);
        Entry::line(&crate::line::strip_controls(text), folded.into_bytes())
    }
}

impl Entry {
    fn other(bytes: &[u8]) -> Self {
        Self { kind: Kind::Other, name: String::new(), text: String::new(), bytes: bytes.to_vec() }
    }

    fn line(text: &str, bytes: Vec<u8>) -> Self {
        match Property::parse(text) {
            Some(property) => Self { kind: Kind::Property, name: property.name, text: text.to_owned(), bytes },
            None => Self { kind: Kind::Other, name: String::new(), text: String::new(), bytes },
        }
    }
}

fn ends(bytes: &[u8]) -> bool {
    bytes.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"END:"))
}

/// The line with another value and without some of its parameters.
pub(super) fn with_value(line: &str, value: &str, without: &[&str]) -> String {
    let Some((name, params, _)) = split(line) else { return line.to_owned() };
    let kept = raw_params(params).filter(|param| {
        let name = param_name(param);
        !name.is_empty() && !without.iter().any(|dropped| dropped.eq_ignore_ascii_case(name))
    });
    let params: String = kept.map(|param| format!(";{param}")).collect();
    format!("{name}{params}:{value}")
}

/// The line with a parameter, given as `;NAME=value`, in place of those of the same name, or without
/// it if that is empty.
pub(super) fn with_param(line: &str, name: &str, new: &str) -> String {
    let Some((head, params, value)) = split(line) else { return line.to_owned() };
    let mut out = head.to_owned();
    let mut new = Some(new);
    for param in raw_params(params).filter(|param| !param.trim().is_empty()) {
        if param_name(param).eq_ignore_ascii_case(name) {
            out += new.take().unwrap_or_default();
        } else {
            out += &format!(";{param}");
        }
    }
    out + new.unwrap_or_default() + ":" + value
}

fn param_name(param: &str) -> &str {
    param.split('=').next().unwrap_or_default().trim()
}
