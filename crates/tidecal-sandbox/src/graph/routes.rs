//! Which request is which operation: names for faults and ledger, permissions, and the function that answers.
//!
//! `/users/{me}` and `/me` are the same; `calendar` is the default calendar; functions may end in `()`.

use http::Method;

use super::call::Call;
use super::errors::Result;
use super::{Reply, calendars, create, delta, list, me, remove, respond, subscriptions, update, view};
use crate::entra::scopes::{ANY, PROFILE, READ, SETTINGS, WATCH, WRITE};
use crate::google::routes::decoded;
use crate::state::World;

type Handler = fn(&mut World, &Call) -> Result<Reply>;

/// What answers an operation.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Here(Handler),
    /// `$batch`.
    Batch,
    /// Creating a subscription calls the receiver first.
    Subscribe,
    /// Known to the vendor, not served here.
    NotServed,
}

/// The operation of a request with the ids of its path.
pub(crate) struct Found {
    pub(crate) operation: &'static str,
    pub(crate) scopes: &'static [&'static str],
    pub(crate) answer: Answer,
    /// The person of a `/users/…` path.
    pub(crate) person: Option<String>,
    pub(crate) calendar_id: Option<String>,
    pub(crate) event_id: Option<String>,
    pub(crate) item_id: Option<String>,
}

