//! What a refused request means: status, reasons and kind of request to a failure class.
//!
//! The rows are in [`super::catalogue`]; here are the readings of a body and the rules for what no
//! row names. Bodies come in three forms: the API's JSON with `errors[].reason`, newer front ends'
//! JSON with `status` and `details[].reason`, and web pages.

use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use tidecal_core::remote::{Failure, FailureClass, PermanentScope};

use super::catalogue::{Meaning, Row, find};
use crate::excerpt::{excerpt, excerpt_of_body, is_markup};

/// What was asked for: the same status means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "push channels ask the other kinds"))]
pub(crate) enum Asked {
    /// Whose account it is.
    Account,
    /// The list of calendars.
    Calendars,
    /// A page of events.
    Events,
    /// One event by id.
    Event,
    /// A new event under an id of our making.
    Insert,
    /// A change of an event.
    Update,
    /// A removal.
    Delete,
    /// A push channel, to be opened.
    Watch,
    /// A push channel, to be closed.
    Stop,
}

impl Asked {
    /// What is given up if the request will never work.
    pub(super) fn scope(self) -> PermanentScope {
        match self {
            Self::Account | Self::Calendars => PermanentScope::Account,
            Self::Events | Self::Watch | Self::Stop => PermanentScope::Calendar,
            Self::Event | Self::Insert | Self::Update | Self::Delete => PermanentScope::Item,
        }
    }

    fn is_of_one_event(self) -> bool {
        matches!(self, Self::Event | Self::Update | Self::Delete)
    }
}

/// How a refused request ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such event. `proven`: it was deleted, rather than perhaps out of reach.
    Gone { proven: bool },
    /// The id of a new event is in use, maybe by a deleted event.
    Taken,
    /// Anything else.
    Failed(Failure),
}

/// A refused request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) asked: Asked,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<SignedDuration>,
    pub(crate) body: &'a [u8],
    /// What was sent; blanked should the answer echo it.
    pub(crate) token: &'a SecretString,
}

/// The telling parts of an error body, owned and in lower case where they are compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Of `errors[]` and `details[]`, as spelled.
    pub(super) reasons: Vec<String>,
    pub(super) domain: String,
    pub(super) location: String,
    /// gRPC word such as `PERMISSION_DENIED`.
    pub(super) status: String,
    pub(super) message: String,
    /// It was JSON with an `error` object at all.
    pub(super) is_api: bool,
}

