//! Scenarios of whole runs against a store in memory and a vendor that follows a script.

use std::collections::{BTreeMap, BTreeSet};

use tidecal_ical::{Moment, When, Zone};

use super::*;
use crate::model::Event;
use crate::policy::{Brakes, Guard, Window};
use crate::sync::{ComponentState, EventOp, LocalEvent, MappingStatus, MappingWrite, Rules, SeriesState, Verdict};

type Key = (String, Option<tidecal_ical::RecurrenceId>);

/// What a store does, in memory.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) events: BTreeMap<String, (i64, Event)>,
    mappings: BTreeMap<Key, MappingWrite>,
    seen: BTreeSet<String>,
    pub(super) cursor: Option<String>,
    progress: Option<Progress>,
    commits: usize,
    event_writes: usize,
}

impl Memory {
    fn commit(&mut self, commit: Commit) {
        self.commits += 1;
        for write in commit.writes.events {
            self.event_writes += 1;
            match write.op {
                EventOp::Insert { event, .. } => {
                    assert!(
                        self.events.insert(write.id.clone(), (1, *event)).is_none(),
                        "inserted twice: {}",
                        write.id
                    );
                }
                EventOp::Update { expected, event, .. } => {
                    let row = self.events.get_mut(&write.id).unwrap();
                    assert_eq!(row.0, expected);
                    *row = (expected + 1, *event);
                }
                EventOp::Delete { expected } => {
                    assert_eq!(self.events.remove(&write.id).unwrap().0, expected);
                }
            }
        }
        for mapping in commit.writes.mappings {
            let key = (mapping.external_event_id.clone(), mapping.recurrence_id);
            self.mappings.insert(key, mapping);
        }
        self.seen.extend(commit.writes.seen);
        self.progress = commit.progress;
        if commit.cursor.is_some() {
            self.cursor = commit.cursor;
        }
    }

    fn series(&self, series: &[String], items: &[String]) -> Vec<SeriesState> {
        let mut found: BTreeMap<String, SeriesState> = BTreeMap::new();
        let wanted: BTreeSet<&String> = self
            .mappings
            .values()
            .filter(|it| series.contains(&it.external_series_id) || items.contains(&it.external_event_id))
            .map(|it| &it.external_series_id)
            .collect();
        for mapping in self.mappings.values().filter(|it| wanted.contains(&it.external_series_id)) {
            let state = found.entry(mapping.external_series_id.clone()).or_default();
            state.id.clone_from(&mapping.external_series_id);
            state.series_id = Some(mapping.series_id.clone());
            let local = mapping.event_id.as_ref().and_then(|id| {
                let (version, event) = self.events.get(id)?;
                Some(LocalEvent::new(id.clone(), *version, event.clone()))
            });
            state.components.push(ComponentState { binding: mapping.binding(), local });
        }
        found.into_values().collect()
    }

    pub(super) fn titles(&self) -> Vec<&str> {
        let mut titles: Vec<&str> = self.events.values().map(|(_, event)| event.title.as_str()).collect();
        titles.sort_unstable();
        titles
    }

    fn verdict(&self, id: &str) -> Verdict {
        self.mappings.iter().find(|(key, _)| key.0 == id).unwrap().1.verdict
    }
}

/// A vendor that answers from a script and asserts that it is asked what the scenario expects.
#[derive(Default)]
pub(super) struct Script {
    pub(super) pages: VecDeque<Result<Page, Failure>>,
    items: BTreeMap<String, RemoteChange>,
    pub(super) queries: Vec<PageQuery>,
    fetched: Vec<String>,
}

pub(super) struct World {
    pub(super) memory: Memory,
    pub(super) script: Script,
    pub(super) released: bool,
    pub(super) guard: Guard,
    restored: bool,
    check_entering: bool,
    pub(super) now: Timestamp,
    pub(super) last_look: Option<Timestamp>,
    runs: u64,
}

impl World {
    fn new() -> Self {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let (memory, script) = (Memory::default(), Script::default());
        Self {
            memory,
            script,
            released: false,
            guard: Guard::default(),
            restored: false,
            check_entering: false,
            now,
            last_look: None,
            runs: 0,
        }
    }

    fn rules(&self) -> Rules {
        Rules::of(Window::around(self.now, 3, 12), Zone::utc())
    }

