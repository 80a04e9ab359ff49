//! What the adapter writes, as Outlook has it afterwards, and whom it tells.

use serde_json::{Value, json};
use tidecal_core::model::{Attendee, Event, Reminder, ReminderMethod, Reminders, Response, Status};
use tidecal_core::remote::{
    Answer, ComponentWrite, Content, Failure, FailureClass, ItemRef, Mail, Mark, PermanentScope, RemoteChange,
    RemoteComponent, RemoteSeries, RemoteWrite, WriteAction,
};
use tidecal_core::sync::{Field, differing};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};
use tidecal_providers::Access;

use crate::mirror::Mirror;
use crate::peer::{ADA, BEN, Peer, timed};

const KEY: &str = "01a1fd8c69007000800000000000000ag0";

fn mark() -> Mark {
    Mark {
        calendar_id: "01a1fd8c-6900-7000-8000-000000000001".into(),
        event_id: "01a1fd8c-6900-7000-8000-000000000002".into(),
    }
}

fn event(title: &str, hour: i8) -> Event {
    let zone = || Zone::iana("Europe/Berlin").unwrap();
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, 1).at(hour, 0, 0, 0), zone());
    Event {
        title: title.into(),
        reminders: Reminders::Own(vec![]),
        ..Event::at(When::Timed { start: at(hour), end: at(hour + 1) })
    }
}

fn repeating(title: &str, rule: &str) -> Event {
    let recurrence = Recurrence { rules: vec![rule.into()], ..Recurrence::default() };
    Event { recurrence: Some(recurrence), ..event(title, 9) }
}

