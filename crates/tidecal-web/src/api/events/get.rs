//! `GET /api/calendar/events/{eventId}`

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use tidecal_core::model::{Event, ReminderMethod, Reminders, Rights};
use tidecal_core::sync::EventKind;
use tidecal_engine::{EventStanding, MappingState};
use tidecal_ical::Recurrence;
use tidecal_store::{EventDetail, TenantScope};
use utoipa::ToSchema;

use super::edit::shown;
use super::instance::{bounds, conference_url, status, transparency, visibility, zone_name};
use super::people::{AttendeeOut, OrganizerOut};
use crate::auth::Caller;
use crate::input::Id;
use crate::problem::{Code, Problem};
use crate::state::WebState;
use crate::times::Seconds;

/// Everything about an event, a series, or a changed occurrence of one. Times as in an instance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FullEvent {
    id: String,
    /// Shared by all rows of a series.
    series_id: String,
    /// `single`, `master` or `override`.
    kind: &'static str,
    /// Which occurrence an override changes.
    recurrence_id: Option<String>,
    calendar_id: String,
    /// Id at its origin.
    external_event_id: Option<String>,
    /// iCalendar UID, or empty.
    uid: String,
    title: String,
    description: String,
    location: String,
    all_day: bool,
    start: String,
    end: String,
    /// IANA name of the start's zone.
    time_zone: Option<String>,
    zone_guessed: bool,
    /// How the series repeats; of an override: its series.
    recurrence: Option<RecurrenceOut>,
    status: &'static str,
    visibility: &'static str,
    transparency: &'static str,
    event_type: &'static str,
    organizer: Option<OrganizerOut>,
    attendees: Vec<AttendeeOut>,
    /// The vendor did not send all guests.
    attendees_omitted: bool,
    /// Null: as the calendar's settings say.
    reminders: Option<Vec<ReminderOut>>,
    conference: Option<ConferenceOut>,
    conference_url: Option<String>,
    categories: Vec<String>,
    links: Vec<LinkOut>,
    /// Counts its changes; also the `ETag`.
    version: i64,
    /// How far it may be changed here: `full`, `own` (reminders, labels, visibility, free or busy, and the
    /// answer to the invitation) or `read`.
    rights: &'static str,
    /// Why not further; null: nothing is restricted.
    rights_reason: Option<String>,
    /// Connections that show it.
    connection_ids: Vec<String>,
    /// How it stands with each connection that knows it.
    mappings: Vec<EventMappingOut>,
    created_at: Seconds,
    updated_at: Seconds,
}

/// How a series repeats (RFC 5545 3.8.5).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Recurrence)]
pub(crate) struct RecurrenceOut {
    /// RRULE values.
    rules: Vec<String>,
    /// EXRULE values.
    exclusion_rules: Vec<String>,
    /// RDATE.
    dates: Vec<String>,
    /// EXDATE.
    excluded: Vec<String>,
}

/// What a connection made of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventMapping)]
pub(crate) struct EventMappingOut {
    connection_id: String,
    /// Name of the connection.
    connection_name: String,
    provider: &'static str,
    /// `origin`: it came from there; `copy`: it was written there.
    role: &'static str,
    /// `mirrored`, `held`, `conflicted`, `quarantined`, …
    verdict: &'static str,
    /// Why, if it is not simply mirrored.
    reason: Option<String>,
    /// `CREATED`, `SYNCED`, `UPDATED`, `CONFLICT` or `FAILED`.
    status: &'static str,
    last_error: Option<String>,
}

impl From<MappingState> for EventMappingOut {
    fn from(state: MappingState) -> Self {
        Self {
            connection_id: state.connection_id,
            connection_name: state.connection_name,
            provider: state.provider.as_str(),
            role: state.role.as_str(),
            verdict: state.verdict.as_str(),
            reason: Some(state.reason).filter(|reason| !reason.is_empty()),
            status: state.status.as_str(),
            last_error: state.last_error,
        }
    }
}

/// An alarm.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reminder)]
pub(crate) struct ReminderOut {
    /// Negative: after the start.
    minutes_before: i64,
    /// `popup` or `email`.
    method: &'static str,
}

