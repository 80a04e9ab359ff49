//! What a refused request means: Graph's status and error code to a failure class.
//!
//! Source: Graph's pages "Microsoft Graph error responses", "Throttling guidance" and "Use delta
//! query", and codes seen in public client code. Codes are compared without regard to case; nested
//! ones (`innerError.code`) count, too. A row counts if its code and the kind of request match and
//! the first such row wins; what no row names is decided by status.

use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use tidecal_core::remote::{Failure, FailureClass, PermanentScope};

use crate::excerpt::{excerpt, excerpt_of_body, is_markup};

/// What was asked for: the same status means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Whose account it is.
    Account,
    /// The list of calendars.
    Calendars,
    /// A page of events of a calendar, or the calendar itself.
    Events,
    /// One event by id.
    Event,
    /// A new event.
    Insert,
    /// A change of an event, an answer to an invitation.
    Update,
    /// A removal.
    Delete,
}

impl Asked {
    /// What is given up if the request will never work.
    pub(super) fn scope(self) -> PermanentScope {
        match self {
            Self::Account | Self::Calendars => PermanentScope::Account,
            Self::Events => PermanentScope::Calendar,
            Self::Event | Self::Insert | Self::Update | Self::Delete => PermanentScope::Item,
        }
    }
}

/// How a refused request ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such event, or the calendar is out of reach.
    Gone,
    /// This creation was carried out before; the event's id, if told.
    Taken(Option<String>),
    /// Anything else.
    Failed(Failure),
}

/// A refused request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused<'a> {
    pub(super) asked: Asked,
    pub(super) status: u16,
    pub(super) retry_after: Option<SignedDuration>,
    /// Of `WWW-Authenticate`: a policy asks for another sign-in.
    pub(super) claims: bool,
    pub(super) body: &'a [u8],
    /// What was sent; blanked should the answer echo it.
    pub(super) token: &'a SecretString,
}

#[derive(Default, Deserialize)]
struct Envelope {
    error: WireError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireError {
    code: Option<String>,
    message: Option<String>,
    #[serde(alias = "innererror", rename = "innerError")]
    inner: Option<Value>,
    #[serde(rename = "@event.existingEventId", alias = "existingEventId")]
    existing: Option<String>,
}

/// The telling parts of an error body.
#[derive(Debug, Default)]
struct Told {
    /// As spelled, the outer one first.
    codes: Vec<String>,
    message: String,
    existing: Option<String>,
    is_api: bool,
}

impl Told {
    fn read(body: &[u8]) -> Self {
        let Ok(Envelope { error }) = serde_json::from_slice(body) else { return Self::default() };
        let mut codes: Vec<String> = error.code.into_iter().filter(|code| !code.is_empty()).collect();
        let mut inner = error.inner;
        for _ in 0..4 {
            let Some(Value::Object(mut fields)) = inner.take() else { break };
            if let Some(Value::String(code)) = fields.remove("code") {
                codes.push(code);
            }
            inner = fields.remove("innerError").or_else(|| fields.remove("innererror"));
        }
        // Where the id of the first event stands is not documented; it was seen beside `error`, too.
        let beside =
            || serde_json::from_slice::<Value>(body).ok()?.get("@event.existingEventId")?.as_str().map(str::to_owned);
        Self {
            codes,
            message: error.message.unwrap_or_default(),
            existing: error.existing.or_else(beside),
            is_api: true,
        }
    }
}

#[derive(Clone, Copy)]
enum Meaning {
    Is(FailureClass),
    Gone,
    Taken,
}

struct Row {
    codes: &'static [&'static str],
    /// Empty: all kinds of request.
    asked: &'static [Asked],
    meaning: Meaning,
    remedy: Option<&'static str>,
}

const fn row(codes: &'static [&'static str], asked: &'static [Asked], meaning: Meaning) -> Row {
    Row { codes, asked, meaning, remedy: None }
}

