//! Time zones as the vendor names them: Windows names first, IANA names understood.
//!
//! The table is an extract of CLDR 48.2 (`windowsZones.json`): 139 Windows names, 445 IANA ids.

use jiff::tz::TimeZone;

static TABLE: &str = include_str!("windows_zones.txt");

/// Today's IANA names whose older spelling stands in CLDR's table.
const RENAMED: [(&str, &str); 19] = [
    ("America/Argentina/Buenos_Aires", "America/Buenos_Aires"),
    ("America/Argentina/Catamarca", "America/Catamarca"),
    ("America/Argentina/Cordoba", "America/Cordoba"),
    ("America/Argentina/Jujuy", "America/Jujuy"),
    ("America/Argentina/Mendoza", "America/Mendoza"),
    ("America/Atikokan", "America/Coral_Harbour"),
    ("America/Indiana/Indianapolis", "America/Indianapolis"),
    ("America/Kentucky/Louisville", "America/Louisville"),
    ("America/Nuuk", "America/Godthab"),
    ("Africa/Asmara", "Africa/Asmera"),
    ("Asia/Ho_Chi_Minh", "Asia/Saigon"),
    ("Asia/Kathmandu", "Asia/Katmandu"),
    ("Asia/Kolkata", "Asia/Calcutta"),
    ("Asia/Yangon", "Asia/Rangoon"),
    ("Atlantic/Faroe", "Atlantic/Faeroe"),
    ("Europe/Kyiv", "Europe/Kiev"),
    ("Pacific/Chuuk", "Pacific/Truk"),
    ("Pacific/Kanton", "Pacific/Enderbury"),
    ("Pacific/Pohnpei", "Pacific/Ponape"),
];

/// A zone with the name it is shown by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Zone {
    pub(crate) name: String,
    pub(crate) tz: TimeZone,
}

/// (Windows name, its main IANA zone, all its IANA ids).
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (name, rest) = line.split_once('|')?;
        let (main, all) = rest.split_once('|')?;
        Some((name, main, all))
    })
}

/// All Windows names.
pub(crate) fn windows_names() -> impl Iterator<Item = &'static str> {
    rows().map(|(name, _, _)| name)
}

/// The Windows name of an IANA zone.
pub(crate) fn windows_name(iana: &str) -> Option<&'static str> {
    let iana = RENAMED.iter().find(|(new, _)| *new == iana).map_or(iana, |(_, old)| old);
    if matches!(iana, "UTC" | "Etc/UTC" | "Etc/GMT") {
        return Some("UTC");
    }
    rows().find(|(_, _, all)| all.split(' ').any(|own| own == iana)).map(|(name, _, _)| name)
}

impl Zone {
    pub(crate) fn utc() -> Self {
        Self { name: "UTC".to_owned(), tz: TimeZone::UTC }
    }

    /// The zone of that name, Windows or IANA, under the name given; `None` for a name that the vendor refuses.
    pub(crate) fn read(name: &str) -> Option<Self> {
        if matches!(name, "UTC" | "tzone://Microsoft/Utc" | "Coordinated Universal Time") {
            return Some(Self { name: name.to_owned(), tz: TimeZone::UTC });
        }
        let windows = rows().find(|(own, _, _)| own.eq_ignore_ascii_case(name));
        let iana = match windows {
            Some((_, main, _)) => main,
            // a bare abbreviation or a path is no zone name to the vendor
            None if name.contains('/') => name,
            None => return None,
        };
        let name = windows.map_or(name, |(own, _, _)| own).to_owned();
        Some(Self { name, tz: TimeZone::get(iana).ok()? })
    }

    /// The same zone under its Windows name, where it has one.
    pub(crate) fn in_windows_words(mut self) -> Self {
        if let Some(name) = windows_name(&self.name) {
            self.name = name.to_owned();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_windows_name_is_read_and_every_iana_id_has_one() {
        assert_eq!(windows_names().count(), 139);
        for (name, main, all) in rows() {
            let zone = Zone::read(name).unwrap_or_else(|| panic!("{name} is not read"));
            assert_eq!(zone.name, name);
            assert_eq!(windows_name(main), Some(name));
            for id in all.split(' ') {
                assert!(windows_name(id).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn iana_names_of_today_are_understood_and_nonsense_is_not() {
        let kyiv = Zone::read("Europe/Kyiv").unwrap();
        assert_eq!(kyiv.name, "Europe/Kyiv");
        assert_eq!(kyiv.in_windows_words().name, "FLE Standard Time");
        assert_eq!(Zone::read("Mars/Base"), None);
        assert_eq!(Zone::read("CET"), None);
        assert_eq!(Zone::read(""), None);
    }
}
