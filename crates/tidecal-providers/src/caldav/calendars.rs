//! The calendars of an account.

use std::collections::HashSet;

use tidecal_core::remote::{AccessRole, Failure, FailureClass, PermanentScope, RemoteCalendar};
use url::Url;

use super::multistatus::Response;
use super::requests::{self, CALENDAR};
use super::session::Session;
use super::xml::{Element, Ns};
use super::{errors, href, person, trust};

/// Last path segments under which servers keep the calendar that an account begins with.
const FIRST_CALENDARS: [&str; 6] = ["personal", "default", "calendar", "home", "events", "main"];

/// All calendars that can hold events, in the server's order, the main one first.
pub(super) async fn fetch(session: &Session<'_>, base: &Url) -> Result<Vec<RemoteCalendar>, Failure> {
    let (person, at) = person::find(session, base).await?;
    if let (true, Some(host)) = (person.homes.is_empty(), &person.foreign) {
        return Err(errors::foreign_host(host));
    }
    let homes = if person.homes.is_empty() { vec![at] } else { person.homes };
    let mut found: Vec<Found> = Vec::new();
    let mut seen = HashSet::new();
    for home in homes {
        let outgoing = requests::propfind(home, "1", CALENDAR);
        let (answer, multistatus) = session.ask(&outgoing, PermanentScope::Account).await?;
        let calendars = multistatus.responses.iter().filter_map(|response| read(base, &answer.url, response));
        found.extend(calendars.filter(|found| seen.insert(found.calendar.id.clone())));
    }
    Ok(sorted(found))
}

/// Where a calendar is, by the id that [`fetch`] gave it.
pub(super) fn url_of(base: &Url, id: &str) -> Result<Url, Failure> {
    let url = href::resolve(base, id).unwrap_or_else(|| href::at_path(base, id));
    if trust::may_receive(base, &url) { Ok(url) } else { Err(errors::foreign_host(url.host_str().unwrap_or_default())) }
}

/// Whether a reading says that there is no calendar at its address.
pub(super) fn is_missing(failure: &Failure) -> bool {
    failure.class == FailureClass::Permanent(PermanentScope::Calendar) && matches!(failure.http_status, Some(404 | 410))
}

/// What a missing calendar means: the account's list is asked before it is declared gone. A server that
/// still lists it, or cannot answer, is in trouble that may pass.
pub(super) async fn looked_up(session: &Session<'_>, base: &Url, id: &str, missing: Failure) -> Failure {
    let listed = match fetch(session, base).await {
        Ok(listed) => listed,
        Err(failure) if matches!(failure.class, FailureClass::Permanent(_)) => return missing,
        Err(failure) => return failure,
    };
    let key = |id: &str| href::key(&href::normal(id));
    if listed.iter().any(|calendar| key(&calendar.id) == key(id)) {
        let detail = format!("{}, and the server still lists the calendar", missing.detail);
        return Failure { class: FailureClass::Transient, detail, remedy: None, ..missing };
    }
    // Its objects have other addresses there: following it silently would look like so many deletions.
    match listed.iter().find(|calendar| last_segment(&calendar.id) == last_segment(id)) {
        Some(moved) => missing.remedy(format!("The server now has this calendar at {}: connect it again.", moved.id)),
        None => missing,
    }
}

struct Found {
    calendar: RemoteCalendar,
    order: i64,
}

/// By the order that the person gave them; the main one is the one that is named like one.
fn sorted(mut found: Vec<Found>) -> Vec<RemoteCalendar> {
    found.sort_by_key(|found| found.order);
    let rank = |found: &Found| FIRST_CALENDARS.iter().position(|name| last_segment(&found.calendar.id) == *name);
    let main = if found.len() == 1 {
        Some(0)
    } else {
        (0..found.len()).filter_map(|at| Some((rank(&found[at])?, at))).min().map(|(_, at)| at)
    };
    if let Some(main) = main {
        found[main].calendar.primary = true;
        found[..=main].rotate_right(1);
    }
    found.into_iter().map(|found| found.calendar).collect()
}

fn read(base: &Url, home: &Url, response: &Response) -> Option<Found> {
    let types = response.prop(Ns::Dav, "resourcetype")?;
    let is_calendar = types.child(Ns::Caldav, "calendar").is_some();
    // Copies of feeds (their source is better), and Nextcloud's bin.
    let hidden = types.children.iter().any(|it| matches!(it.name.as_str(), "subscribed" | "deleted-calendar"));
    if !is_calendar || hidden || !holds_events(response) {
        return None;
    }
    let url = href::resolve(home, &response.href).filter(|url| trust::may_receive(base, url))?;
    let path = href::normal(url.path());
    let name = response.text(Ns::Dav, "displayname").map(str::to_owned);
    let calendar = RemoteCalendar {
        name: name.unwrap_or_else(|| String::from_utf8_lossy(&href::key(last_segment(&path))).into_owned()),
        id: if url.origin() == base.origin() { path } else { href::at_path(&url, &path).to_string() },
        description: response.text(Ns::Caldav, "calendar-description").unwrap_or_default().to_owned(),
        color: response.text(Ns::Apple, "calendar-color").and_then(color),
        zone: zone(response),
        access: access(response.prop(Ns::Dav, "current-user-privilege-set")),
        primary: false,
    };
    let order = response.text(Ns::Apple, "calendar-order").and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
    Some(Found { calendar, order })
}

fn last_segment(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Absent means any component (RFC 4791 5.2.3).
fn holds_events(response: &Response) -> bool {
    response.prop(Ns::Caldav, "supported-calendar-component-set").is_none_or(|set| {
        let mut names = set.all(Ns::Caldav, "comp").filter_map(|comp| comp.label.as_deref()).peekable();
        names.peek().is_none() || names.any(|name| name.eq_ignore_ascii_case("VEVENT"))
    })
}

/// `#RRGGBB` or `#RRGGBBAA`.
fn color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#')?;
    let hex = matches!(digits.len(), 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| format!("#{}", digits[..6].to_ascii_lowercase()))
}

