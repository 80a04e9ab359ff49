//! The checked-in tables of names, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::Zone;

/// One Windows zone.
pub(super) struct Entry {
    pub(super) windows: &'static str,
    /// What Windows shows, such as `(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna`.
    pub(super) label: &'static str,
    pub(super) iana: &'static str,
    /// Further IANA names that stand for the same zone.
    pub(super) others: Vec<&'static str>,
}

struct Tables {
    entries: Vec<Entry>,
    /// Windows names and labels in lower case.
    by_name: HashMap<String, usize>,
    by_iana: HashMap<&'static str, usize>,
    links: HashMap<&'static str, &'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let rows = include_str!("windows.txt").lines().filter(|line| !line.starts_with('#'));
    let entries: Vec<Entry> = rows.filter_map(entry).collect();
    let mut by_name = HashMap::new();
    let mut by_iana = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        by_name.insert(folded(entry.windows), index);
        by_name.insert(folded(entry.label), index);
        // Programs also write the label without its offset.
        by_name.extend(entry.label.split_once(") ").map(|(_, places)| (folded(places), index)));
        by_iana.insert(entry.iana, index);
        by_iana.extend(entry.others.iter().map(|iana| (*iana, index)));
    }
    let links = include_str!("links.txt").lines().filter(|line| !line.starts_with('#'));
    Tables { entries, by_name, by_iana, links: links.filter_map(|line| line.split_once(' ')).collect() }
});

fn entry(line: &'static str) -> Option<Entry> {
    let mut columns = line.split('|');
    Some(Entry {
        windows: columns.next()?,
        label: columns.next()?,
        iana: columns.next()?,
        others: columns.next()?.split(' ').filter(|name| !name.is_empty()).collect(),
    })
}

/// Lower case, single spaces, `UTC` for `GMT` in the offset.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase().replace("(gmt", "(utc")
}

pub(super) fn entries() -> &'static [Entry] {
    &TABLES.entries
}

/// The zone of a Windows name or label.
pub(super) fn by_windows_name(name: &str) -> Option<Zone> {
    let index = *TABLES.by_name.get(&folded(name))?;
    Zone::iana(TABLES.entries[index].iana)
}

/// The Windows name of an IANA name as the database spells it.
pub(super) fn windows_name(iana: &str) -> Option<&'static str> {
    TABLES.by_iana.get(iana).map(|index| TABLES.entries[*index].windows)
}

/// The present name if this is a former one.
pub(super) fn present_name(iana: &str) -> Option<&'static str> {
    TABLES.links.get(iana).copied()
}

/// Zones to compare rules with, the usual ones of their kind first.
pub(crate) fn known_zones() -> impl Iterator<Item = &'static str> {
    const USUAL: [&str; 10] = [
        "Europe/Berlin",
        "Europe/London",
        "Europe/Athens",
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "America/Halifax",
        "Australia/Sydney",
        "Pacific/Auckland",
    ];
    let first = USUAL.into_iter().chain(TABLES.entries.iter().map(|entry| entry.iana));
    first.chain(TABLES.entries.iter().flat_map(|entry| entry.others.iter().copied()))
}
