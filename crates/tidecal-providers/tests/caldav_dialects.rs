//! The CalDAV adapter against what servers of many makes say: paging, stale tokens, missing
//! reports, omitted objects, Digest, web pages.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/scripted.rs"]
mod scripted;

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use scripted::{Reply, Scripted, found, is_multiget, multistatus, reply, transport};
use secrecy::SecretString;
use tidecal_core::policy::Window;
use tidecal_core::remote::{
    Content, Cursor, Failure, FailureClass, ItemRef, Next, Page, PageQuery, PageToken, PermanentScope, QuietWrite,
    Reading, RemoteChange,
};
use tidecal_providers::caldav::Caldav;
use tidecal_providers::{Access, Adapter as _};
use url::Url;

const CALENDAR: &str = "/cal/ada/work/";

fn access(origin: &str) -> Access {
    Access::Password {
        base: Url::parse(&format!("{origin}/cal/ada/")).unwrap(),
        username: "ada@example.com".into(),
        password: SecretString::from("canary"),
    }
}

struct Client {
    adapter: Caldav,
    access: Access,
}

impl Client {
    fn of(server: &Scripted) -> Self {
        Self { adapter: Caldav::new(transport(&[&server.origin])), access: access(&server.origin) }
    }

    async fn page(&self, reading: Reading, token: Option<PageToken>) -> Result<Page, Failure> {
        self.adapter.fetch_page(&self.access, CALENDAR, &PageQuery { reading, token, window: Window::EVERYTHING }).await
    }

    async fn full(&self) -> Result<Page, Failure> {
        self.page(Reading::Full { lower: Timestamp::MIN }, None).await
    }

    async fn delta(&self, cursor: &str) -> Result<Page, Failure> {
        self.page(Reading::Delta { cursor: Cursor(cursor.into()) }, None).await
    }

    async fn items(&self, names: &[&str]) -> Result<Vec<RemoteChange>, Failure> {
        let items: Vec<_> =
            names.iter().map(|name| ItemRef { id: format!("{CALENDAR}{name}"), version: String::new() }).collect();
        self.adapter.fetch_items(&self.access, CALENDAR, &items).await
    }
}

fn listed(name: &str, version: &str) -> String {
    found(&format!("{CALENDAR}{name}"), &format!("<d:getetag>&quot;{version}&quot;</d:getetag>"))
}

const SYNCS: &str = "<d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report></d:supported-report-set>";

/// What a calendar says of itself.
fn marks(more: &str) -> Reply {
    let props = format!("<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>{more}");
    multistatus(&found(CALENDAR, &props))
}

