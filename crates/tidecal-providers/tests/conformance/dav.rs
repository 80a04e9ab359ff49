//! CalDAV: any server, edited by plain HTTP.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::civil::DateTime;
use serde_json::json;
use tidecal_http::Transport;
use tidecal_providers::caldav::Caldav;
use tidecal_providers::{Access, Adapter};
use url::Url;

use crate::bench::{Bench, transport_of_tests};
use crate::peer::{Draft, Peer, Spelling};
use crate::servers::Server;

/// A server and what was stored there, because a series and its exceptions are one resource.
pub(crate) struct Dav {
    server: Server,
    hand: Transport,
    stored: Mutex<BTreeMap<(String, String), Series>>,
}

#[derive(Clone)]
struct Series {
    draft: Draft,
    until: Option<DateTime>,
    moved: Vec<(DateTime, DateTime, String)>,
    cancelled: Vec<DateTime>,
}

impl Dav {
    pub(crate) fn at(server: Server) -> Self {
        let hand = transport_of_tests(&format!("http://{}", server.address));
        Self { server, hand, stored: Mutex::default() }
    }

    async fn request(&self, method: &str, path: &str, body: String) {
        let login = STANDARD.encode(format!("{}:pw-{}", self.server.login, self.server.login));
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.server.address))
            // A connection that is used again may be one that the server is about to close.
            .header("connection", "close")
            .header("authorization", format!("Basic {login}"))
            .header("content-type", if method == "PUT" { "text/calendar; charset=utf-8" } else { "application/xml" });
        let answer = self.hand.send(request.body(Bytes::from(body)).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        // Cyrus removes a calendar and answers that it is not there.
        let removed = method == "DELETE" && path.ends_with('/') && status == 404;
        assert!(removed || (200..300).contains(&status), "{method} {path}: {status} {:?}", answer.body());
    }

    async fn store(&self, calendar: &str, uid: &str) {
        let series = self.stored.lock().unwrap()[&(calendar.to_owned(), uid.to_owned())].clone();
        self.request("PUT", &format!("{calendar}{uid}.ics"), ics(&unique(calendar, uid), &series)).await;
    }

    fn change(&self, calendar: &str, uid: &str, edit: impl FnOnce(&mut Series)) {
        edit(self.stored.lock().unwrap().get_mut(&(calendar.to_owned(), uid.to_owned())).unwrap());
    }
}

/// Some servers (Cyrus) want UIDs unique over all calendars of a person.
fn unique(calendar: &str, uid: &str) -> String {
    format!("{uid}@{}", calendar.trim_matches('/').replace('/', "."))
}

fn text(title: &str) -> String {
    title.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;")
}

fn vevent(uid: &str, start: DateTime, zone: &str, title: &str, more: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261121T100000Z\r\nDTSTART;TZID={zone}:{}\r\nDURATION:PT30M\r\nSUMMARY:{}\r\n{more}END:VEVENT\r\n",
        start.strftime("%Y%m%dT%H%M%S"),
        text(title)
    )
}

fn ics(uid: &str, series: &Series) -> String {
    let Series { draft, until, moved, cancelled } = series;
    let at = |slot: &DateTime| format!(";TZID={}:{}", draft.zone, slot.strftime("%Y%m%dT%H%M%S"));
    let mut more = String::new();
    if !draft.rule.is_empty() {
        let rule = match until {
            None => draft.rule.clone(),
            // The day before, in UTC, as the standard wants it.
            Some(slot) => {
                let freq = draft.rule.split(';').next().unwrap();
                format!("{freq};UNTIL={}", slot.strftime("%Y%m%dT000000Z"))
            }
        };
        more.push_str(&format!("RRULE:{rule}\r\n"));
    }
    cancelled.iter().for_each(|slot| more.push_str(&format!("EXDATE{}\r\n", at(slot))));
    let mut events = vevent(uid, draft.start, draft.zone, &draft.title, &more);
    for (slot, to, title) in moved {
        events.push_str(&vevent(uid, *to, draft.zone, title, &format!("RECURRENCE-ID{}\r\n", at(slot))));
    }
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n{}{events}END:VCALENDAR\r\n",
        vtimezone(draft.zone)
    )
}

