//! A case as the core knows it: the stored rows, and the change as an adapter delivers it.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use tidecal_core::model::Event;
use tidecal_core::policy::{Ids, Window};
use tidecal_core::remote::{Content, RemoteComponent, RemoteSeries, SeriesScope};
use tidecal_core::sync::{
    ConflictWrite, MappingStatus, MappingWrite, Planned, Rules, SeriesState, Span, Verdict, plan_gone, plan_series,
    plan_unreadable,
};
use tidecal_ical::{RecurrenceId, Zone};

use super::draw::{Case, Change, Here, Known, Pair, Part, Said};
use crate::sim::store::{Row, Store};

pub(super) const SERIES: &str = "s";
/// Local id of the series.
const LOCAL: &str = "local";
/// Version of local rows when both sides agreed, and after edits.
const AGREED: i64 = 3;
const EDITED: i64 = 5;

pub(super) static NOW: LazyLock<Timestamp> =
    LazyLock::new(|| Timestamp::from_second(1_795_000_000).unwrap_or(Timestamp::UNIX_EPOCH));

/// Position of a part among the exceptions; `None`: the master.
pub(super) fn number_of(case: &Case, part: &Part) -> Option<usize> {
    part.slot?;
    case.parts.iter().filter(|it| it.slot.is_some()).position(|it| it.slot == part.slot)
}

/// The vendor's id under which a part is known.
pub(super) fn item_of(number: Option<usize>) -> String {
    number.map_or_else(|| SERIES.to_owned(), |number| format!("{SERIES}_{number}"))
}

/// Id of the local row of a part.
pub(super) fn row_of(number: Option<usize>) -> String {
    number.map_or_else(|| LOCAL.to_owned(), |number| format!("{LOCAL}-{number}"))
}

pub(super) fn key_of(slot: Option<DateTime>) -> Option<RecurrenceId> {
    slot.map(|slot| RecurrenceId::Utc(jiff::tz::TimeZone::UTC.to_timestamp(slot).unwrap_or_default()))
}

/// Spans of stored rows decide nothing here.
fn span() -> Span {
    let end = NOW.checked_add(SignedDuration::from_hours(1)).unwrap_or(*NOW);
    Span { start: *NOW, end, series_end: Some(end) }
}

/// What the store holds before the change.
pub(super) fn stored(case: &Case) -> Store {
    let mut store = Store::default();
    for part in &case.parts {
        store_part(&mut store, part, number_of(case, part));
    }
    store
}

fn store_part(store: &mut Store, part: &Part, number: Option<usize>) {
    let (slot, master) = (key_of(part.slot), part.slot.is_none());
    let blank = MappingWrite {
        external_event_id: item_of(number),
        external_series_id: SERIES.to_owned(),
        recurrence_id: slot,
        series_id: LOCAL.to_owned(),
        version: "1".to_owned(),
        span: Some(span()),
        ..MappingWrite::default()
    };
    let key = (blank.external_event_id.clone(), slot.map(|slot| slot.to_string()).unwrap_or_default());
    let mapping = match &part.known {
        Known::Nothing => return,
        Known::Tombstone => MappingWrite { status: MappingStatus::Deleted, ..blank },
        Known::Quarantined => MappingWrite { status: MappingStatus::Failed, verdict: Verdict::Quarantined, ..blank },
        Known::Outside(face) => {
            let base = Some(Box::new(face.event(master, false)));
            MappingWrite { verdict: Verdict::OutOfWindow, base, ..blank }
        }
        Known::Row(pair) => {
            let id = row_of(number);
            store.events.insert(id.clone(), row(pair, master));
            let mapping = mapped(pair, master, MappingWrite { event_id: Some(id.clone()), ..blank });
            if let Some(said) = &pair.conflict {
                let boxed = |event: Event| Box::new(event);
                let conflict = ConflictWrite {
                    external_event_id: key.0.clone(),
                    recurrence_id: slot,
                    event_id: Some(id),
                    fields: Vec::new(),
                    base: Some(boxed(pair.agreed.event(master, false))),
                    local: (pair.here != Here::Deleted).then(|| boxed(pair.mine.event(master, false))),
                    remote: said.map(|face| boxed(face.event(master, false))),
                };
                store.conflicts.insert(key.clone(), conflict);
            }
            mapping
        }
    };
    store.mappings.insert(key, mapping);
}

fn row(pair: &Pair, master: bool) -> Row {
    Row {
        version: if pair.here == Here::Clean { AGREED } else { EDITED },
        deleted: pair.here == Here::Deleted,
        series_id: LOCAL.to_owned(),
        event: pair.mine.event(master, false),
        span: span(),
    }
}