/// How to join.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conference)]
pub(crate) struct ConferenceOut {
    url: String,
    name: String,
    /// `tel:` address, or empty.
    phone: String,
}

/// An attachment or a source.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub(crate) struct LinkOut {
    url: String,
    title: String,
}

impl FullEvent {
    /// Counts its changes.
    pub(super) fn version(&self) -> i64 {
        self.version
    }

    fn of(detail: EventDetail, series: Option<Event>, standing: EventStanding) -> Self {
        let EventDetail { row, external_event_id, connection_ids, created_at, updated_at } = detail;
        let event = row.event;
        let (start, end) = bounds(&event.when);
        let recurrence = event.recurrence.clone().or_else(|| series.and_then(|series| series.recurrence));
        Self {
            id: row.id,
            series_id: row.series_id,
            kind: row.kind.as_str(),
            recurrence_id: row.recurrence_id.map(|id| id.to_string()),
            calendar_id: row.calendar_id,
            external_event_id,
            all_day: event.when.is_all_day(),
            start,
            end,
            time_zone: zone_name(&event.when),
            zone_guessed: event.zone_guessed,
            recurrence: recurrence.map(RecurrenceOut::from),
            status: status(&event),
            visibility: visibility(&event),
            transparency: transparency(&event),
            event_type: event.event_type.as_str(),
            organizer: event.organizer.as_ref().map(OrganizerOut::from),
            attendees: event.attendees.iter().map(AttendeeOut::from).collect(),
            attendees_omitted: event.attendees_omitted,
            reminders: reminders(&event.reminders),
            conference_url: conference_url(&event),
            conference: event.conference.map(|it| ConferenceOut { url: it.url, name: it.name, phone: it.phone }),
            links: event.links.into_iter().map(|link| LinkOut { url: link.url, title: link.title }).collect(),
            uid: event.uid,
            title: event.title,
            description: event.description,
            location: event.location,
            categories: event.categories,
            version: row.version,
            rights: match standing.rights {
                Rights::Full => "full",
                Rights::Own => "own",
                Rights::Read => "read",
            },
            rights_reason: standing.reason,
            mappings: standing.mappings.into_iter().map(EventMappingOut::from).collect(),
            connection_ids,
            created_at: Seconds(created_at),
            updated_at: Seconds(updated_at),
        }
    }
}

impl From<Recurrence> for RecurrenceOut {
    fn from(recurrence: Recurrence) -> Self {
        Self {
            rules: recurrence.rules,
            exclusion_rules: recurrence.exclusion_rules,
            dates: recurrence.dates.iter().map(ToString::to_string).collect(),
            excluded: recurrence.excluded.iter().map(ToString::to_string).collect(),
        }
    }
}

fn reminders(reminders: &Reminders) -> Option<Vec<ReminderOut>> {
    let Reminders::Own(own) = reminders else { return None };
    let out = own.iter().map(|reminder| ReminderOut {
        minutes_before: reminder.minutes_before,
        method: match reminder.method {
            ReminderMethod::Popup => "popup",
            ReminderMethod::Email => "email",
        },
    });
    Some(out.collect())
}

/// One event in full
#[utoipa::path(get, path = "/api/calendar/events/{eventId}", tag = "events", params(("eventId" = String, Path)),
    responses((status = 200, body = FullEvent), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn get_event(State(state): State<WebState>, caller: Caller, Id(id): Id) -> Result<Response, Problem> {
    shown(&state, &caller.own_scope(), &id).await
}

/// The event as it is now.
pub(super) async fn read_event(state: &WebState, scope: &TenantScope, id: &str) -> Result<FullEvent, Problem> {
    let tenant = state.tenant(scope);
    let detail = tenant.get_event(id).await?;
    let series = match detail.row.kind {
        EventKind::Override => match tenant.get_event(&detail.row.series_id).await.map_err(Problem::from) {
            Ok(series) => Some(series.row.event),
            // An occurrence whose series was never shared.
            Err(problem) if problem.code() == Code::NotFound => None,
            Err(problem) => return Err(problem),
        },
        EventKind::Single | EventKind::Master => None,
    };
    let standing = state.engine.event_standing(scope, id, &detail.row.event).await?;
    Ok(FullEvent::of(detail, series, standing))
}
