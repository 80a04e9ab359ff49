//! Google Calendar's error catalogue as one table.
//!
//! Source: the guide "Handle API errors" of the Calendar API, and reasons seen in public client
//! code. A row counts if its status and its reason (without regard to case) match and the request
//! is one of its kinds; the first such row wins. What no row names is decided in
//! [`super::errors`] by status.

use jiff::SignedDuration;
use tidecal_core::remote::{FailureClass, PermanentScope};

use super::errors::{Asked, Told};

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// That class.
    Is(FailureClass),
    /// Will never work; what is given up depends on the request.
    Permanent,
    /// The event is deleted: for a removal, success.
    Gone,
    /// The id is in use.
    Taken,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    /// HTTP statuses.
    pub(super) status: &'static [u16],
    /// Reasons in lower case; `location:…` matches the named parameter instead.
    pub(super) reasons: &'static [&'static str],
    /// Kinds of request it is about; empty: all.
    pub(super) asked: &'static [Asked],
    pub(super) meaning: Meaning,
    /// The wait, if the answer names none or a shorter one.
    pub(super) wait_at_least: Option<SignedDuration>,
    pub(super) remedy: Option<&'static str>,
}

const fn row(status: &'static [u16], reasons: &'static [&'static str], meaning: Meaning) -> Row {
    Row { status, reasons, asked: &[], meaning, wait_at_least: None, remedy: None }
}

impl Row {
    const fn of(mut self, asked: &'static [Asked]) -> Self {
        self.asked = asked;
        self
    }

    const fn wait(mut self, least: SignedDuration) -> Self {
        self.wait_at_least = Some(least);
        self
    }

    const fn remedy(mut self, remedy: &'static str) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

const LISTS: &[Asked] = &[Asked::Events, Asked::Calendars];
const AUTH: Meaning = Meaning::Is(FailureClass::Auth);
const CONFLICT: Meaning = Meaning::Is(FailureClass::Conflict);
const CONFIGURATION: Meaning = Meaning::Is(FailureClass::Configuration);
const CURSOR_LOST: Meaning = Meaning::Is(FailureClass::CursorLost);
const RATE_LIMITED: Meaning = Meaning::Is(FailureClass::RateLimited);
const CALENDAR: Meaning = Meaning::Is(FailureClass::Permanent(PermanentScope::Calendar));
const ITEM: Meaning = Meaning::Is(FailureClass::Permanent(PermanentScope::Item));
const ACCOUNT: Meaning = Meaning::Is(FailureClass::Permanent(PermanentScope::Account));

const ENABLE_API: &str = "Enable the Google Calendar API for the project of GOOGLE_CLIENT_ID at \
    https://console.cloud.google.com/apis/library/calendar-json.googleapis.com and check its billing and quotas.";
const RECONNECT: &str = "Reconnect the Google account: its access is no longer accepted.";
const PUBLIC_ADDRESS: &str =
    "Push needs a public https address with a valid certificate: check the public URL setting.";

/// The rows, the particular before the general.
pub(super) const CATALOGUE: &[Row] = &[
    // 400
    row(&[400], &["location:synctoken", "location:pagetoken"], CURSOR_LOST).of(LISTS),
    row(&[400], &["push.webhookurlnothttps", "push.webhookurlunauthorized"], CONFIGURATION).remedy(PUBLIC_ADDRESS),
    row(&[400], &["push.channeltypenotsupported"], CALENDAR),
    row(&[400], &["pushnotsupportedforrequestedresource", "push.notsupportedforrequestedresource"], CALENDAR)
        .remedy("Google sends no notices for this calendar; it is read at intervals instead."),
    row(&[400], &["channelidnotunique"], CONFLICT),
    row(&[400, 403], &["keyinvalid", "keyexpired", "api_key_invalid", "iprefererblocked"], CONFIGURATION)
        .remedy(ENABLE_API),
    row(&[400], &["timerangeempty", "invalid", "required", "badrequest", "invalidparameter"], Meaning::Permanent),
    // 401
    row(&[401], &["push.webhookurlunauthorized"], CONFIGURATION).remedy(PUBLIC_ADDRESS),
    row(&[401], &["autherror", "required", "invalid_token", "access_token_expired", "credentials_missing"], AUTH)
        .remedy(RECONNECT),
    // 403: most of them are not about rights
    row(&[403, 429], &["quotaexceeded", "calendarusagelimitsexceeded"], RATE_LIMITED)
        .wait(SignedDuration::from_hours(1))
        .remedy("Google limits this account for hours to days; Tidecal goes on by itself afterwards."),
    row(
        &[403, 429],
        &["userratelimitexceeded", "ratelimitexceeded", "rate_limit_exceeded", "concurrentlimitexceeded"],
        RATE_LIMITED,
    ),
    row(&[403, 429], &["dailylimitexceeded"], CONFIGURATION)
        .remedy("The project's daily quota is used up: raise it at https://console.cloud.google.com/iam-admin/quotas."),
    row(
        &[403],
        &[
            "accessnotconfigured",
            "service_disabled",
            "dailylimitexceededunreg",
            "consumer_invalid",
            "consumer_suspended",
            "billing_disabled",
            "api_key_service_blocked",
        ],
        CONFIGURATION,
    )
    .remedy(ENABLE_API),
    row(&[403], &["insufficientpermissions", "access_token_scope_insufficient", "insufficientscopes"], AUTH)
        .remedy("Reconnect and leave the calendar boxes ticked on Google's page: a permission is missing."),
    row(&[403], &["forbiddenfornonorganizer"], ITEM)
        .remedy("Only the organiser can change what all guests see of this event."),
    row(&[403], &["requiredaccesslevel"], CALENDAR)
        .remedy("Ask the owner of this calendar for the right to make changes, or sync it inbound only."),
    row(&[403], &["domainpolicy", "notacalendaruser", "accountdisabled"], ACCOUNT)
        .remedy("Google Calendar is switched off for this account: ask its administrator."),
    row(&[403], &["forbidden"], Meaning::Permanent),
    // 409, 410, 412
    row(&[409], &["duplicate"], Meaning::Taken).of(&[Asked::Insert]),
    row(&[409], &["conflict", "duplicate"], CONFLICT),
    row(&[410], &["fullsyncrequired", "updatedmintoolongago"], CURSOR_LOST),
    row(&[410], &["deleted"], Meaning::Gone).of(&[Asked::Event, Asked::Update, Asked::Delete]),
    row(&[412], &["conditionnotmet"], CONFLICT),
];

/// The row that an answer falls under, with the reason as the vendor spelled it.
pub(super) fn find(status: u16, asked: Asked, told: &Told) -> Option<(&'static Row, &str)> {
    CATALOGUE
        .iter()
        .filter(|row| row.status.contains(&status) && (row.asked.is_empty() || row.asked.contains(&asked)))
        .find_map(|row| row.matched(told).map(|reason| (row, reason)))
}

impl Row {
    fn matched<'t>(&self, told: &'t Told) -> Option<&'t str> {
        self.reasons.iter().find_map(|wanted| match wanted.strip_prefix("location:") {
            Some(parameter) => {
                let named = told.location.eq_ignore_ascii_case(parameter) || message_names(&told.message, parameter);
                named.then(|| told.reasons.first().map_or("invalid", String::as_str))
            }
            None => told.reasons.iter().find(|reason| reason.eq_ignore_ascii_case(wanted)).map(String::as_str),
        })
    }
}

/// Some answers name the parameter in words only: "Invalid sync token value."
fn message_names(message: &str, parameter: &str) -> bool {
    let words = if parameter == "synctoken" { "invalid sync token" } else { "invalid page token" };
    message.to_ascii_lowercase().contains(words)
}