fn ics(uid: &str, title: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20261123T090000Z\r\nSUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn data(name: &str, body: &str) -> String {
    let props = format!("<d:getetag>\"1\"</d:getetag><c:calendar-data><![CDATA[{body}]]></c:calendar-data>");
    found(&format!("{CALENDAR}{name}"), &props)
}

fn stale(status: u16) -> Reply {
    reply(status, "<x:error xmlns:x='DAV:'><x:valid-sync-token/></x:error>")
}

fn title(change: &RemoteChange) -> &str {
    let RemoteChange::Series(series) = change else { panic!("{change:?}") };
    let Content::Event(event) = &series.components[0].content else { panic!("{series:?}") };
    &event.title
}

#[tokio::test]
async fn a_listing_in_parts_is_continued_to_its_end() {
    const MORE: &str = "<d:response><d:href>/cal/ada/work/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status><d:error><d:number-of-matches-within-limits/></d:error></d:response>";
    let server = Scripted::start(|asked| match asked.method.as_str() {
        "PROPFIND" => marks(SYNCS),
        _ if asked.body.contains("<d:sync-token></d:sync-token>") => {
            multistatus(&format!("{}{MORE}<d:sync-token>p1</d:sync-token>", listed("a.ics", "1")))
        }
        _ if asked.body.contains(">p1<") => {
            multistatus(&format!("{}<d:sync-token>end</d:sync-token>", listed("b.ics", "2")))
        }
        _ => multistatus(&format!("{MORE}<d:sync-token>loop</d:sync-token>")),
    })
    .await;
    let client = Client::of(&server);
    let first = client.full().await.unwrap();
    let Next::Page(token) = first.next else { panic!("{first:?}") };
    let second = client.page(Reading::Full { lower: Timestamp::MIN }, Some(token)).await.unwrap();
    assert_eq!(second.next, Next::Done(Cursor("1:sync:end".into())));
    assert_eq!((first.changes.len(), second.changes.len()), (1, 1));
    let reports: Vec<_> = server.take().into_iter().filter(|asked| asked.method == "REPORT").collect();
    assert!(reports.iter().all(|asked| asked.depth.as_deref() == Some("0") && asked.path == CALENDAR));
    let circle = client.delta("1:sync:loop").await.unwrap_err();
    assert_eq!(circle.class, FailureClass::Transient, "{circle:?}");
}

#[tokio::test]
async fn a_stale_token_is_understood_in_every_dialect() {
    for status in [403, 409, 412, 400] {
        let server = Scripted::start(move |_| stale(status)).await;
        let lost = Client::of(&server).delta("1:sync:old").await.unwrap_err();
        assert_eq!(lost.class, FailureClass::CursorLost, "{status}");
    }
    for status in [400, 409, 410, 412] {
        let server = Scripted::start(move |_| reply(status, "Bad token")).await;
        let lost = Client::of(&server).delta("1:sync:old").await.unwrap_err();
        assert_eq!(lost.class, FailureClass::CursorLost, "{status} without an element");
    }
    let server = Scripted::start(|_| reply(403, "<error xmlns='DAV:'><need-privileges/></error>")).await;
    let denied = Client::of(&server).delta("1:sync:old").await.unwrap_err();
    assert_eq!(denied.class, FailureClass::Permanent(PermanentScope::Calendar), "lost access is no lost token");
}

#[tokio::test]
async fn a_delta_without_changes_is_one_small_request() {
    let server = Scripted::start(|_| multistatus("<d:sync-token>t</d:sync-token>")).await;
    let page = Client::of(&server).delta("1:sync:t").await.unwrap();
    assert_eq!((page.changes, page.next), (vec![], Next::Done(Cursor("1:sync:t".into()))));
    let asked = server.take();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].body.len() < 300, "{} bytes", asked[0].body.len());
}

#[tokio::test]
async fn a_collection_tag_stands_in_for_tokens() {
    let tag = std::sync::Arc::new(AtomicUsize::new(1));
    let served = std::sync::Arc::clone(&tag);
    let server = Scripted::start(move |asked| match asked.depth.as_deref() {
        Some("0") => marks(&format!("<cs:getctag>t{}</cs:getctag>", served.load(Ordering::Relaxed))),
        _ => multistatus(&format!(
            "{}{}{}{}",
            found(CALENDAR, "<d:getetag>\"c\"</d:getetag>"),
            listed("a.ics", "1"),
            found(
                &format!("{CALENDAR}todo.ics"),
                "<d:getetag>\"2\"</d:getetag><d:getcontenttype>text/calendar; component=vtodo</d:getcontenttype>"
            ),
            found(&format!("{CALENDAR}folder"), "<d:resourcetype><d:collection/></d:resourcetype>"),
        )),
    })
    .await;
    let client = Client::of(&server);
    let page = client.full().await.unwrap();
    let item = ItemRef { id: format!("{CALENDAR}a.ics"), version: "\"1\"".into() };
    assert_eq!((page.changes, page.next), (vec![RemoteChange::Listed(item)], Next::Done(Cursor("1:ctag:t1".into()))));
    server.take();
    let quiet = client.delta("1:ctag:t1").await.unwrap();
    assert_eq!((quiet.changes, quiet.next), (vec![], Next::Done(Cursor("1:ctag:t1".into()))));
    assert_eq!(server.take().len(), 1);
    tag.store(2, Ordering::Relaxed);
    assert_eq!(client.delta("1:ctag:t1").await.unwrap_err().class, FailureClass::CursorLost);
}