fn zone(response: &Response) -> Option<String> {
    let named = response.text(Ns::Caldav, "calendar-timezone-id").map(str::to_owned);
    let id = named.or_else(|| tzid(response.text(Ns::Caldav, "calendar-timezone")?))?;
    crate::icalendar::zone_name(&id)
}

/// TZID of the one VTIMEZONE that the property holds.
fn tzid(text: &str) -> Option<String> {
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    unfolded.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.split(';').next()?.eq_ignore_ascii_case("TZID").then(|| value.trim().to_owned())
    })
}

/// RFC 3744 5.4. A server that does not say is assumed to let its owner write.
fn access(privileges: Option<&Element>) -> AccessRole {
    let Some(set) = privileges else { return AccessRole::Writer };
    let granted: Vec<&str> = set
        .all(Ns::Dav, "privilege")
        .flat_map(|privilege| privilege.children.iter().map(|it| it.name.as_str()))
        .collect();
    let has = |wanted: &[&str]| granted.iter().any(|it| wanted.contains(it));
    if granted.is_empty() || has(&["all", "write", "write-content"]) {
        AccessRole::Writer
    } else if !has(&["read"]) && has(&["read-free-busy"]) {
        AccessRole::FreeBusy
    } else {
        AccessRole::Reader
    }
}

#[cfg(test)]
mod tests {
    use super::super::multistatus::multistatus;
    use super::*;

    fn list(base: &str, body: &str) -> Vec<RemoteCalendar> {
        let base = Url::parse(base).unwrap();
        let multistatus = multistatus(body.as_bytes()).unwrap();
        sorted(multistatus.responses.iter().filter_map(|response| read(&base, &base, response)).collect())
    }

    #[test]
    fn nextclouds_home_gives_its_calendars_and_nothing_else() {
        let entry = |path: &str, types: &str, more: &str| {
            format!(
                "<d:response><d:href>/remote.php/dav/calendars/ada/{path}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>{types}</d:resourcetype>{more}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            )
        };
        let calendar = "<c:calendar/>";
        let body = format!(
            "<d:multistatus xmlns:d='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav' xmlns:cs='http://calendarserver.org/ns/' xmlns:a='http://apple.com/ns/ical/' xmlns:nc='http://nextcloud.com/ns'>{}{}{}{}{}{}{}</d:multistatus>",
            entry("", "", ""),
            entry("inbox/", "<c:schedule-inbox/>", ""),
            entry(
                "team/",
                calendar,
                "<d:displayname>Team</d:displayname><a:calendar-order>2</a:calendar-order><d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>"
            ),
            entry(
                "personal/",
                calendar,
                "<d:displayname>Personal</d:displayname><a:calendar-color>#0082C9FF</a:calendar-color><a:calendar-order>5</a:calendar-order><c:calendar-timezone>BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Vien\r\n na\r\nEND:VTIMEZONE\r\nEND:VCALENDAR</c:calendar-timezone>"
            ),
            entry(
                "tasks/",
                calendar,
                "<c:supported-calendar-component-set><c:comp name='VTODO'/></c:supported-calendar-component-set>"
            ),
            entry("old/", &format!("{calendar}<nc:deleted-calendar/>"), ""),
            entry("feed/", &format!("{calendar}<cs:subscribed/>"), ""),
        );
        let calendars = list("https://cloud.example.com/remote.php/dav/principals/users/ada/", &body);
        let ids: Vec<&str> = calendars.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["/remote.php/dav/calendars/ada/personal/", "/remote.php/dav/calendars/ada/team/"]);
        assert!(calendars[0].primary && !calendars[1].primary);
        assert_eq!(calendars[0].color.as_deref(), Some("#0082c9"));
        assert_eq!(calendars[0].zone.as_deref(), Some("Europe/Vienna"));
        assert_eq!((calendars[0].access, calendars[1].access), (AccessRole::Writer, AccessRole::Reader));
    }

    #[test]
    fn a_calendar_on_a_partition_host_keeps_its_host() {
        // The shape of iCloud: whole addresses with a port, on another host than the principal.
        let body = "<multistatus xmlns='DAV:'><response><href>https://p42-caldav.icloud.com:443/1/calendars/home/</href><propstat><prop><resourcetype><collection/><calendar xmlns='urn:ietf:params:xml:ns:caldav'/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response><response><href>https://evil.example.org/1/</href><propstat><prop><resourcetype><collection/><calendar xmlns='urn:ietf:params:xml:ns:caldav'/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>";
        let base = "https://caldav.icloud.com/1/principal/";
        let calendars = list(base, body);
        assert_eq!(calendars.len(), 1, "{calendars:?}");
        assert_eq!(calendars[0].id, "https://p42-caldav.icloud.com/1/calendars/home/");
        assert_eq!(calendars[0].name, "home");
        let base = Url::parse(base).unwrap();
        assert_eq!(url_of(&base, &calendars[0].id).unwrap().host_str(), Some("p42-caldav.icloud.com"));
        assert!(url_of(&base, "https://evil.example.org/1/").is_err());
        assert_eq!(url_of(&base, "/1/calendars/x/").unwrap().as_str(), "https://caldav.icloud.com/1/calendars/x/");
    }

    #[test]
    fn colors_are_six_digits() {
        assert_eq!(color("#AABBCC").as_deref(), Some("#aabbcc"));
        for text in ["red", "#abc", "#gggggg", "AABBCC", "#ääääää"] {
            assert_eq!(color(text), None, "{text}");
        }
    }
}