fn content(component: &RemoteComponent) -> &Event {
    match &component.content {
        Content::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn slot(text: &str) -> RecurrenceId {
    text.parse().unwrap()
}

struct Desk {
    peer: Peer,
    access: Access,
    calendar: String,
}

impl Desk {
    async fn open() -> Self {
        let peer = Peer::empty().await;
        let access = peer.connect(ADA).await;
        let calendar = peer.main_calendar(&access).await;
        Self { peer, access, calendar }
    }

    async fn try_write(&self, write: &RemoteWrite) -> Result<Option<RemoteSeries>, Failure> {
        let changes = self.peer.adapter().write(&self.access, &self.calendar, write).await?;
        let series = |change| if let RemoteChange::Series(series) = change { Some(series) } else { None };
        Ok(changes.into_iter().find_map(series))
    }

    async fn create_as(&self, key: &str, event: &Event, mail: Mail) -> Result<Option<RemoteSeries>, Failure> {
        let (before, after) = self.peer.adapter().new_item(&self.calendar);
        let component = ComponentWrite {
            item: None,
            recurrence_id: None,
            before: None,
            after: Some(Box::new(event.clone())),
            fields: Field::ALL.to_vec(),
        };
        let action = WriteAction::Create { mark: mark(), components: vec![component] };
        self.try_write(&RemoteWrite { series_id: format!("{before}{key}{after}"), action, mail }).await
    }

    async fn create(&self, event: &Event) -> RemoteSeries {
        self.create_as(KEY, event, Mail::Nobody).await.unwrap().unwrap()
    }

    async fn change(&self, shown: &RemoteComponent, after: &Event, mail: Mail) -> Result<RemoteSeries, Failure> {
        let before = content(shown).clone();
        let component = ComponentWrite {
            item: Some(ItemRef { id: shown.id.clone(), version: shown.version.clone() }),
            recurrence_id: shown.recurrence_id,
            fields: differing(&before, after),
            before: Some(Box::new(before)),
            after: Some(Box::new(after.clone())),
        };
        let action = WriteAction::Update(vec![component]);
        let written = self.try_write(&RemoteWrite { series_id: shown.id.clone(), action, mail }).await?;
        Ok(written.unwrap())
    }

    /// An occurrence that follows the rule becomes this.
    async fn except(&self, series: &str, slot: RecurrenceId, before: &Event, after: &Event) -> RemoteSeries {
        let component = ComponentWrite {
            item: None,
            recurrence_id: Some(slot),
            fields: differing(before, after),
            before: Some(Box::new(before.clone())),
            after: Some(Box::new(after.clone())),
        };
        let action = WriteAction::Update(vec![component]);
        let write = RemoteWrite { series_id: series.to_owned(), action, mail: Mail::Nobody };
        self.try_write(&write).await.unwrap().unwrap()
    }

    async fn delete(&self, id: &str, version: &str, mail: Mail) -> Result<Option<RemoteSeries>, Failure> {
        let action = WriteAction::Delete { version: version.to_owned() };
        self.try_write(&RemoteWrite { series_id: id.to_owned(), action, mail }).await
    }
}

#[tokio::test]
async fn what_is_created_reads_back_as_it_was_and_carries_its_mark() {
    let desk = Desk::open().await;
    let mine = Event {
        description: "Agenda:\n1 < 2 & more".into(),
        location: "Room 2".into(),
        categories: vec!["Blue".into(), "Red".into()],
        reminders: Reminders::Own(vec![Reminder { minutes_before: 20, method: ReminderMethod::Popup }]),
        ..event("Review", 9)
    };
    let series = desk.create(&mine).await;
    let shown = &series.components[0];
    assert_eq!(differing(content(shown), &mine), []);
    assert_eq!(shown.mark.as_ref(), Some(&mark()));
    assert!(!series.id.starts_with("new:"));
    let mut mirror = Mirror::of(&desk.peer, &desk.access, &desk.calendar);
    mirror.sync().await.unwrap();
    assert_eq!(mirror.series[&series.id][0].mark.as_ref(), Some(&mark()), "also where a page does not show it");
    assert_eq!(desk.peer.mails().await.len(), 0);
}

#[tokio::test]
async fn a_repeated_creation_is_found_and_makes_no_second_event() {
    let desk = Desk::open().await;
    let unconfirmed = ItemRef { id: format!("new:{KEY}"), version: String::new() };
    let asked = std::slice::from_ref(&unconfirmed);
    let found = desk.peer.adapter().fetch_items(&desk.access, &desk.calendar, asked).await.unwrap();
    assert!(matches!(&found[0], RemoteChange::Gone { proven: true, .. }), "{found:?}");
    let first = desk.create(&event("Review", 9)).await;
    for status in [400, 409] {
        desk.peer.switch(json!({"duplicateTransactionStatus": status, "hideExistingEventId": status == 400})).await;
        let again = desk.create_as(KEY, &event("Review", 9), Mail::Nobody).await.unwrap_err();
        assert_eq!(again.class, FailureClass::Conflict, "{again:?}");
    }
    let found = desk.peer.adapter().fetch_items(&desk.access, &desk.calendar, asked).await.unwrap();
    assert!(matches!(&found[0], RemoteChange::Series(series) if series.id == first.id), "{found:?}");
    assert_eq!(desk.peer.stored(&desk.calendar).await.len(), 1);
    let next = desk.create_as("01a1fd8c69007000800000000000000ag1", &event("Review", 9), Mail::Nobody).await;
    assert_ne!(next.unwrap().unwrap().id, first.id);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_event() {
    let desk = Desk::open().await;
    desk.peer.fault(json!({"operation": "graph.events.create", "dropConnection": "after"})).await;
    let lost = desk.create_as(KEY, &event("Review", 9), Mail::Nobody).await.unwrap_err();
    assert_eq!(lost.class, FailureClass::Transient);
    let again = desk.create_as(KEY, &event("Review", 9), Mail::Nobody).await.unwrap_err();
    assert_eq!(again.class, FailureClass::Conflict);
    assert_eq!(desk.peer.stored(&desk.calendar).await.len(), 1);
}

#[tokio::test]
async fn a_change_writes_its_fields_alone_and_rests_on_a_version() {
    let desk = Desk::open().await;
    let series = desk.create(&event("Review", 9)).await;
    let shown = &series.components[0];
    let (id, calendar) = (series.id.as_str(), desk.calendar.as_str());
    let mine = Event { title: "Retro".into(), ..content(shown).clone() };
    let written = desk.change(shown, &mine, Mail::Nobody).await.unwrap();
    assert_eq!(content(&written.components[0]).title, "Retro");
    let patches = desk.peer.calls("graph.events.patch").await;
    assert_eq!(patches.len(), 1);

    let stale = Event { location: "Elsewhere".into(), ..content(shown).clone() };
    let failure = desk.change(shown, &stale, Mail::Nobody).await.unwrap_err();
    assert_eq!((failure.class, failure.http_status), (FailureClass::Conflict, Some(412)));
    desk.peer.edit(calendar, id, json!({"location": {"displayName": "Room 9"}})).await;
    let stored = desk.peer.stored(calendar).await;
    assert_eq!((&stored[0]["subject"], &stored[0]["location"]["displayName"]), (&json!("Retro"), &json!("Room 9")));

    let later = Event { title: "Retro 2".into(), ..content(&written.components[0]).clone() };
    let lost = desk.change(&written.components[0], &later, Mail::Nobody).await.unwrap_err();
    assert_eq!(lost.class, FailureClass::Conflict);
}

#[tokio::test]
async fn a_series_is_written_with_exceptions_and_gaps() {
    let desk = Desk::open().await;
    let mut mine = repeating("Daily", "FREQ=DAILY;COUNT=5");
    mine.recurrence.as_mut().unwrap().excluded = vec![slot("20261205T080000Z")];
    let series = desk.create(&mine).await;
    assert_eq!(content(&series.components[0]).recurrence.as_ref().unwrap().rules, ["FREQ=DAILY;COUNT=5"]);
    assert_eq!(series.components[1].recurrence_id, Some(slot("20261205T080000Z")), "{series:?}");

    let rule =
        Event { recurrence: None, when: mine.when.shifted_to("2026-12-02T09:00:00".parse().unwrap()), ..mine.clone() };
    let moved = Event {
        title: "Moved".into(),
        when: mine.when.shifted_to("2026-12-02T15:00:00".parse().unwrap()),
        ..rule.clone()
    };
    let written = desk.except(&series.id, slot("20261202T080000Z"), &rule, &moved).await;
    let exception = written.components.iter().find(|it| it.recurrence_id == Some(slot("20261202T080000Z"))).unwrap();
    assert_eq!(content(exception).title, "Moved");

    let rule = Event { when: mine.when.shifted_to("2026-12-03T09:00:00".parse().unwrap()), ..rule };
    let off = Event { status: Status::Cancelled, ..rule.clone() };
    for _ in 0..2 {
        let written = desk.except(&series.id, slot("20261203T080000Z"), &rule, &off).await;
        let gap = written.components.iter().find(|it| it.recurrence_id == Some(slot("20261203T080000Z"))).unwrap();
        assert_eq!(gap.content, Content::Cancelled);
    }
    let mut mirror = Mirror::of(&desk.peer, &desk.access, &desk.calendar);
    mirror.sync().await.unwrap();
    assert_eq!(mirror.lines(), ["2026-12-01 09:00 Daily", "2026-12-02 15:00 Moved", "2026-12-04 09:00 Daily"]);
    let master = &mirror.series[&series.id][0];
    let later = Event { title: "Every day".into(), ..content(master).clone() };
    desk.change(master, &later, Mail::Nobody).await.unwrap();
    mirror.sync().await.unwrap();
    assert_eq!(mirror.lines().len(), 3, "exceptions and gaps stay: {:?}", mirror.lines());
}

#[tokio::test]
async fn every_kind_of_pattern_survives_the_way_there_and_back() {
    let desk = Desk::open().await;
    for (index, rule) in [
        "FREQ=DAILY;INTERVAL=3;COUNT=4",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270401T215959Z;BYDAY=TU,SU;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=1TU",
        "FREQ=MONTHLY;BYDAY=TU,WE;BYSETPOS=1",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=12;BYDAY=1TU",
        "FREQ=YEARLY;COUNT=3;BYMONTH=12;BYDAY=TU,WE;BYSETPOS=1",
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("01a1fd8c69007000800000000000000ag{}", index + 10);
        let series = desk.create_as(&key, &repeating("Pattern", rule), Mail::Nobody).await.unwrap().unwrap();
        assert_eq!(content(&series.components[0]).recurrence.as_ref().unwrap().rules, [rule]);
    }
    let odd = repeating("Odd", "FREQ=MONTHLY;BYDAY=1TU,3TU");
    let failure = desk.create_as(KEY, &odd, Mail::Nobody).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Permanent(PermanentScope::Item));
    assert!(failure.detail.contains("Outlook has no such series") && failure.remedy.is_some(), "{failure:?}");
}

#[tokio::test]
async fn whole_days_flights_and_zones_without_a_windows_name_read_back() {
    let desk = Desk::open().await;
    let days = When::AllDay { start: jiff::civil::date(2026, 12, 24), end: jiff::civil::date(2026, 12, 27) };
    let zoned = |text: &str, zone: &str| Moment::zoned(text.parse().unwrap(), Zone::iana(zone).unwrap());
    let flight = When::Timed {
        start: zoned("2026-12-24T10:00:00", "Europe/Berlin"),
        end: zoned("2026-12-24T13:00:00", "America/New_York"),
    };
    for (index, when) in [days, flight].into_iter().enumerate() {
        let mine = Event { reminders: Reminders::Own(vec![]), ..Event::at(when.clone()) };
        let series = desk.create_as(&format!("{KEY}{index}"), &mine, Mail::Nobody).await.unwrap().unwrap();
        assert_eq!(content(&series.components[0]).when, when);
    }
    let troll = When::Timed {
        start: zoned("2026-12-24T10:00:00", "Antarctica/Troll"),
        end: zoned("2026-12-24T11:00:00", "Antarctica/Troll"),
    };
    let mine = Event { reminders: Reminders::Own(vec![]), ..Event::at(troll.clone()) };
    let series = desk.create(&mine).await;
    assert_eq!(content(&series.components[0]).when.span(&Zone::utc()), troll.span(&Zone::utc()));
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_twice_is_no_failure() {
    let desk = Desk::open().await;
    let series = desk.create(&event("Review", 9)).await;
    let version = series.components[0].version.clone();
    desk.peer.edit(&desk.calendar, &series.id, json!({"subject": "News"})).await;
    let failure = desk.delete(&series.id, &version, Mail::Nobody).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Conflict, "it has changed: {failure:?}");
    for _ in 0..2 {
        assert_eq!(desk.delete(&series.id, "", Mail::Nobody).await.unwrap(), None);
    }
    assert!(desk.peer.stored(&desk.calendar).await.is_empty());
}

#[tokio::test]
async fn guests_are_mailed_with_consent_and_never_without() {
    let desk = Desk::open().await;
    let guest = Attendee { email: BEN.into(), ..Attendee::default() };
    let meeting = Event { attendees: vec![guest], ..event("Review", 9) };
    let copy = desk.create(&meeting).await;
    assert!(content(&copy.components[0]).attendees.is_empty(), "a silent creation has no guests");
    assert_eq!(desk.peer.mails().await.len(), 0);

    let invited = desk.create_as("01a1fd8c69007000800000000000000ag7", &meeting, Mail::Guests).await.unwrap().unwrap();
    let shown = &invited.components[0];
    let mails = desk.peer.mails().await.len();
    assert!(mails > 0 && content(shown).attendees.len() == 1, "{invited:?}");
    assert!(content(shown).organizer.as_ref().unwrap().is_self);

    let later = Event { title: "Later".into(), ..content(shown).clone() };
    let failure = desk.change(shown, &later, Mail::Nobody).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Permanent(PermanentScope::Item));
    let failure = desk.delete(&invited.id, "", Mail::Nobody).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Permanent(PermanentScope::Item));
    assert_eq!(desk.peer.mails().await.len(), mails, "nobody was told of what was refused");

    let changed = desk.change(shown, &later, Mail::Guests).await.unwrap();
    assert!(desk.peer.mails().await.len() > mails);
    let mails = desk.peer.mails().await.len();
    desk.delete(&invited.id, &changed.components[0].version, Mail::Guests).await.unwrap();
    assert!(desk.peer.mails().await.len() > mails, "a cancellation");
}