    fn start(&mut self) -> (Run, Instruction) {
        self.runs += 1;
        let start = RunStart {
            now: self.now,
            last_look: self.last_look,
            cursor: self.memory.cursor.clone(),
            progress: self.memory.progress.clone(),
            has_mappings: !self.memory.mappings.is_empty(),
            retries: Vec::new(),
            check_entering: self.check_entering,
            range: None,
            local_cursor: 0,
            check_local: false,
        };
        let settings = RunSettings {
            rules: self.rules(),
            guard: self.guard,
            brakes: Brakes::default(),
            released: self.released,
            restored: self.restored,
            items_per_fetch: 2,
            hub: false,
            outbound: None,
        };
        Run::begin(start, settings, Ids::new(self.now, self.runs))
    }

    pub(super) fn run(&mut self) -> Finish {
        let (mut run, mut instruction) = self.start();
        for _ in 0..10_000 {
            if let Instruction::Finish(finish) = instruction {
                if let Some(cursor) = &finish.cursor {
                    self.memory.cursor = Some(cursor.clone());
                }
                if finish.outcome == Outcome::Done {
                    self.memory.seen.clear();
                    self.memory.progress = None;
                }
                return *finish;
            }
            let input = self.answer(instruction);
            instruction = run.next(input);
        }
        panic!("the run does not end");
    }

    fn answer(&mut self, instruction: Instruction) -> Input {
        match instruction {
            Instruction::FetchPage(query) => {
                self.script.queries.push(query);
                match self.script.pages.pop_front().expect("a page that the scenario did not write") {
                    Ok(page) => Input::Page(page),
                    Err(failure) => Input::Failed(failure),
                }
            }
            Instruction::FetchItems(items) => {
                assert!(items.len() <= 2);
                let mut answers = Vec::new();
                for item in items {
                    self.script.fetched.push(item.id.clone());
                    let gone = RemoteChange::Gone { id: item.id.clone(), proven: true };
                    answers.push(self.script.items.get(&item.id).cloned().unwrap_or(gone));
                }
                Input::Items(answers)
            }
            Instruction::LoadVersions(ids) => Input::Versions(
                self.memory
                    .mappings
                    .values()
                    .filter(|it| ids.contains(&it.external_event_id))
                    .map(|it| (it.external_event_id.clone(), it.item_state()))
                    .collect(),
            ),
            Instruction::LoadSeries { series, items, .. } => Input::Series(self.memory.series(&series, &items)),
            Instruction::LoadEntering(window) => {
                let inside = |it: &&MappingWrite| {
                    it.verdict == Verdict::OutOfWindow
                        && it.span.is_some_and(|span| window.overlaps(span.start, span.series_end))
                };
                let ids: Vec<String> =
                    self.memory.mappings.values().filter(inside).map(|it| it.external_series_id.clone()).collect();
                Input::Series(self.memory.series(&ids, &[]))
            }
            Instruction::LoadUnseen { after, lower, .. } => Input::Unseen(
                self.memory
                    .mappings
                    .values()
                    .filter(|it| {
                        it.status != MappingStatus::Deleted && !self.memory.seen.contains(&it.external_event_id)
                    })
                    .filter(|it| after.as_ref().is_none_or(|after| it.external_event_id > *after))
                    .filter(|it| it.span.and_then(|span| span.series_end).is_none_or(|end| end > lower))
                    .take(3)
                    .map(|it| ItemRef { id: it.external_event_id.clone(), version: it.version.clone() })
                    .collect(),
            ),
            Instruction::LoadLocal { .. } | Instruction::Push(_) => panic!("nothing goes out"),
            Instruction::Count => {
                let live = self.memory.mappings.values().filter(|it| it.event_id.is_some()).count() as u64;
                Input::Counted(Counted { live, ..Counted::default() })
            }
            Instruction::Commit(commit) => {
                self.memory.commit(*commit);
                Input::Committed
            }
            Instruction::Finish(_) => panic!("a finish has no answer"),
        }
    }
}

pub(super) fn event(title: &str, day: i8) -> Event {
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, day).at(hour, 0, 0, 0), Zone::utc());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
}

