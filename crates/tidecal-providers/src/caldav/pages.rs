//! Readings of one calendar: what changed, or everything, as ids and versions.
//!
//! Sync tokens (RFC 6578) where the server has them. Without them a collection tag, or a hash of
//! the listing, tells that something changed but not what: such a delta answers that its cursor is
//! lost, and the full comparison that follows finds changes and removals alike.
//!
//! Some servers (DAViCal) answer a stale token with everything and no removals. A delta of that look
//! is compared with the listing; a shorter one does no harm, and the regular full comparison finds
//! what it leaves out.

use sha2::{Digest as _, Sha256};
use tidecal_core::remote::{
    Cursor, Failure, FailureClass, ItemRef, Next, Page, PageQuery, PageToken, PermanentScope, Reading, RemoteChange,
};
use url::Url;

use super::cursor::Mark;
use super::multistatus::{Multistatus, Response};
use super::requests::{self, LISTING, REPORTS, TAG};
use super::session::Session;
use super::xml::Ns;
use super::{NAME, href};

const CALENDAR: PermanentScope = PermanentScope::Calendar;
/// A delta of so many changes without a removal may be a list of everything in disguise. Fewer are
/// not worth the question, which costs slow servers a look at every object.
const LOOKS_WHOLE: usize = 10;

/// One page.
pub(super) async fn fetch(session: &Session<'_>, calendar: &Url, query: &PageQuery) -> Result<Page, Failure> {
    if let Some(PageToken(token)) = &query.token {
        let Some(Mark::Sync(token)) = Mark::parse(token) else { return Err(lost("an unknown page token")) };
        return sync(session, calendar, &token).await;
    }
    match &query.reading {
        Reading::Delta { cursor: Cursor(cursor) } => match Mark::parse(cursor) {
            Some(Mark::Sync(token)) => since_token(session, calendar, &token).await,
            Some(Mark::Ctag(tag)) => since_ctag(session, calendar, tag).await,
            Some(Mark::List(hash)) => since_listing(session, calendar, hash).await,
            None => Err(lost("an unknown cursor")),
        },
        // The calendar is read whole: bounds are the caller's filter.
        Reading::Full { .. } | Reading::Range { .. } => full(session, calendar).await,
    }
}

fn lost(why: &str) -> Failure {
    Failure::new(FailureClass::CursorLost, format!("{NAME}: {why}"))
}

/// What a calendar says of itself.
async fn itself(session: &Session<'_>, calendar: &Url, props: &str) -> Result<Response, Failure> {
    let (answer, multistatus) = session.ask(&requests::propfind(calendar.clone(), "0", props), CALENDAR).await?;
    let own = multistatus.responses.into_iter().next().unwrap_or_default();
    if let Some(status) = own.status.filter(|status| *status >= 400) {
        return Err(session.refused(&super::session::Answer { status, ..answer }, CALENDAR));
    }
    if own.prop(Ns::Dav, "resourcetype").is_some() && !own.has_type(Ns::Caldav, "calendar") {
        return Err(Failure::new(FailureClass::Permanent(CALENDAR), format!("{NAME}: this is no calendar any more"))
            .remedy("The calendar was removed or replaced. Connect it again from the list of calendars."));
    }
    Ok(own)
}

fn has_report(response: &Response, name: &str) -> bool {
    let Some(set) = response.prop(Ns::Dav, "supported-report-set") else { return false };
    set.all(Ns::Dav, "supported-report")
        .filter_map(|report| report.child(Ns::Dav, "report"))
        .any(|report| report.child(Ns::Dav, name).is_some())
}

fn ctag(response: &Response) -> Option<String> {
    response.text(Ns::CalendarServer, "getctag").map(str::to_owned)
}

/// Everything. A tag is read before the listing, so that a change in between shows next time.
async fn full(session: &Session<'_>, calendar: &Url) -> Result<Page, Failure> {
    if has_report(&itself(session, calendar, REPORTS).await?, "sync-collection") {
        match sync(session, calendar, "").await {
            // Announced but not served (or not without a token): the listing will do.
            Err(failure) if is_about_the_report(&failure) => {}
            other => return other,
        }
    }
    let tag = ctag(&itself(session, calendar, TAG).await?);
    let listing = list(session, calendar).await?;
    let mark = tag.map_or_else(|| Mark::List(hash(&listing)), Mark::Ctag);
    let changes = listing.into_iter().map(RemoteChange::Listed).collect();
    Ok(Page { changes, next: Next::Done(Cursor(mark.text())) })
}