#[tokio::test]
async fn an_invitation_is_answered_in_silence_or_not() {
    let desk = Desk::open().await;
    let ben = desk.peer.connect(BEN).await;
    let bens = desk.peer.main_calendar(&ben).await;
    for (response, notify, stays) in
        [(Response::Accepted, false, true), (Response::Tentative, true, true), (Response::Declined, false, false)]
    {
        let mut body = timed("Lunch", "2026-12-08T12:00", "2026-12-08T13:00");
        body["attendees"] = json!([{"type": "required", "emailAddress": {"address": BEN, "name": "Ben"}}]);
        desk.peer.add(&desk.calendar, body).await;
        let mut mirror = Mirror::of(&desk.peer, &ben, &bens);
        mirror.sync().await.unwrap();
        let invitation = mirror.series.values().flatten().last().unwrap().clone();
        assert!(content(&invitation).attendees.iter().any(|guest| guest.is_self), "{invitation:?}");
        let before = desk.peer.mails().await.len();
        let item = ItemRef { id: invitation.id.clone(), version: invitation.version.clone() };
        let answer: Answer = serde_json::from_value(json!({"response": response, "notify": notify})).unwrap();
        let action = WriteAction::Answer { item, recurrence_id: None, answer };
        let mail = if notify { Mail::Guests } else { Mail::Nobody };
        let write = RemoteWrite { series_id: invitation.id.clone(), action, mail };
        let answered = desk.peer.adapter().write(&ben, &bens, &write).await.unwrap();
        let RemoteChange::Series(series) = &answered[0] else { panic!("{answered:?}") };
        let own = content(&series.components[0]).attendees.iter().find(|guest| guest.is_self).unwrap();
        assert_eq!(own.response, response);
        assert_eq!(desk.peer.mails().await.len() > before, notify, "{response:?}");
        let left = desk.peer.stored(&bens).await.len();
        assert_eq!(left > 0, stays, "declining takes it out of the calendar");
        for event in desk.peer.stored(&bens).await {
            desk.peer.remove(&bens, event["id"].as_str().unwrap()).await;
        }
        for event in desk.peer.stored(&desk.calendar).await {
            desk.peer.remove(&desk.calendar, event["id"].as_str().unwrap()).await;
        }
    }
}