#[tokio::test]
async fn without_tokens_and_tags_the_listing_itself_tells() {
    let version = std::sync::Arc::new(AtomicUsize::new(1));
    let served = std::sync::Arc::clone(&version);
    let server = Scripted::start(move |asked| match asked.depth.as_deref() {
        Some("0") => marks(""),
        _ => multistatus(&listed("a.ics", &served.load(Ordering::Relaxed).to_string())),
    })
    .await;
    let client = Client::of(&server);
    let Next::Done(Cursor(cursor)) = client.full().await.unwrap().next else { panic!() };
    assert!(cursor.starts_with("1:list:"));
    assert!(client.delta(&cursor).await.unwrap().changes.is_empty());
    version.store(2, Ordering::Relaxed);
    assert_eq!(client.delta(&cursor).await.unwrap_err().class, FailureClass::CursorLost);
}

#[tokio::test]
async fn a_report_that_is_announced_but_not_served_is_replaced_by_a_listing() {
    for status in [400, 403, 405, 415, 501, 507] {
        let server = Scripted::start(move |asked| match (asked.method.as_str(), asked.depth.as_deref()) {
            ("REPORT", _) => reply(status, ""),
            (_, Some("0")) => marks(&format!("{SYNCS}<cs:getctag>t</cs:getctag>")),
            _ => multistatus(&listed("a.ics", "1")),
        })
        .await;
        let page = Client::of(&server).full().await.unwrap();
        assert_eq!((page.changes.len(), page.next), (1, Next::Done(Cursor("1:ctag:t".into()))), "{status}");
    }
    for (status, class) in [(401, FailureClass::Auth), (429, FailureClass::RateLimited), (502, FailureClass::Transient)]
    {
        let server = Scripted::start(move |asked| match asked.method.as_str() {
            "REPORT" => reply(status, ""),
            _ => marks(SYNCS),
        })
        .await;
        assert_eq!(Client::of(&server).full().await.unwrap_err().class, class, "{status}");
    }
}

#[tokio::test]
async fn half_a_listing_is_not_taken_for_the_whole() {
    let server = Scripted::start(|asked| match asked.depth.as_deref() {
        Some("0") => marks("<cs:getctag>t</cs:getctag>"),
        _ => multistatus(&format!(
            "{}<d:response><d:href>{CALENDAR}</d:href><d:status>HTTP/1.1 507 X</d:status></d:response>",
            listed("a.ics", "1")
        )),
    })
    .await;
    assert!(Client::of(&server).full().await.is_err());
    let server = Scripted::start(|asked| match asked.depth.as_deref() {
        Some("0") => marks("<cs:getctag>t</cs:getctag>"),
        _ => {
            let mut cut = multistatus(&listed("a.ics", "1").repeat(3));
            cut.body.truncate(cut.body.len() - 60);
            cut
        }
    })
    .await;
    assert_eq!(Client::of(&server).full().await.unwrap_err().class, FailureClass::Transient);
}

#[tokio::test]
async fn objects_that_a_report_leaves_out_are_asked_for_one_by_one() {
    let server = Scripted::start(|asked| match (asked.method.as_str(), asked.path.rsplit('/').next().unwrap()) {
        ("REPORT", _) => multistatus(&format!(
            "{}<d:response><d:href>{CALENDAR}gone.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>",
            // Spelled otherwise than asked for.
            data("%61%40b.ics", &ics("a", "In the report"))
        )),
        ("GET", "left%20out.ics") => reply(200, ics("b", "Left out")),
        ("GET", "odd.ics") => reply(403, "no"),
        _ => reply(404, ""),
    })
    .await;
    let changes = Client::of(&server).items(&["a@b.ics", "gone.ics", "left%20out.ics", "odd.ics"]).await.unwrap();
    let [first, gone, left_out, odd] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((title(first), title(left_out)), ("In the report", "Left out"));
    assert_eq!(*gone, RemoteChange::Gone { id: format!("{CALENDAR}gone.ics"), proven: true });
    let RemoteChange::Series(series) = left_out else { panic!() };
    assert!(series.components[0].version.starts_with("sha256:"), "no ETag came");
    assert!(matches!(odd, RemoteChange::Unreadable { reason, .. } if reason.contains("403")), "{odd:?}");
}