fn mapped(pair: &Pair, master: bool, blank: MappingWrite) -> MappingWrite {
    let boxed = |face: &super::face::Face| Some(Box::new(face.event(master, false)));
    let differ = pair.agreed.event(master, false) != pair.agreed_there.event(master, false);
    let clean = pair.here == Here::Clean;
    let (spare_base, spare_local) = pair.spare_bases;
    let base = (differ || spare_base).then(|| boxed(&pair.agreed_there)).flatten();
    let local_base = (!clean && (differ || spare_local || !spare_base)).then(|| boxed(&pair.agreed)).flatten();
    let (verdict, status) = match (&pair.conflict, pair.failed) {
        (Some(_), _) => (Verdict::Conflicted, MappingStatus::Conflict),
        (None, true) => (Verdict::Quarantined, MappingStatus::Failed),
        (None, false) if !clean && spare_base => (Verdict::Mirrored, MappingStatus::Updated),
        (None, false) => (Verdict::Mirrored, MappingStatus::Synced),
    };
    MappingWrite {
        version: if pair.conflict == Some(None) { String::new() } else { blank.version.clone() },
        base_version: AGREED,
        base: base.filter(|_| !pair.forgotten),
        local_base: local_base.filter(|_| !pair.forgotten),
        verdict,
        status,
        ..blank
    }
}

pub(super) fn rules(case: &Case) -> Rules {
    static WINDOW: LazyLock<Window> = LazyLock::new(|| Window::around(*NOW, 3, 12));
    Rules { policy: case.policy, direction: case.direction, ..Rules::of(*WINDOW, Zone::utc()) }
}

/// What the vendor says, as an adapter delivers it; the master first.
pub(super) fn components(case: &Case) -> Vec<RemoteComponent> {
    case.parts.iter().filter_map(|part| component(part, number_of(case, part), case.ahead)).collect()
}

fn component(part: &Part, number: Option<usize>, ahead: Option<i64>) -> Option<RemoteComponent> {
    let master = part.slot.is_none();
    let event = |face: &super::face::Face, cancelled| Content::Event(Box::new(face.event(master, cancelled)));
    let (version, content) = match &part.said {
        Said::Nothing => return None,
        Said::Again(face) => ("1", event(face, false)),
        Said::Says(face) => ("2", event(face, false)),
        Said::Cancelled(Some(face)) => ("2", event(face, true)),
        Said::Cancelled(None) => ("2", Content::Cancelled),
        Said::Unreadable => ("2", Content::Unreadable("not readable".to_owned())),
    };
    let id = item_of(number);
    Some(RemoteComponent {
        id: if part.renamed { format!("{id}b") } else { id },
        recurrence_id: key_of(part.slot),
        version: version.to_owned(),
        content,
        updated: ahead.map(|_| *NOW),
        ..RemoteComponent::default()
    })
}

/// What is known of the series.
pub(super) fn load(case: &Case, store: &Store) -> SeriesState {
    let mut state = store.load_series(vec![SERIES.to_owned()], &[]).into_iter().next().unwrap_or_default();
    let updated = case.ahead.and_then(|seconds| NOW.checked_add(SignedDuration::from_secs(seconds)).ok());
    state.components.iter_mut().filter_map(|it| it.local.as_mut()).for_each(|local| local.updated = updated);
    state
}

/// What the core makes of the change in that state.
pub(super) fn plan(case: &Case, state: &SeriesState, components: Vec<RemoteComponent>, seed: u64) -> Planned {
    let (rules, mut ids) = (rules(case), Ids::new(*NOW, seed));
    match case.change {
        Change::Series(scope) => {
            let change = RemoteSeries { id: SERIES.to_owned(), scope, components };
            plan_series(state, &change, &rules, &mut ids)
        }
        Change::Gone => plan_gone(state, SERIES, &rules, &mut ids),
        Change::PartGone(at) => {
            let number = case.parts.get(at).and_then(|part| number_of(case, part));
            plan_gone(state, &item_of(number), &rules, &mut ids)
        }
        Change::Unreadable => {
            let component = RemoteComponent {
                id: SERIES.to_owned(),
                version: "2".to_owned(),
                content: Content::Unreadable("not readable".to_owned()),
                ..RemoteComponent::default()
            };
            plan_unreadable(state, &component, &rules, &mut ids)
        }
    }
}

/// Whether the change speaks of the whole series and every part of it can be read.
pub(super) fn is_whole(case: &Case) -> bool {
    case.change == Change::Series(SeriesScope::Whole) && !case.parts.iter().any(|part| part.said == Said::Unreadable)
}
