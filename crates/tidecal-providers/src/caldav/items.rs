//! Bodies of calendar objects: all in one report, and one by one where the report leaves some out.

use std::collections::HashMap;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use http::header::ETAG;
use tidecal_core::remote::{Failure, FailureClass, ItemRef, PermanentScope, RemoteChange};
use url::Url;

use super::multistatus::multistatus;
use super::requests::{self, REPORTS};
use super::session::{Answer, Session};
use super::xml::{Ns, XmlError};
use super::{NAME, errors, href};
use crate::icalendar;

/// Single requests at a time.
const AT_ONCE: usize = 4;

/// Answers every item: as a series, as gone, or as unreadable.
pub(super) async fn fetch(
    session: &Session<'_>,
    calendar: &Url,
    items: &[ItemRef],
) -> Result<Vec<RemoteChange>, Failure> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let mut bodies = match together(session, calendar, items).await? {
        Together::Bodies(bodies) => bodies,
        Together::Refused => HashMap::new(),
        Together::TooLarge if items.len() == 1 => HashMap::new(),
        Together::TooLarge => {
            let (first, rest) = items.split_at(items.len() / 2);
            let mut changes = Box::pin(fetch(session, calendar, first)).await?;
            changes.extend(Box::pin(fetch(session, calendar, rest)).await?);
            return Ok(changes);
        }
    };
    let mut changes = Vec::with_capacity(items.len());
    let mut left = Vec::new();
    for item in items {
        match bodies.remove(&href::key(path_of(item))) {
            Some((etag, body)) => {
                changes.push(icalendar::resource(path_of(item), etag.as_deref(), &body, session.own_address()));
            }
            None => left.push(item),
        }
    }
    let any = !changes.is_empty();
    changes.extend(singly(session, calendar, &left, any).await?);
    Ok(changes)
}

/// The path behind an item's id: a component without a slot of its own is `href#number`.
fn path_of(item: &ItemRef) -> &str {
    item.id.split('#').next().unwrap_or_default()
}

enum Together {
    /// By key of their paths: version, if sent, and body.
    Bodies(HashMap<Vec<u8>, (Option<String>, Bytes)>),
    /// The report is not served, or its answer cannot be read because of one of the bodies.
    Refused,
    /// More than the transport lets in.
    TooLarge,
}

async fn together(session: &Session<'_>, calendar: &Url, items: &[ItemRef]) -> Result<Together, Failure> {
    let answer = match session.send(&requests::multiget(calendar.clone(), items.iter().map(path_of))).await {
        Ok(answer) => answer,
        Err(failure) if failure.vendor_code.as_deref() == Some(errors::TOO_LARGE) => return Ok(Together::TooLarge),
        Err(failure) => return Err(failure),
    };
    if !(200..300).contains(&answer.status) {
        let failure = session.refused(&answer, PermanentScope::Calendar);
        // One object that the server stumbles over fails the whole report on some servers.
        let by_one = matches!(answer.status, 400 | 403 | 405 | 409 | 412 | 413 | 415 | 422 | 500 | 501 | 507);
        let access = failure.vendor_code.as_deref() == Some("need-privileges");
        return if by_one && !access { Ok(Together::Refused) } else { Err(failure) };
    }
    if std::str::from_utf8(&answer.body).is_err() {
        return Ok(Together::Refused);
    }
    let multistatus = match multistatus(&answer.body) {
        Ok(multistatus) => multistatus,
        Err(XmlError::Malformed { .. } | XmlError::Refused { .. }) => return Ok(Together::Refused),
        Err(error) => return Err(errors::unreadable(&answer, &error, &session.who.password)),
    };
    let bodies = multistatus.responses.into_iter().filter_map(|mut response| {
        let etag = response.etag().map(str::to_owned);
        let data = response.found.iter_mut().find(|prop| prop.is(Ns::Caldav, "calendar-data"))?;
        let body = Bytes::from(std::mem::take(&mut data.text));
        let key = href::key(&href::path(&answer.url, &response.href));
        (!body.is_empty()).then_some((key, (etag, body)))
    });
    Ok(Together::Bodies(bodies.collect()))
}

/// Asks for items one by one. `any`: others of the same batch came, so the server is well.
async fn singly(
    session: &Session<'_>,
    calendar: &Url,
    items: &[&ItemRef],
    any: bool,
) -> Result<Vec<RemoteChange>, Failure> {
    let mut calls = Vec::with_capacity(items.len());
    for item in items {
        calls.push(single(session, calendar, item));
    }
    let answers: Vec<Single> = futures::stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
    let well = any || answers.iter().any(|answer| matches!(answer, Single::Done(RemoteChange::Series(_))));
    if !well && !answers.is_empty() {
        // Is it the objects or the calendar? Lost access may look like every object being gone, and
        // a server in trouble like every object being broken. A calendar that answers settles it.
        let outgoing = requests::propfind(calendar.clone(), "0", REPORTS);
        session.ask(&outgoing, PermanentScope::Calendar).await?;
    }
    Ok(answers
        .into_iter()
        .map(|answer| match answer {
            Single::Done(change) => change,
            Single::Stumbled(id, status) => {
                unreadable(id, format!("the server fails to send it: {}", errors::status_words(status)))
            }
        })
        .collect())
}

enum Single {
    Done(RemoteChange),
    /// The server fails on this object (id, status).
    Stumbled(String, u16),
}

async fn single(session: &Session<'_>, calendar: &Url, item: &ItemRef) -> Result<Single, Failure> {
    let id = item.id.clone();
    let answer = match session.send(&requests::get(href::at_path(calendar, path_of(item)))).await {
        Ok(answer) => answer,
        Err(failure) if failure.vendor_code.as_deref() == Some(errors::TOO_LARGE) => {
            return Ok(Single::Done(unreadable(id, failure.detail)));
        }
        Err(failure) => return Err(failure),
    };
    let failure = session.refused(&answer, PermanentScope::Item);
    match answer.status {
        200..=299 => body_of(session, item, &answer).map(Single::Done),
        404 | 410 => Ok(Single::Done(RemoteChange::Gone { id, proven: true })),
        500 | 501 | 507 => Ok(Single::Stumbled(id, answer.status)),
        _ if failure.class == FailureClass::Permanent(PermanentScope::Item) => {
            let reason = format!("the server refuses to send it: {}", errors::status_words(answer.status));
            Ok(Single::Done(unreadable(id, reason)))
        }
        _ => Err(failure),
    }
}

fn body_of(session: &Session<'_>, item: &ItemRef, answer: &Answer) -> Result<RemoteChange, Failure> {
    if crate::excerpt::is_markup(&answer.body) {
        return Err(errors::unreadable(answer, &XmlError::NotXml, &session.who.password));
    }
    let etag = answer.headers.get(ETAG).and_then(|value| value.to_str().ok());
    Ok(icalendar::resource(path_of(item), etag, &answer.body, session.own_address()))
}

fn unreadable(id: String, reason: String) -> RemoteChange {
    tracing::debug!(adapter = NAME, %id, %reason, "a calendar object cannot be fetched");
    RemoteChange::Unreadable { id, version: String::new(), reason, raw: Vec::new() }
}
