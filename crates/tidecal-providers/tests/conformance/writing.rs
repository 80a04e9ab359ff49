//! What a write must come to, whoever the vendor is: guarded, read back, and harmless when it is sent twice.

use serde_json::json;
use tidecal_core::model::Event;
use tidecal_core::remote::{
    ComponentWrite, Content, Failure, FailureClass, ItemRef, Mail, Mark, RemoteChange, RemoteComponent, RemoteWrite,
    WriteAction,
};
use tidecal_core::sync::Field;
use tidecal_ical::{Moment, When, Zone};

use crate::bench::Bench;
use crate::mirror::Mirror;

pub(crate) async fn all(bench: &Bench) {
    if !bench.adapter.capabilities().writes {
        return;
    }
    life(bench, "plain").await;
    for (name, tempers) in
        [("weak-etags", json!({"weakEtags": true})), ("no-etag-of-put", json!({"dropEtagOfPut": true}))]
    {
        bench.temper(tempers).await;
        life(bench, name).await;
        bench.calm().await;
    }
    if bench.adapter.capabilities().writes_whole_series {
        bench.temper(json!({"redirect": "sameHost"})).await;
        life(bench, "redirects").await;
        bench.calm().await;
        for status in [403, 409] {
            bench.temper(json!({"uidConflict": status})).await;
            let cal = bench.peer.calendar(&format!("uids-{status}")).await;
            let taken = write(bench, &cal, &new_id(bench, &cal), create("Taken")).await.unwrap_err();
            assert_eq!(taken.class, FailureClass::Conflict, "{taken:?}");
            bench.calm().await;
        }
    }
}

/// Created, changed, changed by others, removed.
async fn life(bench: &Bench, name: &str) {
    let cal = bench.peer.calendar(&format!("written-{name}")).await;
    let mut mirror = Mirror::of(bench, &cal);
    mirror.sync().await.unwrap();
    let id = new_id(bench, &cal);
    let made = component(write(bench, &cal, &id, create("Made")).await.unwrap());
    assert!(!made.version.is_empty(), "{name}: what was written is read back with its version");
    assert_eq!((title(&made), made.mark.as_ref()), ("Made", Some(&mark())), "{name}");
    let again = write(bench, &cal, &id, create("Made")).await;
    match again {
        Err(failure) => assert_eq!(failure.class, FailureClass::Conflict, "{name}: {failure:?}"),
        // A vendor that knows what it was sent answers with what it made of it.
        Ok(changes) => assert_eq!(component(changes).id, made.id, "{name}: not made twice"),
    }
    mirror.sync().await.unwrap();
    assert_eq!(mirror.occurrences(), ["2026-12-01 09:00 Made"], "{name}");

    let changed = write(bench, &cal, &made.id, update(&made, "Changed")).await;
    let changed = component(changed.unwrap_or_else(|failure| panic!("{name}: {failure:?}")));
    assert_eq!(title(&changed), "Changed", "{name}");
    let stale = write(bench, &cal, &made.id, update(&made, "Stale")).await.unwrap_err();
    assert_eq!(stale.class, FailureClass::Conflict, "{name}: {stale:?}");
    mirror.sync().await.unwrap();
    assert_eq!(mirror.occurrences(), ["2026-12-01 09:00 Changed"], "{name}");

    let delete = || WriteAction::Delete { version: changed.version.clone() };
    let gone = write(bench, &cal, &made.id, delete()).await.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
    assert!(gone.is_empty(), "{name}: {gone:?}");
    // Sent twice: done already, or to be looked up.
    if let Err(failure) = write(bench, &cal, &made.id, delete()).await {
        assert_eq!(failure.class, FailureClass::Conflict, "{name}: {failure:?}");
    }
    mirror.sync().await.unwrap();
    assert!(mirror.occurrences().is_empty(), "{name}: {:?}", mirror.occurrences());
}

fn new_id(bench: &Bench, calendar: &str) -> String {
    let (prefix, suffix) = bench.adapter.new_item(calendar);
    format!("{prefix}01a1fd8c69007000800000000000000ag0{suffix}")
}

async fn write(bench: &Bench, cal: &str, id: &str, action: WriteAction) -> Result<Vec<RemoteChange>, Failure> {
    let write = RemoteWrite { series_id: id.to_owned(), action, mail: Mail::Nobody };
    bench.adapter.write(&bench.access, cal, &write).await
}

fn mark() -> Mark {
    Mark {
        calendar_id: "01a1fd8c-6900-7000-8000-000000000001".into(),
        event_id: "01a1fd8c-6900-7000-8000-000000000002".into(),
    }
}

fn create(title: &str) -> WriteAction {
    let zone = Zone::iana("Europe/Vienna").unwrap();
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, 1).at(hour, 0, 0, 0), zone.clone());
    let event = Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) };
    let whole = ComponentWrite {
        item: None,
        recurrence_id: None,
        before: None,
        after: Some(Box::new(event)),
        fields: Field::ALL.to_vec(),
    };
    WriteAction::Create { mark: mark(), components: vec![whole] }
}

fn update(shown: &RemoteComponent, title: &str) -> WriteAction {
    let Content::Event(before) = &shown.content else { panic!("{shown:?}") };
    let after = Event { title: title.into(), ..(**before).clone() };
    WriteAction::Update(vec![ComponentWrite {
        item: Some(ItemRef { id: shown.id.clone(), version: shown.version.clone() }),
        recurrence_id: None,
        before: Some(before.clone()),
        after: Some(Box::new(after)),
        fields: vec![Field::Title],
    }])
}

fn component(mut changes: Vec<RemoteChange>) -> RemoteComponent {
    match changes.pop() {
        Some(RemoteChange::Series(mut series)) if changes.is_empty() => series.components.remove(0),
        other => panic!("{other:?}"),
    }
}

fn title(component: &RemoteComponent) -> &str {
    let Content::Event(event) = &component.content else { panic!("{component:?}") };
    &event.title
}
