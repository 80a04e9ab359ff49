//! What becomes of one request.

use std::io::Write as _;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::faults::Fault;
use super::forward::{Answered, forward};
use super::tempers::{Moment, Redirect, StaleDialect, Tempers};
use super::tokens::token_of;
use super::xml::{elements, replaced};
use super::{Line, Proxy, dav};
use crate::intercept::{DropConnection, broken_off};

/// Largest request body taken, in bytes.
const LARGEST_BODY: usize = 16 << 20;
/// Where a redirect on the same host leads.
const MOVED: &str = "/moved";

/// A request with what is known about it.
struct Asked {
    parts: Parts,
    body: Bytes,
    text: String,
    report: Option<&'static str>,
    /// The n-th of this proxy.
    number: u32,
}

impl Asked {
    fn path(&self) -> &str {
        self.parts.uri.path()
    }
}

pub(super) async fn answer(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let text = String::from_utf8_lossy(&body).into_owned();
    let report = dav::report(&text).filter(|_| parts.method.as_str() == "REPORT");
    let mut asked = Asked { parts, body, text, report, number: 0 };
    let (tempers, fault) = {
        let mut state = proxy.lock();
        state.count += 1;
        asked.number = state.count;
        let fault = state.faults.take(asked.parts.method.as_str(), asked.parts.uri.path(), &asked.text);
        (state.tempers.clone(), fault)
    };
    let mut line = Line {
        method: asked.parts.method.to_string(),
        path: asked.path().to_owned(),
        depth: asked.parts.headers.get("depth").and_then(|value| value.to_str().ok()).map(ToOwned::to_owned),
        report: asked.report,
        status: None,
    };
    let response = served(&proxy, &tempers, fault.as_ref(), asked).await;
    let dropped = response.extensions().get::<DropConnection>().is_some();
    line.status = (!dropped).then(|| response.status().as_u16());
    proxy.lock().ledger.push(line);
    response
}

#[expect(clippy::disallowed_methods, reason = "a slow server takes its time, whatever the clock of a test says")]
async fn wait(milliseconds: u64) {
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

fn nth(every: u32, number: u32) -> bool {
    every > 0 && number.is_multiple_of(every)
}

fn dropped() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(DropConnection);
    response
}

async fn served(proxy: &Proxy, tempers: &Tempers, fault: Option<&Fault>, asked: Asked) -> Response {
    let delay = tempers.delay_ms + fault.map_or(0, |fault| fault.delay_ms);
    wait(delay).await;
    let drop_now = nth(tempers.drop_every, asked.number).then_some(tempers.drop_when);
    let drop_when = fault.and_then(|fault| fault.drop_connection).or(drop_now);
    if drop_when == Some(Moment::Before) {
        return dropped();
    }
    if let Some(fault) = fault.filter(|fault| fault.replaces_answer() && !fault.applied) {
        return cut(of_fault(fault), fault.truncate_body_to, drop_when).await;
    }
    let truncate = nth(tempers.truncate_every, asked.number);
    let response = match refused(tempers, &asked) {
        Some(refused) => refused,
        None => of_upstream(proxy, tempers, asked).await,
    };
    let response = match fault.filter(|fault| fault.replaces_answer()) {
        Some(fault) => of_fault(fault),
        None => response,
    };
    if drop_when == Some(Moment::After) {
        return dropped();
    }
    let response = cut(response, fault.and_then(|fault| fault.truncate_body_to), drop_when).await;
    if truncate { half(response).await } else { response }
}

/// Answers that do not need the upstream.
fn refused(tempers: &Tempers, asked: &Asked) -> Option<Response> {
    if nth(tempers.throttle_every, asked.number) {
        return Some((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response());
    }
    let path = asked.parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let moved = match &tempers.redirect {
        Redirect::SameHost if !path.starts_with(MOVED) => Some((301, format!("{MOVED}{path}"))),
        Redirect::Off | Redirect::SameHost => None,
        Redirect::OtherHost(origin) => Some((302, format!("{origin}{path}"))),
        Redirect::Circle => Some((307, path.to_owned())),
    };
    if let Some((status, location)) = moved {
        return Some((code(status), [(header::LOCATION, location)]).into_response());
    }
    if let Some(login) = tempers.digest.as_ref().filter(|it| !it.is_proven(&asked.parts.method, &asked.parts.headers)) {
        return Some((StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, login.challenge())]).into_response());
    }
    let status = match asked.report {
        Some("sync-collection") if tempers.no_sync_collection => Some(403),
        Some("sync-collection") => tempers.refuse_sync_collection,
        Some("calendar-multiget") => tempers.refuse_multiget,
        _ => None,
    };
    if let Some(status) = status {
        return Some((code(status), error("supported-report")).into_response());
    }
    let conflict = tempers.uid_conflict.filter(|_| asked.parts.method == http::Method::PUT)?;
    let body = "<d:error xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><c:no-uid-conflict><d:href>/other.ics</d:href></c:no-uid-conflict></d:error>";
    Some((code(conflict), body).into_response())
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn error(condition: &str) -> String {
    format!("<?xml version=\"1.0\"?><d:error xmlns:d=\"DAV:\"><d:{condition}/></d:error>")
}