/// Rules that hold in 2026 and 2027, all that the drafts need.
fn vtimezone(zone: &str) -> String {
    let (standard, daylight) = if zone == "Europe/Vienna" { ("+0100", "+0200") } else { ("+1245", "+1345") };
    format!(
        "BEGIN:VTIMEZONE\r\nTZID:{zone}\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:{daylight}\r\nTZOFFSETTO:{standard}\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZOFFSETFROM:{standard}\r\nTZOFFSETTO:{daylight}\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
    )
}

#[async_trait]
impl Peer for Dav {
    fn upstream(&self) -> String {
        self.server.address.clone()
    }

    async fn connect(&self, origin: &str, transport: Transport) -> (Box<dyn Adapter>, Access) {
        let password = format!("pw-{}", self.server.login).into();
        let caldav = Caldav::new(transport);
        let found = caldav.discover(origin, self.server.login, &password).await.unwrap();
        let base: Url = found.base;
        assert!(base.as_str().starts_with(origin), "{base}");
        (Box::new(caldav), Access::Password { base, username: found.username, password })
    }

    fn wrong(&self, access: &Access) -> Option<Access> {
        let Access::Password { base, username, .. } = access else { panic!() };
        let password = "canary-secret".to_owned().into();
        let wrong = Access::Password { base: base.clone(), username: username.clone(), password };
        self.server.has_logins.then_some(wrong)
    }

    fn person(&self) -> &str {
        self.server.person
    }

    fn spelling(&self) -> Spelling {
        Spelling { christmas_at_ten: "20261224T10" }
    }

    async fn calendar(&self, name: &str) -> String {
        let path = format!("{}{name}/", self.server.home);
        let body = format!(
            "<c:mkcalendar xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:set><d:prop><d:displayname>{name}</d:displayname><c:supported-calendar-component-set><c:comp name=\"VEVENT\"/></c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>"
        );
        self.request("MKCALENDAR", &path, body).await;
        path
    }

    async fn remove_calendar(&self, calendar: &str) {
        self.request("DELETE", calendar, String::new()).await;
    }

    async fn forbidden(&self) -> Option<String> {
        self.server.forbidden.map(str::to_owned)
    }

    async fn put(&self, calendar: &str, draft: &Draft) {
        let series = Series { draft: draft.clone(), until: None, moved: Vec::new(), cancelled: Vec::new() };
        self.stored.lock().unwrap().insert((calendar.to_owned(), draft.uid.clone()), series);
        self.store(calendar, &draft.uid).await;
    }

    async fn delete(&self, calendar: &str, uid: &str) {
        self.request("DELETE", &format!("{calendar}{uid}.ics"), String::new()).await;
    }

    async fn move_occurrence(&self, calendar: &str, uid: &str, slot: DateTime, to: DateTime, title: &str) {
        self.change(calendar, uid, |series| series.moved.push((slot, to, title.to_owned())));
        self.store(calendar, uid).await;
    }

    async fn cancel_occurrence(&self, calendar: &str, uid: &str, slot: DateTime) {
        self.change(calendar, uid, |series| series.cancelled.push(slot));
        self.store(calendar, uid).await;
    }

    async fn split(&self, calendar: &str, uid: &str, slot: DateTime, title: &str) {
        self.change(calendar, uid, |series| series.until = Some(slot));
        self.store(calendar, uid).await;
        let freq = self.stored.lock().unwrap()[&(calendar.to_owned(), uid.to_owned())].draft.rule.clone();
        let freq = freq.split(';').next().unwrap().to_owned();
        let draft = Draft { start: slot, ..Draft::new(&format!("{uid}rest"), "2026-12-21T08:00") };
        self.put(calendar, &draft.titled(title).repeating(&format!("{freq};COUNT=2"))).await;
    }

    async fn forget_cursors(&self, bench: &Bench) {
        bench.expire_tokens().await;
    }

    async fn page_by(&self, bench: &Bench, size: usize) {
        bench.temper(json!({"pageSize": size})).await;
    }
}