impl Row {
    const fn remedy(mut self, remedy: &'static str) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

const ITEMS: &[Asked] = &[Asked::Event, Asked::Update, Asked::Delete];
const LISTS: &[Asked] = &[Asked::Account, Asked::Calendars];
const RECONNECT: &str = "Reconnect the Outlook account: its access is no longer accepted.";

const ROWS: &[Row] = &[
    row(
        &["syncstatenotfound", "syncstateinvalid", "resyncrequired", "fullsyncrequired"],
        &[],
        Meaning::Is(FailureClass::CursorLost),
    ),
    row(&["errorduplicatetransactionid"], &[Asked::Insert], Meaning::Taken),
    row(
        &["mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi", "errornonexistentmailbox"],
        &[],
        Meaning::Is(FailureClass::Permanent(PermanentScope::Account)),
    )
    .remedy("This account has no mailbox at Exchange Online: ask its administrator for a licence."),
    row(&["erroritemnotfound", "resourcenotfound", "errorinvalididmalformed", "errorinvalididempty"], ITEMS, Meaning::Gone),
    row(
        &["applicationthrottled", "activitylimitreached", "toomanyrequests", "errorexceededconnectioncount"],
        &[],
        Meaning::Is(FailureClass::RateLimited),
    ),
    row(
        &[
            "errorserverbusy",
            "errormailboxstoreunavailable",
            "errormailboxmoveinprogress",
            "errorinternalservertransienterror",
            "servicenotavailable",
            "errortimeoutexpired",
        ],
        &[],
        Meaning::Is(FailureClass::Transient),
    ),
    row(
        &["errorirresolvableconflict", "preconditionfailed", "resourcemodified", "conflict"],
        &[],
        Meaning::Is(FailureClass::Conflict),
    ),
    row(&["invalidauthenticationtoken", "authenticationerror"], &[], Meaning::Is(FailureClass::Auth)).remedy(RECONNECT),
    row(&["authorization_requestdenied", "erroraccessdenied", "accessdenied", "forbidden"], LISTS, Meaning::Is(FailureClass::Auth))
        .remedy("Reconnect and allow access to calendars on Microsoft's page: the permission Calendars.ReadWrite is missing."),
    row(
        &["erroraccessdenied", "accessdenied"],
        &[Asked::Events],
        Meaning::Is(FailureClass::Permanent(PermanentScope::Calendar)),
    )
    .remedy("Check in Outlook that this calendar is still shared with the account, then resync. If the account's own calendars fail like this one, the permission Calendars.ReadWrite is missing: reconnect, and allow access to calendars on Microsoft's page."),
    row(
        &["errorfoldernotfound", "erroritemnotfound", "resourcenotfound"],
        &[Asked::Events],
        Meaning::Is(FailureClass::Permanent(PermanentScope::Calendar)),
    )
    .remedy("Check in Outlook that this calendar still exists and is shared with the account, then resync; otherwise remove the connection."),
];

/// What the answer means.
pub(super) fn refusal(refused: &Refused<'_>) -> Refusal {
    let told = Told::read(refused.body);
    let matches = |row: &&Row| {
        let named = told.codes.iter().any(|code| row.codes.iter().any(|known| known.eq_ignore_ascii_case(code)));
        named && (row.asked.is_empty() || row.asked.contains(&refused.asked))
    };
    // Above 500 the status counts: any code may come with an outage.
    let row = ROWS.iter().find(matches).filter(|_| refused.status < 500);
    let meaning = row.map_or_else(|| by_status(refused, &told), |row| row.meaning);
    let class = match meaning {
        Meaning::Gone => return Refusal::Gone,
        Meaning::Taken => return Refusal::Taken(told.existing),
        Meaning::Is(class) => class,
    };
    let mut failure = describe(refused, &told, class);
    failure.remedy = row.and_then(|row| row.remedy).or_else(|| usual_remedy(refused, class)).map(str::to_owned);
    Refusal::Failed(failure)
}

fn by_status(refused: &Refused<'_>, told: &Told) -> Meaning {
    let asked = refused.asked;
    Meaning::Is(match refused.status {
        429 => FailureClass::RateLimited,
        408 | 423 | 425 | 500.. => FailureClass::Transient,
        401 if !is_markup(refused.body) => FailureClass::Auth,
        // Not the API speaking: a proxy, a portal, a front end.
        _ if !told.is_api => FailureClass::Transient,
        404 | 410 if ITEMS.contains(&asked) => return Meaning::Gone,
        410 if asked == Asked::Events => FailureClass::CursorLost,
        409 | 412 => FailureClass::Conflict,
        403 if LISTS.contains(&asked) => FailureClass::Auth,
        400..=499 => FailureClass::Permanent(asked.scope()),
        _ => FailureClass::Transient,
    })
}

fn usual_remedy(refused: &Refused<'_>, class: FailureClass) -> Option<&'static str> {
    match class {
        FailureClass::Auth if refused.claims => {
            Some("Reconnect the Outlook account: a policy of its organisation asks for a new sign-in.")
        }
        FailureClass::Auth => Some(RECONNECT),
        FailureClass::RateLimited => Some("Outlook asks to wait; Tidecal goes on by itself afterwards."),
        _ => None,
    }
}

fn describe(refused: &Refused<'_>, told: &Told, class: FailureClass) -> Failure {
    let (status, secrets) = (refused.status, [refused.token]);
    let said = excerpt(&told.message, &secrets);
    let code = told.codes.first().map(|code| excerpt(code, &secrets));
    let detail = match &code {
        // The words that the runbook searches for.
        Some(code) if status == 401 => format!("outlook: {status} {code} (invalid_token): {said}"),
        Some(code) => format!("outlook: {status} {code}: {said}"),
        None if told.is_api => format!("outlook: {status}: {said}"),
        None => unreadable(status, refused.body, &secrets),
    };
    let mut failure = Failure::new(class, detail).status(status).retry_after(refused.retry_after);
    failure.vendor_code = code;
    failure.outage = class == FailureClass::Transient && (status >= 500 || !told.is_api);
    failure
}

fn unreadable(status: u16, body: &[u8], secrets: &[&SecretString]) -> String {
    let what = if is_markup(body) { "a web page" } else { "no JSON" };
    format!("outlook: {status} with {what} instead of an answer: {}", excerpt_of_body(body, secrets))
}

/// A 2xx whose body is not what was asked for. The vendor is up: that is this calendar's trouble,
/// no outage, so that it opens this connection's circuit in the end.
pub(super) fn unreadable_answer(status: u16, body: &[u8], why: &str, token: &SecretString) -> Failure {
    let detail = if is_markup(body) {
        unreadable(status, body, &[token])
    } else {
        format!("outlook: {status} with an unreadable body ({why})")
    };
    Failure::new(FailureClass::Transient, detail).status(status)
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