#[tokio::test]
async fn one_object_that_breaks_the_report_costs_nobody_else() {
    let breaks: [fn() -> Reply; 4] = [
        || reply(500, "<error/>"),
        || multistatus("<d:response><d:href>/x</d:hre></d:response>"),
        || multistatus(&found("/x", "<d:displayname>&undefined;</d:displayname>")),
        || reply(501, ""),
    ];
    for broken in breaks {
        let server = Scripted::start(move |asked| match asked.path.rsplit('/').next().unwrap() {
            "good.ics" => reply(200, ics("g", "Good")).with("ETag", "\"7\""),
            "bad.ics" => reply(500, "Traceback"),
            _ if is_multiget(asked) => broken(),
            _ => reply(500, ""),
        })
        .await;
        let changes = Client::of(&server).items(&["good.ics", "bad.ics"]).await.unwrap();
        assert_eq!(title(&changes[0]), "Good");
        assert!(matches!(&changes[1], RemoteChange::Unreadable { reason, .. } if reason.contains("500")));
    }
}

#[tokio::test]
async fn a_server_in_trouble_is_not_the_objects_fault() {
    let server = Scripted::start(|_| reply(500, "")).await;
    let failure = Client::of(&server).items(&["a.ics", "b.ics"]).await.unwrap_err();
    assert!(failure.class == FailureClass::Transient && failure.outage, "{failure:?}");
    let server =
        Scripted::start(
            |asked| if is_multiget(asked) { reply(501, "") } else { reply(429, "").with("Retry-After", "30") },
        )
        .await;
    let failure = Client::of(&server).items(&["a.ics", "b.ics"]).await.unwrap_err();
    assert_eq!((failure.class, failure.retry_after), (FailureClass::RateLimited, Some(SignedDuration::from_secs(30))));
}

#[tokio::test]
async fn lost_access_does_not_look_like_deletions() {
    let server = Scripted::start(|asked| if is_multiget(asked) { reply(403, "") } else { reply(404, "") }).await;
    let failure = Client::of(&server).items(&["a.ics", "b.ics"]).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Permanent(PermanentScope::Calendar), "{failure:?}");
    let server = Scripted::start(|asked| match asked.method.as_str() {
        "PROPFIND" => marks(""),
        "REPORT" => multistatus(""),
        _ => reply(404, ""),
    })
    .await;
    let changes = Client::of(&server).items(&["a.ics"]).await.unwrap();
    assert_eq!(changes, [RemoteChange::Gone { id: format!("{CALENDAR}a.ics"), proven: true }]);
}

#[tokio::test]
async fn text_that_is_no_utf_8_is_read_from_the_object_itself() {
    let server = Scripted::start(|asked| {
        let mut body =
            if is_multiget(asked) { data("a.ics", &ics("a", "Caf?")) } else { ics("a", "Caf?") }.into_bytes();
        body.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xE9);
        if is_multiget(asked) { Reply { body, ..multistatus("") } } else { reply(200, body) }
    })
    .await;
    let changes = Client::of(&server).items(&["a.ics"]).await.unwrap();
    assert_eq!(title(&changes[0]), "Café");
}