pub(super) fn single(id: &str, version: &str, event: Event) -> RemoteChange {
    let content = Content::Event(Box::new(event));
    let component = RemoteComponent {
        id: id.into(),
        recurrence_id: None,
        version: version.into(),
        content,
        raw: b"raw".to_vec(),
        ..RemoteComponent::default()
    };
    RemoteChange::Series(RemoteSeries { id: id.into(), scope: SeriesScope::Part, components: vec![component] })
}

pub(super) fn gone(id: &str) -> RemoteChange {
    RemoteChange::Gone { id: id.into(), proven: true }
}

fn listed(id: &str, version: &str) -> RemoteChange {
    RemoteChange::Listed(ItemRef { id: id.into(), version: version.into() })
}

pub(super) fn more(changes: Vec<RemoteChange>, token: &str) -> Result<Page, Failure> {
    Ok(Page { changes, next: Next::Page(PageToken(token.into())) })
}

pub(super) fn last(changes: Vec<RemoteChange>, cursor: &str) -> Result<Page, Failure> {
    Ok(Page { changes, next: Next::Done(Cursor(cursor.into())) })
}

pub(super) fn lost() -> Result<Page, Failure> {
    Err(Failure::new(FailureClass::CursorLost, "410"))
}

/// A world in which `count` events were read.
pub(super) fn world_with(count: usize) -> World {
    let mut world = World::new();
    let all = (0..count).map(|n| single(&format!("e{n:03}"), "1", event(&format!("title {n:03}"), 1))).collect();
    world.script.pages.push_back(last(all, "c1"));
    assert_eq!(world.run().outcome, Outcome::Done);
    world
}

#[test]
fn a_first_run_reads_all_pages_and_keeps_the_cursor_of_the_last() {
    let mut world = World::new();
    world.script.pages.push_back(more(vec![single("a", "1", event("a", 1))], "p2"));
    world.script.pages.push_back(last(vec![single("b", "1", event("b", 2))], "c1"));
    let finish = world.run();
    assert_eq!((finish.outcome, finish.stats.synced, finish.pages), (Outcome::Done, 2, 2));
    assert_eq!(world.memory.titles(), ["a", "b"]);
    assert!(world.memory.cursor.as_deref().unwrap().ends_with("|c1"));
    assert_eq!(world.script.queries[1].token, Some(PageToken("p2".into())));
}

#[test]
fn a_quiet_second_run_writes_nothing() {
    let mut world = world_with(3);
    let commits = world.memory.commits;
    world.script.pages.push_back(last(vec![], "c2"));
    let finish = world.run();
    assert_eq!((finish.outcome, finish.stats, world.memory.commits), (Outcome::Done, Stats::default(), commits));
    assert!(world.memory.cursor.as_deref().unwrap().ends_with("|c2"), "the cursor moves with the finish");
    assert_eq!(world.script.queries.last().unwrap().reading, Reading::Delta { cursor: Cursor("c1".into()) });
}

#[test]
fn a_delta_updates_and_deletes() {
    let mut world = world_with(10);
    world.script.pages.push_back(last(vec![single("e001", "2", event("new title", 1)), gone("e002")], "c2"));
    let finish = world.run();
    assert_eq!((finish.stats.updated, finish.stats.deleted, finish.removals), (2, 1, 1));
    assert!(world.memory.titles().contains(&"new title") && !world.memory.titles().contains(&"title 002"));
}

#[test]
fn an_interrupted_full_reading_goes_on_where_it_was() {
    let mut world = World::new();
    world.script.pages.push_back(more(vec![single("a", "1", event("a", 1))], "p2"));
    world.script.pages.push_back(Err(Failure::new(FailureClass::Transient, "503").outage()));
    assert!(matches!(world.run().outcome, Outcome::Failed(_)));
    world.script.pages.push_back(last(vec![single("b", "1", event("b", 2))], "c1"));
    let finish = world.run();
    assert_eq!((finish.outcome, finish.kind), (Outcome::Done, ReadingKind::Full));
    assert_eq!(world.script.queries.last().unwrap().token, Some(PageToken("p2".into())));
    assert_eq!(world.memory.titles(), ["a", "b"]);
}