#[tokio::test]
async fn the_way_into_an_online_meeting_survives_a_new_description() {
    let desk = Desk::open().await;
    let mut body = timed("Online", "2026-12-08T12:00", "2026-12-08T13:00");
    body["isOnlineMeeting"] = json!(true);
    body["onlineMeetingProvider"] = json!("teamsForBusiness");
    desk.peer.add(&desk.calendar, body).await;
    let mut mirror = Mirror::of(&desk.peer, &desk.access, &desk.calendar);
    mirror.sync().await.unwrap();
    let shown = mirror.series.values().flatten().next().unwrap().clone();
    assert!(content(&shown).conference.as_ref().is_some_and(|it| it.name == "Microsoft Teams"), "{shown:?}");
    let mine = Event { description: "New agenda".into(), ..content(&shown).clone() };
    let written = desk.change(&shown, &mine, Mail::Nobody).await.unwrap();
    let now = content(&written.components[0]);
    assert!(
        now.description.contains("New agenda") && now.description.contains("Join the meeting"),
        "{}",
        now.description
    );
    assert!(now.conference.is_some());
}

#[tokio::test]
async fn a_calendar_that_is_only_read_refuses() {
    let desk = Desk::open().await;
    let made = json!({"account": ADA, "name": "Read only", "canEdit": false});
    let calendar = desk.peer.control("POST", "graph/calendars", made).await["id"].as_str().unwrap().to_owned();
    let desk = Desk { calendar, ..desk };
    let failure = desk.create_as(KEY, &event("Review", 9), Mail::Nobody).await.unwrap_err();
    assert!(matches!(failure.class, FailureClass::Permanent(_)), "{failure:?}");
    assert_eq!(desk.peer.stored(&desk.calendar).await, Vec::<Value>::new());
}