/// What changed since a token; since the beginning if it is empty.
async fn sync(session: &Session<'_>, calendar: &Url, token: &str) -> Result<Page, Failure> {
    let outgoing = requests::sync_collection(calendar.clone(), token);
    let (answer, multistatus) = match session.ask(&outgoing, CALENDAR).await {
        Ok(answered) => answered,
        // If it was something else, the reading that follows will meet it.
        Err(failure) if !token.is_empty() && (is_token_refused(&failure) || is_report_withdrawn(&failure)) => {
            return Err(Failure { class: FailureClass::CursorLost, ..failure });
        }
        Err(failure) => return Err(failure),
    };
    let Some(next) = multistatus.sync_token.clone() else {
        let detail = format!("{NAME}: the server sent changes without a sync token");
        let class = if token.is_empty() { FailureClass::Permanent(CALENDAR) } else { FailureClass::CursorLost };
        return Err(Failure::new(class, detail).status(answer.status));
    };
    let Changes { changes, truncated } = changes(&answer.url, multistatus);
    if !truncated {
        return Ok(Page { changes, next: Next::Done(Cursor(Mark::Sync(next).text())) });
    }
    if next == token {
        let detail = format!("{NAME}: the server sends the same page again and again");
        return Err(Failure::new(FailureClass::Transient, detail).status(507));
    }
    Ok(Page { changes, next: Next::Page(PageToken(Mark::Sync(next).text())) })
}

/// Statuses that servers use for a token they do not know, without naming the condition.
fn is_token_refused(failure: &Failure) -> bool {
    matches!(failure.http_status, Some(400 | 409 | 410 | 412 | 422))
}

/// A server that was set up anew may not serve the report any more (RFC 3253 3.6).
fn is_report_withdrawn(failure: &Failure) -> bool {
    matches!(failure.http_status, Some(405 | 415 | 501)) || failure.vendor_code.as_deref() == Some("supported-report")
}

/// A delta, unless it is a list of everything: that cannot say what is gone.
async fn since_token(session: &Session<'_>, calendar: &Url, token: &str) -> Result<Page, Failure> {
    let page = sync(session, calendar, token).await?;
    let only_listed = page.changes.iter().all(|change| matches!(change, RemoteChange::Listed(_)));
    if page.changes.len() >= LOOKS_WHOLE && only_listed && matches!(page.next, Next::Done(_)) {
        let everything = list(session, calendar).await?;
        if everything.len() <= page.changes.len() {
            return Err(lost("the server answers with everything, which may mean that it forgot the cursor"));
        }
    }
    Ok(page)
}

struct Changes {
    changes: Vec<RemoteChange>,
    /// The answer holds a part only (RFC 6578 3.6).
    truncated: bool,
}

fn changes(calendar: &Url, multistatus: Multistatus) -> Changes {
    let own = href::key(calendar.path());
    let mut found = Changes { changes: Vec::with_capacity(multistatus.responses.len()), truncated: false };
    for response in multistatus.responses {
        let path = href::path(calendar, &response.href);
        if response.status == Some(507) {
            found.truncated = true;
        } else if !path.ends_with('/') && href::key(&path) != own {
            found.changes.push(match response.status {
                Some(404 | 410) => RemoteChange::Gone { id: path, proven: true },
                // Not ours to read at the moment: that is no removal, so it is asked for by itself.
                Some(400..) => RemoteChange::Listed(ItemRef { id: path, version: String::new() }),
                _ => RemoteChange::Listed(item(path, &response)),
            });
        }
    }
    found
}

fn item(id: String, response: &Response) -> ItemRef {
    ItemRef { id, version: response.etag().unwrap_or_default().to_owned() }
}

/// All objects of a calendar, of servers that cannot list changes.
async fn list(session: &Session<'_>, calendar: &Url) -> Result<Vec<ItemRef>, Failure> {
    let outgoing = requests::propfind(calendar.clone(), "1", LISTING);
    let (answer, multistatus) = session.ask(&outgoing, CALENDAR).await?;
    if multistatus.responses.iter().any(|response| response.status == Some(507)) {
        // A listing cannot be continued, and half of one must not be taken for the whole.
        let detail = format!("{NAME}: the server lists only a part of the calendar");
        return Err(Failure::new(FailureClass::Permanent(CALENDAR), detail).status(507));
    }
    let own = href::key(answer.url.path());
    Ok(multistatus
        .responses
        .iter()
        .map(|response| (href::path(&answer.url, &response.href), response))
        .filter(|(path, response)| {
            !path.ends_with('/')
                && href::key(path) != own
                && !response.has_type(Ns::Dav, "collection")
                && !matches!(response.status, Some(404 | 410))
                && may_hold_events(response)
        })
        .map(|(path, response)| item(path, response))
        .collect())
}

/// Some servers name the component (`text/calendar; component=vtodo`).
fn may_hold_events(response: &Response) -> bool {
    let Some(kind) = response.text(Ns::Dav, "getcontenttype") else { return true };
    let kind = kind.to_ascii_lowercase();
    kind.split_once("component=").is_none_or(|(_, component)| component.trim_matches('"').starts_with("vevent"))
}