#[test]
fn a_lost_cursor_means_a_comparison_without_a_write_for_unchanged_events() {
    let mut world = world_with(3);
    let writes = world.memory.event_writes;
    world.script.pages.push_back(lost());
    let all = (0..3).map(|n| single(&format!("e{n:03}"), "1", event(&format!("title {n:03}"), 1))).collect();
    world.script.pages.push_back(last(all, "c9"));
    let finish = world.run();
    assert_eq!((finish.outcome, finish.kind, finish.stats.skipped), (Outcome::Done, ReadingKind::Comparison, 3));
    assert_eq!(world.memory.event_writes, writes);
    assert!(world.script.fetched.is_empty(), "nothing was missing, nothing is asked for");
    assert!(world.memory.cursor.as_deref().unwrap().ends_with("|c9"));
}

#[test]
fn a_comparison_loads_only_what_may_have_news() {
    let mut world = world_with(3);
    world.memory.mappings.get_mut(&("e001".into(), None)).unwrap().verdict = Verdict::OutOfWindow;
    world.script.pages.push_back(lost());
    let version = |n| if n == 2 { "2" } else { "1" };
    let all = (0..3).map(|n| single(&format!("e{n:03}"), version(n), event(&format!("title {n:03}"), 1))).collect();
    world.script.pages.push_back(last(all, "c9"));
    let (mut run, mut instruction) = world.start();
    let (mut loaded, mut has_moved) = (Vec::new(), false);
    while !matches!(instruction, Instruction::Finish(_)) {
        if let Instruction::LoadSeries { series, .. } = &instruction {
            loaded.push(series.clone());
        }
        let moves = matches!(instruction, Instruction::Commit(_)) && !std::mem::replace(&mut has_moved, true);
        let input = if moves { Input::Moved } else { world.answer(instruction) };
        instruction = run.next(input);
    }
    assert_eq!(loaded, vec![vec!["e001".to_owned(), "e002".to_owned()]; 2], "e000 is settled");
    assert!(world.script.fetched.is_empty(), "all were seen, also after a commit that had to be decided again");
    assert_eq!(run.stats().skipped, 3);
}

#[test]
fn what_a_comparison_misses_is_asked_for_before_it_is_deleted() {
    let mut world = world_with(10);
    world.script.pages.push_back(lost());
    let present = (2..10).map(|n| single(&format!("e{n:03}"), "1", event(&format!("title {n:03}"), 1))).collect();
    world.script.pages.push_back(last(present, "c9"));
    // e000 is still there (the list was wrong), e001 is not.
    world.script.items.insert("e000".into(), single("e000", "1", event("title 000", 1)));
    let finish = world.run();
    assert_eq!(world.script.fetched, ["e000", "e001"]);
    assert_eq!((finish.outcome, finish.stats.deleted), (Outcome::Done, 1));
    assert!(world.memory.titles().contains(&"title 000") && !world.memory.titles().contains(&"title 001"));
}

#[test]
fn an_empty_list_deletes_nothing_without_a_person() {
    let mut world = world_with(30);
    let cursor = world.memory.cursor.clone();
    world.script.pages.push_back(lost());
    world.script.pages.push_back(last(vec![], "c9"));
    let finish = world.run();
    assert!(matches!(finish.outcome, Outcome::Held(_)), "{:?}", finish.outcome);
    assert_eq!((world.memory.cursor.clone(), finish.cursor), (cursor, None), "a held run does not move the cursor");
    assert_eq!(world.memory.events.len(), 30, "nothing at all is deleted");

    // Released by a person, the same reading goes through.
    world.released = true;
    world.memory.cursor = None;
    world.memory.progress = None;
    world.script.pages.push_back(last(vec![], "c9"));
    assert_eq!(world.run().outcome, Outcome::Done);
    assert!(world.memory.events.is_empty());
}

#[test]
fn listed_items_are_fetched_only_if_their_version_is_news() {
    let mut world = World::new();
    for id in ["a", "b", "c"] {
        world.script.items.insert(id.into(), single(id, "1", event(id, 1)));
    }
    let refs = || vec![listed("a", "1"), listed("b", "1"), listed("c", "1")];
    world.script.pages.push_back(last(refs(), "c1"));
    let first = world.run();
    assert_eq!((first.stats.synced, world.script.fetched.len()), (3, 3));

    world.script.items.insert("b".into(), single("b", "2", event("b again", 1)));
    world.script.fetched.clear();
    world.script.pages.push_back(lost());
    world.script.pages.push_back(last(vec![listed("a", "1"), listed("b", "2"), listed("c", "1")], "c2"));
    let second = world.run();
    assert_eq!((second.stats.updated, second.stats.skipped), (1, 2));
    assert_eq!(world.script.fetched, ["b"]);
    assert_eq!(world.memory.titles(), ["a", "b again", "c"]);
}