type Entry = (&'static str, &'static [&'static str], Answer);

const fn here(operation: &'static str, scopes: &'static [&'static str], handler: Handler) -> Entry {
    (operation, scopes, Answer::Here(handler))
}

const ME: Entry = here("graph.me", PROFILE, me::show);
const SETTINGS_GET: Entry = here("graph.mailboxSettings", SETTINGS, me::settings);
const ZONES: Entry = here("graph.supportedTimeZones", PROFILE, me::zones);
const TRANSLATE: Entry = here("graph.translateExchangeIds", ANY, me::translate);
const GROUPS: Entry = here("graph.calendarGroups.list", READ, calendars::groups);
const GROUP_CALENDARS: Entry = here("graph.calendarGroups.calendars", READ, calendars::of_group);
const CALENDARS: Entry = here("graph.calendars.list", READ, calendars::list);
const CALENDAR_NEW: Entry = here("graph.calendars.create", WRITE, calendars::create);
const CALENDAR: Entry = here("graph.calendars.get", READ, calendars::get);
const CALENDAR_PATCH: Entry = here("graph.calendars.patch", WRITE, calendars::patch);
const CALENDAR_DELETE: Entry = here("graph.calendars.delete", WRITE, calendars::delete);
const EVENTS: Entry = here("graph.events.list", READ, list::list);
const EVENT_NEW: Entry = here("graph.events.create", WRITE, create::create);
const EVENT: Entry = here("graph.events.get", READ, list::get);
const EVENT_PATCH: Entry = here("graph.events.patch", WRITE, update::patch);
const EVENT_DELETE: Entry = here("graph.events.delete", WRITE, remove::delete);
const CANCEL: Entry = here("graph.events.cancel", WRITE, remove::cancel);
const ACCEPT: Entry = here("graph.events.accept", WRITE, respond::accept);
const DECLINE: Entry = here("graph.events.decline", WRITE, respond::decline);
const TENTATIVE: Entry = here("graph.events.tentativelyAccept", WRITE, respond::tentatively);
const DISMISS: Entry = here("graph.events.dismissReminder", WRITE, respond::dismiss);
const SNOOZE: Entry = here("graph.events.snoozeReminder", WRITE, respond::snooze);
const FORWARD: Entry = ("graph.events.forward", WRITE, Answer::NotServed);
const ATTACHMENTS: Entry = ("graph.events.attachments", READ, Answer::NotServed);
const INSTANCES: Entry = here("graph.events.instances", READ, view::instances);
const VIEW: Entry = here("graph.calendarView", READ, view::view);
const DELTA: Entry = here("graph.delta", READ, delta::delta);
const SCHEDULE: Entry = ("graph.getSchedule", READ, Answer::NotServed);
const BATCH: Entry = ("graph.batch", ANY, Answer::Batch);
const SUBSCRIPTIONS: Entry = here("graph.subscriptions.list", WATCH, subscriptions::list);
const SUBSCRIBE: Entry = ("graph.subscriptions.create", WATCH, Answer::Subscribe);
const SUBSCRIPTION: Entry = here("graph.subscriptions.get", WATCH, subscriptions::get);
const RENEW: Entry = here("graph.subscriptions.renew", WATCH, subscriptions::renew);
const UNSUBSCRIBE: Entry = here("graph.subscriptions.delete", WATCH, subscriptions::delete);
const REAUTHORIZE: Entry = here("graph.subscriptions.reauthorize", WATCH, subscriptions::reauthorize);

const ALL: [Entry; 35] = [
    ME,
    SETTINGS_GET,
    ZONES,
    TRANSLATE,
    GROUPS,
    GROUP_CALENDARS,
    CALENDARS,
    CALENDAR_NEW,
    CALENDAR,
    CALENDAR_PATCH,
    CALENDAR_DELETE,
    EVENTS,
    EVENT_NEW,
    EVENT,
    EVENT_PATCH,
    EVENT_DELETE,
    CANCEL,
    ACCEPT,
    DECLINE,
    TENTATIVE,
    DISMISS,
    SNOOZE,
    FORWARD,
    ATTACHMENTS,
    INSTANCES,
    VIEW,
    DELTA,
    SCHEDULE,
    BATCH,
    SUBSCRIPTIONS,
    SUBSCRIBE,
    SUBSCRIPTION,
    RENEW,
    UNSUBSCRIBE,
    REAUTHORIZE,
];

/// Names of all operations.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> + Clone {
    ALL.iter().map(|entry| entry.0)
}

/// The operation of a request below `/v1.0`.
pub(crate) fn find(method: &Method, path: &str) -> Option<Found> {
    let below = path.strip_prefix("/v1.0/")?.trim_end_matches('/');
    let segments: Vec<String> = below.split('/').map(decoded).collect::<Option<_>>()?;
    let words: Vec<&str> = segments.iter().map(|word| word.trim_end_matches("()")).collect();
    let (person, rest) = match words.as_slice() {
        ["me", rest @ ..] => (None, rest),
        ["users", person, rest @ ..] => (Some(*person), rest),
        _ => return of_service(method.as_str(), &words),
    };
    let (calendar_id, rest) = match rest {
        ["calendars", id, below @ ..] if !below.is_empty() => (Some(*id), below),
        ["calendar", below @ ..] if !below.is_empty() => (None, below),
        _ => (None, rest),
    };
    let (entry, ids) = of_person(method.as_str(), rest)?;
    Some(Found {
        operation: entry.0,
        scopes: entry.1,
        answer: entry.2,
        person: person.map(ToOwned::to_owned),
        calendar_id: calendar_id.or(ids.calendar).map(ToOwned::to_owned),
        event_id: ids.event.map(ToOwned::to_owned),
        item_id: ids.item.map(ToOwned::to_owned),
    })
}

#[derive(Default)]
struct Ids<'a> {
    calendar: Option<&'a str>,
    event: Option<&'a str>,
    item: Option<&'a str>,
}

fn of_person<'a>(method: &str, words: &[&'a str]) -> Option<(Entry, Ids<'a>)> {
    let calendar = |id| Ids { calendar: Some(id), ..Ids::default() };
    let event = |id| Ids { event: Some(id), ..Ids::default() };
    Some(match (method, words) {
        ("GET", []) => (ME, Ids::default()),
        ("GET", ["mailboxSettings"]) => (SETTINGS_GET, Ids::default()),
        ("GET", ["outlook", zones]) if zones.starts_with("supportedTimeZones") => {
            (ZONES, Ids { item: Some(zones), ..Ids::default() })
        }
        ("POST", ["translateExchangeIds"]) => (TRANSLATE, Ids::default()),
        ("GET", ["calendarGroups"]) => (GROUPS, Ids::default()),
        ("GET", ["calendarGroups", id, "calendars"]) => (GROUP_CALENDARS, Ids { item: Some(id), ..Ids::default() }),
        ("GET", ["calendars"]) => (CALENDARS, Ids::default()),
        ("POST", ["calendars"]) => (CALENDAR_NEW, Ids::default()),
        ("GET", ["calendar"]) => (CALENDAR, Ids::default()),
        ("GET", ["calendars", id]) => (CALENDAR, calendar(id)),
        ("PATCH", ["calendars", id]) => (CALENDAR_PATCH, calendar(id)),
        ("DELETE", ["calendars", id]) => (CALENDAR_DELETE, calendar(id)),
        ("POST", ["getSchedule"]) => (SCHEDULE, Ids::default()),
        ("GET", ["events"]) => (EVENTS, Ids::default()),
        ("POST", ["events"]) => (EVENT_NEW, Ids::default()),
        ("GET", ["calendarView"]) => (VIEW, Ids::default()),
        ("GET", ["calendarView", "delta" | "microsoft.graph.delta"]) => (DELTA, Ids::default()),
        ("GET", ["events", id]) => (EVENT, event(id)),
        ("PATCH", ["events", id]) => (EVENT_PATCH, event(id)),
        ("DELETE", ["events", id]) => (EVENT_DELETE, event(id)),
        ("GET", ["events", id, "instances"]) => (INSTANCES, event(id)),
        (_, ["events", id, "attachments", ..]) => (ATTACHMENTS, event(id)),
        ("POST", ["events", id, action]) => {
            let entry = match action.trim_start_matches("microsoft.graph.") {
                "cancel" => CANCEL,
                "accept" => ACCEPT,
                "decline" => DECLINE,
                "tentativelyAccept" => TENTATIVE,
                "dismissReminder" => DISMISS,
                "snoozeReminder" => SNOOZE,
                "forward" => FORWARD,
                _ => return None,
            };
            (entry, event(id))
        }
        _ => return None,
    })
}