#[tokio::test]
async fn more_than_is_let_in_at_once_comes_in_parts() {
    const SIZES: [(&str, usize); 4] = [("a.ics", 90_000), ("b.ics", 90_000), ("c.ics", 90_000), ("huge.ics", 300_000)];
    let server = Scripted::start(|asked| {
        let sized = |(name, size): (&str, usize)| ics(name, &"x".repeat(size));
        if let Some(one) = SIZES.into_iter().find(|(name, _)| asked.path.ends_with(name)) {
            return reply(200, sized(one));
        }
        let wanted = SIZES.into_iter().filter(|(name, _)| asked.body.contains(name));
        multistatus(&wanted.map(|one| data(one.0, &sized(one))).collect::<String>())
    })
    .await;
    let changes = Client::of(&server).items(&["a.ics", "b.ics", "c.ics", "huge.ics"]).await.unwrap();
    assert_eq!(changes.len(), 4);
    assert!(changes[..3].iter().all(|change| title(change).len() == 90_000));
    assert!(
        matches!(&changes[3], RemoteChange::Unreadable { reason, .. } if reason.contains("larger")),
        "{:?}",
        changes[3]
    );
}

#[tokio::test]
async fn one_refused_sign_in_is_no_refusal() {
    let first = AtomicUsize::new(0);
    let server = Scripted::start(move |_| match first.fetch_add(1, Ordering::Relaxed) {
        0 => reply(401, "").with("WWW-Authenticate", "X-MobileMe-AuthToken realm=\"Newcastle\""),
        _ => multistatus("<d:sync-token>t</d:sync-token>"),
    })
    .await;
    let page = Client::of(&server).delta("1:sync:t").await.unwrap();
    assert_eq!(page.next, Next::Done(Cursor("1:sync:t".into())));
}

#[tokio::test]
async fn a_report_that_is_served_no_more_means_compare_everything() {
    for (status, body) in
        [(405, ""), (415, ""), (501, ""), (403, "<d:error xmlns:d='DAV:'><d:supported-report/></d:error>")]
    {
        let server = Scripted::start(move |_| reply(status, body)).await;
        let lost = Client::of(&server).delta("1:sync:t").await.unwrap_err();
        assert_eq!(lost.class, FailureClass::CursorLost, "{status}");
    }
}

#[tokio::test]
async fn everything_in_place_of_a_delta_means_compare_everything() {
    let all: String = (0..12).map(|at| listed(&format!("{at}.ics"), "1")).collect();
    for (others, is_delta) in [("", false), ("other.ics", true)] {
        let all = all.clone();
        let more = if others.is_empty() { String::new() } else { listed(others, "1") };
        let server = Scripted::start(move |asked| match asked.method.as_str() {
            "REPORT" => multistatus(&format!("{all}<d:sync-token>new</d:sync-token>")),
            _ => multistatus(&format!("{all}{more}")),
        })
        .await;
        let read = Client::of(&server).delta("1:sync:old").await;
        assert_eq!(read.is_ok(), is_delta, "{read:?}");
        if let Err(lost) = read {
            assert_eq!(lost.class, FailureClass::CursorLost);
        }
    }
}

#[tokio::test]
async fn a_web_page_instead_of_calendar_data_is_named() {
    for status in [200, 207] {
        let server =
            Scripted::start(move |_| reply(status, "<!DOCTYPE html><html><title>Hotel sign-in</title></html>")).await;
        let client = Client::of(&server);
        for failure in [client.full().await.unwrap_err(), client.items(&["a.ics"]).await.unwrap_err()] {
            assert_eq!(failure.class, FailureClass::Transient);
            assert!(failure.detail.contains("web page") && failure.detail.contains("Hotel sign-in"), "{failure:?}");
        }
    }
}