#[derive(Deserialize)]
struct Envelope {
    error: WireError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireError {
    message: Option<String>,
    status: Option<String>,
    errors: Option<Vec<WireReason>>,
    details: Option<Vec<WireReason>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireReason {
    domain: Option<String>,
    reason: Option<String>,
    location: Option<String>,
    message: Option<String>,
}

/// `{"error": "invalid_token", "error_description": "…"}`, as the userinfo endpoint answers.
#[derive(Deserialize)]
struct Flat {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

impl Told {
    pub(super) fn read(body: &[u8]) -> Self {
        if let Ok(Envelope { error }) = serde_json::from_slice(body) {
            return Self::from_wire(error);
        }
        match serde_json::from_slice::<Flat>(body) {
            Ok(flat) => Self {
                reasons: vec![flat.error],
                message: flat.error_description.unwrap_or_default(),
                is_api: true,
                ..Self::default()
            },
            Err(_) => Self::default(),
        }
    }

    fn from_wire(error: WireError) -> Self {
        let mut told = Self { is_api: true, status: error.status.unwrap_or_default(), ..Self::default() };
        let mut message = error.message;
        for entry in error.errors.into_iter().flatten().chain(error.details.into_iter().flatten()) {
            told.reasons.extend(entry.reason.filter(|reason| !reason.is_empty()));
            if told.domain.is_empty() {
                told.domain = entry.domain.unwrap_or_default();
            }
            if told.location.is_empty() {
                told.location = entry.location.unwrap_or_default();
            }
            message = message.or(entry.message);
        }
        told.message = message.unwrap_or_default();
        told
    }

    /// For people: the first reason, else the gRPC word.
    fn code(&self) -> Option<&str> {
        self.reasons.first().map(String::as_str).or(Some(self.status.as_str())).filter(|code| !code.is_empty())
    }
}

/// What the answer means.
pub(crate) fn refusal(answer: &Answer<'_>) -> Refusal {
    let told = Told::read(answer.body);
    if let Some((row, reason)) = find(answer.status, answer.asked, &told) {
        return by_row(answer, &told, row, reason);
    }
    by_status(answer, &told)
}

fn by_row(answer: &Answer<'_>, told: &Told, row: &Row, reason: &str) -> Refusal {
    let class = match row.meaning {
        Meaning::Is(class) => class,
        Meaning::Permanent => FailureClass::Permanent(answer.asked.scope()),
        Meaning::Gone => return Refusal::Gone { proven: true },
        Meaning::Taken => return Refusal::Taken,
    };
    let mut failure = describe(answer, told, class).code(reason);
    failure.remedy = row.remedy.or_else(|| usual_remedy(class, answer.asked)).map(str::to_owned);
    if let Some(least) = row.wait_at_least {
        failure.retry_after = Some(failure.retry_after.map_or(least, |asked| asked.max(least)));
    }
    Refusal::Failed(failure)
}

/// No row names the reason: the status and the kind of request decide.
fn by_status(answer: &Answer<'_>, told: &Told) -> Refusal {
    let Answer { asked, status, .. } = *answer;
    let permanent = FailureClass::Permanent(asked.scope());
    let class = match status {
        410 if asked.is_of_one_event() => return Refusal::Gone { proven: true },
        410 if matches!(asked, Asked::Events | Asked::Calendars) => FailureClass::CursorLost,
        408 | 425 | 500.. => FailureClass::Transient,
        429 => FailureClass::RateLimited,
        401 if !is_markup(answer.body) => FailureClass::Auth,
        // Not the API speaking: a proxy, a portal, a front end.
        _ if !told.is_api => FailureClass::Transient,
        403 if told.status.eq_ignore_ascii_case("RESOURCE_EXHAUSTED") || told.domain == "usageLimits" => {
            FailureClass::RateLimited
        }
        404 if asked.is_of_one_event() => return Refusal::Gone { proven: false },
        404 if asked == Asked::Stop => return Refusal::Gone { proven: true },
        404 if asked == Asked::Insert => FailureClass::Permanent(PermanentScope::Calendar),
        409 | 412 => FailureClass::Conflict,
        400..=499 => permanent,
        _ => FailureClass::Transient,
    };
    let mut failure = describe(answer, told, class);
    failure.outage = class == FailureClass::Transient;
    failure.remedy = usual_remedy(class, asked).map(str::to_owned);
    Refusal::Failed(failure)
}

fn usual_remedy(class: FailureClass, asked: Asked) -> Option<&'static str> {
    match class {
        FailureClass::Auth => Some("Reconnect the Google account: its access is no longer accepted."),
        FailureClass::Permanent(PermanentScope::Calendar) if asked == Asked::Events => Some(
            "Check in Google Calendar that this calendar still exists and is shared with the account, then resync; \
             otherwise remove the connection.",
        ),
        _ => None,
    }
}

fn describe(answer: &Answer<'_>, told: &Told, class: FailureClass) -> Failure {
    let secrets = [answer.token];
    let status = answer.status;
    let said = excerpt(&told.message, &secrets);
    let detail = match told.code().map(|code| excerpt(code, &secrets)) {
        // The words that the runbook searches for.
        Some(code) if status == 401 && code != "invalid_token" => {
            format!("google: {status} {code} (invalid_token): {said}")
        }
        Some(code) => format!("google: {status} {code}: {said}"),
        None if told.is_api => format!("google: {status}: {said}"),
        None => unreadable(status, answer.body, &secrets),
    };
    let mut failure = Failure::new(class, detail).status(status).retry_after(answer.retry_after);
    failure.vendor_code = told.code().map(|code| excerpt(code, &secrets));
    failure
}

fn unreadable(status: u16, body: &[u8], secrets: &[&SecretString]) -> String {
    let what = if is_markup(body) { "a web page" } else { "no JSON" };
    format!("google: {status} with {what} instead of an answer: {}", excerpt_of_body(body, secrets))
}

/// A 2xx whose body is not what was asked for. The vendor is up: that is this calendar's trouble (or
/// of something on the way to it), no outage, so that it opens this connection's circuit in the end.
pub(crate) fn unreadable_answer(status: u16, body: &[u8], why: &str, token: &SecretString) -> Failure {
    let detail = if is_markup(body) {
        unreadable(status, body, &[token])
    } else {
        format!("google: {status} with an unreadable body ({why})")
    };
    Failure::new(FailureClass::Transient, detail).status(status)
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