/// The upstream's answer after the habits.
async fn of_upstream(proxy: &Proxy, tempers: &Tempers, mut asked: Asked) -> Response {
    if asked.report == Some("sync-collection")
        && let Some(token) = token_of(&asked.text)
    {
        let (page, stale) = {
            let mut state = proxy.lock();
            (state.tokens.page(&token, tempers.page_size, asked.path()), state.tokens.is_stale(&token))
        };
        if let Some(page) = page {
            return multistatus(proxy, tempers, &asked, page);
        }
        if stale && let Some(refused) = stale_token(tempers.stale_dialect, &mut asked) {
            return refused;
        }
    }
    prepare(tempers, &mut asked.parts);
    let answered = match forward(&proxy.upstream, &asked.parts, asked.body.clone()).await {
        Ok(answered) => answered,
        Err(why) => return (StatusCode::BAD_GATEWAY, why).into_response(),
    };
    let Answered { status, mut headers, body } = answered;
    dav::headers(tempers, asked.parts.method.as_str(), &mut headers);
    let mut response = if status == 207 {
        let text = String::from_utf8_lossy(&body);
        let text = if asked.report == Some("sync-collection") {
            proxy.lock().tokens.first_page(&text, tempers.page_size, asked.path())
        } else {
            text.into_owned()
        };
        multistatus(proxy, tempers, &asked, text)
    } else {
        packed(tempers, (code(status), spoiled(tempers, body)).into_response())
    };
    for (name, value) in &headers {
        if !response.headers().contains_key(name) || name == header::CONTENT_TYPE {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// A body with its replacements made.
fn spoiled(tempers: &Tempers, body: Bytes) -> Bytes {
    if tempers.replace.is_empty() {
        return body;
    }
    let mut text = String::from_utf8_lossy(&body).into_owned();
    for (from, to) in &tempers.replace {
        text = text.replace(from, to);
    }
    text.into()
}

/// A refusal in that dialect; `None`: the upstream is asked for everything instead.
fn stale_token(dialect: StaleDialect, asked: &mut Asked) -> Option<Response> {
    let (status, body) = match dialect {
        StaleDialect::Forbidden => (403, error("valid-sync-token")),
        StaleDialect::Conflict => (409, error("valid-sync-token")),
        StaleDialect::PreconditionFailed => (412, error("valid-sync-token")),
        StaleDialect::GoneBare => (410, String::new()),
        StaleDialect::BadRequestBare => (400, String::new()),
        StaleDialect::FullList => {
            let tokens: Vec<_> = elements(&asked.text, "sync-token").into_iter().map(|found| found.inside).collect();
            asked.text = replaced(&asked.text, &tokens, |_| String::new());
            asked.body = Bytes::from(asked.text.clone());
            return None;
        }
    };
    Some((code(status), body).into_response())
}

/// The request as the upstream should see it.
fn prepare(tempers: &Tempers, parts: &mut Parts) {
    if tempers.redirect == Redirect::SameHost {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        if let Some(uri) = path.strip_prefix(MOVED).and_then(|path| path.parse().ok()) {
            parts.uri = uri;
        }
    }
    if let Some(basic) = tempers.digest.as_ref().and_then(super::tempers::DigestLogin::basic) {
        parts.headers.insert(header::AUTHORIZATION, basic);
    }
    if tempers.weak_etags
        && let Some(strong) = parts.headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok())
        && let Ok(strong) = HeaderValue::from_str(strong.trim_start_matches("W/"))
    {
        parts.headers.insert(header::IF_MATCH, strong);
    }
}

fn multistatus(proxy: &Proxy, tempers: &Tempers, asked: &Asked, text: String) -> Response {
    proxy.lock().tokens.note(&text);
    let text = dav::body(tempers, asked.report, text);
    let kind = [(header::CONTENT_TYPE, "application/xml; charset=utf-8")];
    packed(tempers, (code(207), kind, spoiled(tempers, text.into())).into_response())
}

/// Marks a response to be compressed.
#[derive(Clone, Copy)]
struct Packed;

fn packed(tempers: &Tempers, mut response: Response) -> Response {
    if tempers.gzip {
        response.extensions_mut().insert(Packed);
    }
    response
}

fn of_fault(fault: &Fault) -> Response {
    let mut response = (code(fault.status.unwrap_or(200)), fault.body.clone().unwrap_or_default()).into_response();
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Shortens, compresses or breaks the body off.
async fn cut(response: Response, to: Option<usize>, drop_when: Option<Moment>) -> Response {
    let broken = drop_when == Some(Moment::During);
    let pack = response.extensions().get::<Packed>().is_some();
    if to.is_none() && !broken && !pack {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    if pack {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        // writing into memory cannot fail
        let _ = packer.write_all(&bytes);
        bytes = packer.finish().unwrap_or_default().into();
        parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    bytes.truncate(to.unwrap_or(bytes.len()));
    if broken {
        bytes.truncate(bytes.len() / 2);
        return broken_off(parts, bytes);
    }
    Response::from_parts(parts, Body::from(bytes))
}

async fn half(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    bytes.truncate(bytes.len() / 2);
    Response::from_parts(parts, Body::from(bytes))
}