/// Tells two listings apart. Empty if an object has no version: then equal listings prove nothing.
fn hash(listing: &[ItemRef]) -> String {
    if listing.iter().any(|item| item.version.is_empty()) {
        return String::new();
    }
    let mut lines: Vec<&ItemRef> = listing.iter().collect();
    lines.sort_unstable();
    let mut hash = Sha256::new();
    for item in lines {
        hash.update(item.id.as_bytes());
        hash.update(b"\n");
        hash.update(item.version.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn nothing(mark: &Mark) -> Page {
    Page { changes: Vec::new(), next: Next::Done(Cursor(mark.text())) }
}

async fn since_ctag(session: &Session<'_>, calendar: &Url, tag: String) -> Result<Page, Failure> {
    let now = ctag(&itself(session, calendar, TAG).await?);
    if now.as_ref() == Some(&tag) {
        return Ok(nothing(&Mark::Ctag(tag)));
    }
    Err(lost("the calendar changed, and the server does not say what"))
}

async fn since_listing(session: &Session<'_>, calendar: &Url, before: String) -> Result<Page, Failure> {
    if !before.is_empty() && hash(&list(session, calendar).await?) == before {
        return Ok(nothing(&Mark::List(before)));
    }
    Err(lost("the calendar changed, and the server does not say what"))
}

/// Whether a failure of a full reading by token may be absent from a listing: everything but lost
/// access, throttling and trouble.
fn is_about_the_report(failure: &Failure) -> bool {
    matches!(failure.http_status, Some(200..=299 | 400 | 403 | 404 | 405 | 409 | 412 | 415 | 422 | 501 | 507))
        && !matches!(failure.class, FailureClass::Transient if failure.http_status < Some(300))
}

/// Without paging, for fuzzing.
#[cfg(test)]
pub(super) fn read_changes(calendar: &Url, multistatus: Multistatus) -> Vec<RemoteChange> {
    changes(calendar, multistatus).changes
}

#[cfg(test)]
mod tests {
    use super::super::multistatus::multistatus;
    use super::*;

    fn calendar() -> Url {
        Url::parse("https://dav.example.com/cal/ada/work/").unwrap()
    }

    fn read(body: &str) -> Changes {
        changes(&calendar(), multistatus(body.as_bytes()).unwrap())
    }

    fn listed(id: &str, version: &str) -> RemoteChange {
        RemoteChange::Listed(ItemRef { id: id.into(), version: version.into() })
    }

    #[test]
    fn changed_and_removed_objects_are_told_apart_the_collection_is_skipped() {
        let page = read(
            r#"<d:multistatus xmlns:d="DAV:">
<d:response><d:href>/cal/ada/work</d:href><d:propstat><d:prop><d:getetag>"c"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>/cal/ada/work/sub/</d:href><d:propstat><d:prop><d:getetag>"s"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>/cal/ada/work/a.ics</d:href><d:propstat><d:prop><d:getetag>W/"1"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>https://internal:8080/cal/ada/work/b%2eics</d:href><d:propstat><d:prop><d:getetag/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
<d:response><d:href>/cal/ada/work/c.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>
<d:response><d:href>/cal/ada/work/d.ics</d:href><d:status>HTTP/1.1 403 Forbidden</d:status></d:response>
<d:sync-token>t</d:sync-token></d:multistatus>"#,
        );
        assert!(!page.truncated);
        assert_eq!(
            page.changes,
            [
                listed("/cal/ada/work/a.ics", "W/\"1\""),
                listed("/cal/ada/work/b.ics", ""),
                RemoteChange::Gone { id: "/cal/ada/work/c.ics".into(), proven: true },
                listed("/cal/ada/work/d.ics", ""),
            ]
        );
    }

    #[test]
    fn a_507_for_the_collection_means_more_to_come() {
        let page = read(
            "<multistatus xmlns='DAV:'><response><href>/cal/ada/work/</href><status>HTTP/1.1 507 Insufficient Storage</status></response><sync-token>t</sync-token></multistatus>",
        );
        assert!(page.truncated && page.changes.is_empty());
    }

    #[test]
    fn a_listing_hash_depends_on_content_alone() {
        let item = |id: &str, version: &str| ItemRef { id: id.into(), version: version.into() };
        let (a, b) = (item("/a", "\"1\""), item("/b", "\"2\""));
        assert_eq!(hash(&[a.clone(), b.clone()]), hash(&[b.clone(), a.clone()]));
        assert_ne!(hash(std::slice::from_ref(&a)), hash(&[a.clone(), b]));
        assert_eq!(hash(&[a, item("/c", "")]), "", "without versions nothing can be concluded");
    }
}