#[tokio::test]
async fn digest_is_answered_and_remembered() {
    let server = Scripted::start(|asked| match asked.authorization.as_deref() {
        Some(proof) if proof.starts_with("Digest ") => multistatus("<d:sync-token>t</d:sync-token>"),
        _ => reply(401, "").with("WWW-Authenticate", r#"Digest realm="BaikalDAV", nonce="n1", qop="auth", opaque="o""#),
    })
    .await;
    let client = Client::of(&server);
    client.delta("1:sync:t").await.unwrap();
    assert_eq!(server.take().len(), 2);
    client.delta("1:sync:t").await.unwrap();
    let again = server.take();
    assert_eq!(again.len(), 1);
    let proof = again[0].authorization.clone().unwrap();
    assert!(
        proof.contains("nc=00000002") && proof.contains(&format!("uri=\"{CALENDAR}\"")) && !proof.contains("canary")
    );
}

#[tokio::test]
async fn refusals_have_their_class() {
    for (status, class) in [
        (401, FailureClass::Auth),
        (403, FailureClass::Permanent(PermanentScope::Calendar)),
        (404, FailureClass::Permanent(PermanentScope::Calendar)),
        (429, FailureClass::RateLimited),
        (503, FailureClass::RateLimited),
    ] {
        let server = Scripted::start(move |_| {
            reply(status, "").with("Retry-After", "7").with("WWW-Authenticate", "Basic realm=x")
        })
        .await;
        let failure = Client::of(&server).full().await.unwrap_err();
        assert_eq!((failure.class, failure.http_status), (class, Some(status)));
        assert_eq!(failure.retry_after, Some(SignedDuration::from_secs(7)));
        // A password that was good is tried once more; a calendar that is not there is looked up.
        let attempts = if matches!(status, 401 | 404) { 2 } else { 1 };
        assert_eq!(server.take().len(), attempts, "{status}");
    }
}

#[tokio::test]
async fn a_missing_calendar_is_looked_up_before_it_is_declared_gone() {
    const TYPES: &str = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>";
    const HOME: &str = "<c:calendar-home-set><d:href>/cal/ada/</d:href></c:calendar-home-set>\
        <d:current-user-principal><d:href>/cal/ada/</d:href></d:current-user-principal>";
    let gone = FailureClass::Permanent(PermanentScope::Calendar);
    for (listing, class, words) in [
        (multistatus(&found("/cal/ada/work/", TYPES)), FailureClass::Transient, "still lists"),
        (multistatus(&found("/cal/ada/home/", TYPES)), gone, "no longer at this address"),
        (multistatus(&found("/cal/keller/work/", TYPES)), gone, "now has this calendar at /cal/keller/work/"),
        (reply(503, ""), FailureClass::Transient, "503"),
        (reply(401, ""), FailureClass::Auth, "401"),
    ] {
        let server = Scripted::start(move |asked| match (asked.path.as_str(), asked.depth.as_deref()) {
            (CALENDAR, _) => reply(404, ""),
            (_, Some("1")) => listing.clone(),
            _ => multistatus(&found("/cal/ada/", HOME)),
        })
        .await;
        for failure in [Client::of(&server).full().await, Client::of(&server).delta("1:sync:t1").await] {
            let failure = failure.unwrap_err();
            assert_eq!(failure.class, class, "{failure:?}");
            let said = format!("{} {}", failure.detail, failure.remedy.unwrap_or_default());
            assert!(said.contains(words), "{said}");
        }
    }
}

#[tokio::test]
async fn a_server_that_announces_no_scheduling_mails_nobody() {
    let table = [
        (200, Some("1, 2, 3, calendar-access, addressbook, extended-mkcol"), Ok(QuietWrite::Always)),
        (204, Some("1, calendar-access, calendar-auto-schedule"), Ok(QuietWrite::OnlyWithoutAttendees)),
        (200, Some("1, access-control, calendar-access, calendar-schedule"), Ok(QuietWrite::OnlyWithoutAttendees)),
        // Nothing said is no promise.
        (200, Some("1, 2"), Ok(QuietWrite::OnlyWithoutAttendees)),
        (200, None, Ok(QuietWrite::OnlyWithoutAttendees)),
        (405, Some("calendar-access"), Err(())),
    ];
    for (status, announced, expected) in table {
        let server = Scripted::start(move |asked| {
            assert_eq!((asked.method.as_str(), asked.path.as_str()), ("OPTIONS", CALENDAR));
            let answer = reply(status, "");
            announced.map_or(answer.clone(), |words| answer.with("DAV", words))
        })
        .await;
        let client = Client::of(&server);
        let quiet = client.adapter.quiet_write(&client.access, CALENDAR).await.map_err(|_| ());
        assert_eq!(quiet, expected, "{status} {announced:?}");
    }
}
