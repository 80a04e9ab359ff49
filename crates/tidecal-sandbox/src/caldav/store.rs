//! What the fake CalDAV server remembers: homes, calendars, their objects, and what became of them since when.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Everything, by the address of its person.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dav {
    pub(crate) homes: BTreeMap<String, Home>,
    last: u64,
}

/// What one login opens.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    /// Display name of the person.
    pub(crate) name: String,
    /// The app password.
    pub(crate) password: String,
    /// By the last segment of their paths.
    pub(crate) calendars: BTreeMap<String, Calendar>,
}

/// A calendar collection.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    /// A number that no other calendar ever had.
    pub(crate) key: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    /// `#RRGGBBAA`, as Apple's property has it.
    pub(crate) color: String,
    pub(crate) order: usize,
    /// IANA name.
    pub(crate) zone: String,
    /// Kinds of components it takes.
    pub(crate) components: Vec<String>,
    pub(crate) writable: bool,
    /// By the last segment of their paths.
    pub(crate) objects: BTreeMap<String, Object>,
    /// Names of removed objects with the number of the removal.
    gone: BTreeMap<String, u64>,
    /// Number of the last change.
    pub(crate) seq: u64,
    /// Tokens of another generation are not known any more.
    pub(crate) generation: u64,
}

/// A calendar object resource.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) text: String,
    pub(crate) uid: String,
    /// With its quotes.
    pub(crate) etag: String,
    /// Number of the change that made it what it is.
    pub(crate) seq: u64,
    pub(crate) modified: Timestamp,
}

/// One member in an answer to a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) seq: u64,
    pub(crate) file: String,
    /// The object is there (else it was removed).
    pub(crate) there: bool,
}

impl Dav {
    /// A number never given before.
    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(crate) fn calendar(&self, account: &str, calendar: &str) -> Option<&Calendar> {
        self.homes.get(account)?.calendars.get(calendar)
    }

    pub(crate) fn calendar_mut(&mut self, account: &str, calendar: &str) -> Option<&mut Calendar> {
        self.homes.get_mut(account)?.calendars.get_mut(calendar)
    }

    /// Adds a calendar unless one has its segment already.
    pub(crate) fn add_calendar(&mut self, account: &str, segment: &str, name: &str) -> Option<&mut Calendar> {
        let key = self.next();
        let home = self.homes.get_mut(account)?;
        if home.calendars.contains_key(segment) {
            return None;
        }
        let order = home.calendars.len() + 1;
        let calendar = Calendar::new(key, name, order);
        Some(home.calendars.entry(segment.to_owned()).or_insert(calendar))
    }

    /// Stores an object under a new version; answers its `ETag`.
    pub(crate) fn store(
        &mut self,
        account: &str,
        calendar: &str,
        file: &str,
        own: (String, String),
        now: Timestamp,
    ) -> Option<String> {
        let number = self.next();
        let calendar = self.calendar_mut(account, calendar)?;
        calendar.seq += 1;
        calendar.gone.remove(file);
        let (uid, text) = own;
        let etag = format!("\"{:x}-{number:x}\"", text.len());
        let object = Object { text, uid, etag: etag.clone(), seq: calendar.seq, modified: now };
        calendar.objects.insert(file.to_owned(), object);
        Some(etag)
    }

    /// Ends the state behind all sync tokens.
    pub(crate) fn expire_tokens(&mut self) {
        for calendar in self.homes.values_mut().flat_map(|home| home.calendars.values_mut()) {
            calendar.generation += 1;
        }
    }
}

impl Calendar {
    fn new(key: u64, name: &str, order: usize) -> Self {
        Self {
            key,
            name: name.to_owned(),
            description: String::new(),
            color: String::new(),
            order,
            zone: String::new(),
            components: vec!["VEVENT".to_owned()],
            writable: true,
            objects: BTreeMap::new(),
            gone: BTreeMap::new(),
            seq: 0,
            generation: 1,
        }
    }

    pub(crate) fn remove(&mut self, file: &str) -> Option<Object> {
        let object = self.objects.remove(file)?;
        self.seq += 1;
        self.gone.insert(file.to_owned(), self.seq);
        Some(object)
    }

    /// The token of everything up to a change (RFC 6578 4).
    pub(crate) fn token(&self, seq: u64) -> String {
        format!("{}{seq}", self.token_stem())
    }

    fn token_stem(&self) -> String {
        format!("http://sandbox.example.com/ns/sync/{}.{}.", self.key, self.generation)
    }

    /// Number of the change that a token stands for; `None`: it is none of this calendar's.
    pub(crate) fn read_token(&self, token: &str) -> Option<u64> {
        let rest = token.strip_prefix(&self.token_stem())?;
        rest.parse().ok().filter(|seq| *seq <= self.seq)
    }

    pub(crate) fn ctag(&self) -> String {
        format!("{}-{}", self.key, self.seq)
    }

    /// What became of the members after a change, in order. From the beginning nothing is removed.
    pub(crate) fn since(&self, seq: u64) -> Vec<Change> {
        let there =
            self.objects.iter().map(|(file, object)| Change { seq: object.seq, file: file.clone(), there: true });
        let gone = self.gone.iter().map(|(file, seq)| Change { seq: *seq, file: file.clone(), there: false });
        let mut changes: Vec<Change> =
            there.chain(gone.filter(|_| seq > 0)).filter(|change| change.seq > seq).collect();
        changes.sort_by_key(|change| change.seq);
        changes
    }

    /// The object of that UID.
    pub(crate) fn file_of(&self, uid: &str) -> Option<&str> {
        self.objects.iter().find(|(_, object)| object.uid == uid).map(|(file, _)| file.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_tell_what_became_of_each_member_since() {
        let mut dav = Dav::default();
        let home = Home { name: "Ada".to_owned(), password: String::new(), calendars: BTreeMap::new() };
        dav.homes.insert("ada".to_owned(), home);
        dav.add_calendar("ada", "work", "Work").unwrap();
        assert!(dav.add_calendar("ada", "work", "Again").is_none());
        let put = |dav: &mut Dav, file: &str| {
            dav.store("ada", "work", file, (file.to_owned(), "x".to_owned()), Timestamp::UNIX_EPOCH).unwrap()
        };
        let first = put(&mut dav, "a");
        put(&mut dav, "b");
        let token = dav.calendar("ada", "work").unwrap().token(2);
        assert_ne!(put(&mut dav, "a"), first);
        put(&mut dav, "c");
        let work = dav.calendar_mut("ada", "work").unwrap();
        work.remove("b").unwrap();
        work.remove("c").unwrap();
        let seen = |changes: Vec<Change>| changes.into_iter().map(|it| (it.file, it.there)).collect::<Vec<_>>();
        let since = seen(work.since(work.read_token(&token).unwrap()));
        let expected = [("a", true), ("b", false), ("c", false)].map(|(file, there)| (file.to_owned(), there));
        assert_eq!(since, expected, "also what came and went in between is removed");
        assert_eq!(seen(work.since(0)), expected[..1]);
        work.generation += 1;
        assert_eq!(work.read_token(&token), None);
    }
}