#[test]
fn an_unproven_removal_is_verified_first() {
    let mut world = world_with(10);
    let unproven = |id: &str| RemoteChange::Gone { id: id.into(), proven: false };
    world.script.pages.push_back(last(vec![unproven("e000"), unproven("e001")], "c2"));
    world.script.items.insert("e000".into(), single("e000", "1", event("title 000", 1)));
    let finish = world.run();
    assert_eq!((finish.outcome, finish.stats.deleted), (Outcome::Done, 1));
    assert!(world.memory.titles().contains(&"title 000"));
}

#[test]
fn one_unreadable_event_is_quarantined_and_the_rest_goes_on() {
    let mut world = World::new();
    let broken = RemoteChange::Unreadable {
        id: "x".into(),
        version: "1".into(),
        reason: "start.dateTime: not a time".into(),
        raw: b"{}".to_vec(),
    };
    world
        .script
        .pages
        .push_back(last(vec![single("a", "1", event("a", 1)), broken, single("b", "1", event("b", 1))], "c1"));
    let finish = world.run();
    assert_eq!((finish.outcome, finish.stats.synced, finish.stats.skipped), (Outcome::Done, 2, 1));
    assert_eq!(world.memory.verdict("x"), Verdict::Quarantined);
}

#[test]
fn an_event_outside_the_window_waits_until_the_window_reaches_it() {
    let mut world = World::new();
    let far = |title: &str| {
        let at = |hour| Moment::zoned(jiff::civil::date(2028, 2, 1).at(hour, 0, 0, 0), Zone::utc());
        Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
    };
    world.script.pages.push_back(last(vec![single("a", "1", far("far"))], "c1"));
    assert_eq!(world.run().stats.skipped, 1);
    assert_eq!((world.memory.events.len(), world.memory.verdict("a")), (0, Verdict::OutOfWindow));

    world.now = "2027-06-01T00:00:00Z".parse().unwrap();
    world.check_entering = true;
    world.script.pages.push_back(last(vec![], "c2"));
    let finish = world.run();
    assert_eq!((finish.outcome, finish.stats.synced), (Outcome::Done, 1));
    assert_eq!((world.memory.titles(), world.memory.verdict("a")), (vec!["far"], Verdict::Mirrored));

    // Leaving the window is not a deletion.
    world.now = "2030-01-01T00:00:00Z".parse().unwrap();
    world.script.pages.push_back(last(vec![single("a", "2", far("far, renamed"))], "c3"));
    world.run();
    assert_eq!(world.memory.titles(), ["far, renamed"]);
}

#[test]
fn a_local_edit_during_a_run_is_decided_again_and_not_lost() {
    let mut world = world_with(1);
    world.script.pages.push_back(last(vec![single("e000", "2", event("theirs", 1))], "c2"));
    let (mut run, mut instruction) = world.start();
    let mut edited = false;
    loop {
        let input = match instruction {
            Instruction::Commit(_) if !edited => {
                edited = true;
                let row = world.memory.events.values_mut().next().unwrap();
                row.0 += 1;
                row.1.location = "edited here".into();
                Input::Moved
            }
            Instruction::Finish(_) => break,
            other => world.answer(other),
        };
        instruction = run.next(input);
    }
    let (_, event) = world.memory.events.values().next().unwrap();
    // Without the old content the base is unknown: the difference waits for a person.
    assert_eq!(event.location, "edited here");
}

#[test]
fn a_series_of_which_only_an_exception_was_known_goes_with_it() {
    let mut world = World::new();
    let RemoteChange::Series(mut series) = single("s_1", "1", event("an exception", 1)) else { panic!("no series") };
    series.id = "s".into();
    series.components[0].recurrence_id = Some("20261201T090000Z".parse().unwrap());
    world.script.pages.push_back(last(vec![RemoteChange::Series(series)], "c1"));
    world.run();
    assert_eq!(world.memory.titles(), ["an exception"]);

    world.script.pages.push_back(last(vec![gone("s")], "c2"));
    world.run();
    assert_eq!(world.memory.titles(), Vec::<&str>::new());
}