fn of_service(method: &str, words: &[&str]) -> Option<Found> {
    let (entry, item) = match (method, words) {
        ("POST", ["$batch"]) => (BATCH, None),
        ("GET", ["subscriptions"]) => (SUBSCRIPTIONS, None),
        ("POST", ["subscriptions"]) => (SUBSCRIBE, None),
        ("GET", ["subscriptions", id]) => (SUBSCRIPTION, Some(*id)),
        ("PATCH", ["subscriptions", id]) => (RENEW, Some(*id)),
        ("DELETE", ["subscriptions", id]) => (UNSUBSCRIBE, Some(*id)),
        ("POST", ["subscriptions", id, "reauthorize"]) => (REAUTHORIZE, Some(*id)),
        _ => return None,
    };
    Some(Found {
        operation: entry.0,
        scopes: entry.1,
        answer: entry.2,
        person: None,
        calendar_id: None,
        event_id: None,
        item_id: item.map(ToOwned::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(method: &Method, path: &str) -> Option<&'static str> {
        find(method, path).map(|found| found.operation)
    }

    #[test]
    fn the_same_thing_has_several_paths() {
        for path in
            ["/v1.0/me/events", "/v1.0/me/calendar/events", "/v1.0/users/ada%40example.com/calendars/a%2Fb%3D/events"]
        {
            assert_eq!(name(&Method::GET, path), Some("graph.events.list"), "{path}");
        }
        assert_eq!(name(&Method::GET, "/v1.0/me/calendars/x/calendarView/delta()"), Some("graph.delta"));
        assert_eq!(name(&Method::POST, "/v1.0/me/events/x/tentativelyAccept"), Some("graph.events.tentativelyAccept"));
        assert_eq!(name(&Method::PUT, "/v1.0/me/events/x"), None);
        let found = find(&Method::GET, "/v1.0/me/calendars/a%2Fb%3D/events/c%2Bd").unwrap();
        assert_eq!((found.calendar_id.as_deref(), found.event_id.as_deref()), (Some("a/b="), Some("c+d")));
        let found = find(&Method::GET, "/v1.0/me/calendars/a").unwrap();
        assert_eq!((found.operation, found.calendar_id.as_deref()), ("graph.calendars.get", Some("a")));
    }
}