#[test]
fn after_a_restore_nothing_is_deleted_before_everything_was_read() {
    let mut world = world_with(10);
    (world.memory.cursor, world.restored) = (None, true);
    // The vendor names what is gone on the first page already, and forgets to list another.
    let rest = |from: usize| (from..10).map(|n| single(&format!("e{n:03}"), "1", event(&format!("title {n:03}"), 1)));
    world.script.pages.push_back(more(vec![gone("e000")], "p2"));
    world.script.pages.push_back(more(rest(2).collect(), "p3"));
    world.script.pages.push_back(Err(Failure::new(FailureClass::Transient, "503")));
    assert!(matches!(world.run().outcome, Outcome::Failed(_)));
    assert_eq!(world.memory.titles().len(), 10, "half a comparison deletes nothing");
    world.script.items.insert("e001".into(), single("e001", "1", event("title 001", 1)));
    world.script.pages.push_back(last(Vec::new(), "c2"));
    let finish = world.run();
    assert_eq!((finish.outcome, finish.kind, finish.stats.deleted), (Outcome::Done, ReadingKind::Comparison, 1));
    assert_eq!(world.memory.titles().first(), Some(&"title 001"), "what was only forgotten was asked for");
}

/// A run after a restore, up to the question what would go out.
fn weighing(local_cursor: i64) -> (Run, Instruction) {
    let mut world = World::new();
    world.restored = true;
    let (run, _) = world.start();
    let Run { settings, start, .. } = run;
    let out = crate::sync::Outbound {
        calendar_id: "cal".into(),
        quiet_write: crate::remote::QuietWrite::Always,
        whole_series: false,
        new_item: (String::new(), String::new()),
        home: true,
        own_address: "ada@example.com".into(),
    };
    let settings = RunSettings { outbound: Some(out), ..settings };
    let start = RunStart { local_cursor, check_local: true, ..start };
    let (mut run, first) = Run::begin(start, settings, Ids::new(world.now, 1));
    assert!(matches!(first, Instruction::FetchPage(_)));
    let page = last(vec![], "c1").unwrap();
    let next = run.next(Input::Page(page));
    (run, next)
}

fn made_here(id: &str) -> SeriesState {
    let local = LocalEvent::new(id, 1, event("made here", 1));
    SeriesState { series_id: Some(id.into()), unmapped: vec![local], ..SeriesState::default() }
}

#[test]
fn after_a_restore_what_would_go_out_waits_for_a_person() {
    let (mut run, next) = weighing(4);
    assert_eq!(next, Instruction::LoadLocal { after: 4, waiting: true });
    let batch = |series, seq, more| Input::Local(crate::sync::LocalBatch { series, seq, more });
    let next = run.next(batch(vec![made_here("a"), made_here("b")], 6, true));
    assert_eq!(next, Instruction::LoadLocal { after: 6, waiting: false });
    let Instruction::Finish(finish) = run.next(batch(vec![made_here("c")], 7, false)) else { panic!("it ends") };
    let Outcome::Held(reason) = &finish.outcome else { panic!("{:?}", finish.outcome) };
    assert!(reason.contains("and 3 events would be written"), "{reason}");
    assert!(crate::policy::is_hold_after_restore(reason));
    // The comparison is not made again while a person thinks about it.
    assert!(finish.cursor.is_some_and(|cursor| cursor.ends_with("|c1")));
    assert_eq!((finish.local_cursor, finish.pushed), (None, 0));
}

#[test]
fn after_a_restore_with_nothing_to_go_out_the_caution_is_over() {
    let (mut run, _) = weighing(4);
    let nothing = || Input::Local(crate::sync::LocalBatch { series: Vec::new(), seq: 7, more: false });
    // Once to weigh, once to note what needs no writing.
    assert_eq!(run.next(nothing()), Instruction::LoadLocal { after: 4, waiting: true });
    let Instruction::Finish(finish) = run.next(nothing()) else { panic!("it ends") };
    assert_eq!((finish.outcome, finish.local_cursor), (Outcome::Done, Some(7)));
}
