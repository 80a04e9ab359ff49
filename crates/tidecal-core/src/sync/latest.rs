//! One delivery, in order, becomes one change per series: the later word on an item counts.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use tidecal_ical::RecurrenceId;

use crate::remote::{RemoteChange, RemoteSeries, SeriesScope};

/// The id under which the store is asked for what a change is about: of a series or of an item.
pub(super) fn id_of(change: &RemoteChange) -> &str {
    match change {
        RemoteChange::Listed(item) => &item.id,
        RemoteChange::Series(series) => &series.id,
        RemoteChange::Gone { id, .. } | RemoteChange::Unreadable { id, .. } => id,
    }
}

/// The ids of the items that a change speaks of.
pub(super) fn item_ids(change: &RemoteChange) -> Vec<&str> {
    match change {
        RemoteChange::Series(series) => {
            let mut ids: Vec<&str> = series.components.iter().map(|component| component.id.as_str()).collect();
            ids.dedup();
            ids
        }
        other => vec![id_of(other)],
    }
}

/// Drops what a later change of the same delivery overrides, then joins the parts of each series,
/// so that a master and its exceptions are decided together.
pub(super) fn latest(changes: &[RemoteChange]) -> Vec<Cow<'_, RemoteChange>> {
    join_parts(drop_overridden(changes))
}

/// Backwards: what was spoken of later is not heard again.
fn drop_overridden(changes: &[RemoteChange]) -> Vec<Cow<'_, RemoteChange>> {
    let mut settled: HashSet<&str> = HashSet::new(); // items and whole series, as a whole
    let mut unreadable: HashSet<&str> = HashSet::new(); // items; of a series only the master
    let mut parts: HashSet<(&str, Option<RecurrenceId>)> = HashSet::new();
    let mut items: HashSet<&str> = HashSet::new(); // of which some part was spoken of
    let (mut gone, mut with_it): (HashSet<&str>, Vec<_>) = (HashSet::new(), Vec::new());
    let mut kept = Vec::with_capacity(changes.len());
    for change in changes.iter().rev() {
        match change {
            RemoteChange::Series(series) => {
                let whole = series.scope == SeriesScope::Whole;
                if gone.contains(series.id.as_str()) {
                    // Its exceptions went with it, also those that are known by themselves.
                    let parts = series.components.iter().filter(|it| it.id != series.id);
                    let parts = parts.filter(|it| !items.contains(it.id.as_str()) && settled.insert(&it.id));
                    with_it.extend(parts.map(|it| RemoteChange::Gone { id: it.id.clone(), proven: true }));
                }
                if settled.contains(series.id.as_str()) || whole && unreadable.contains(series.id.as_str()) {
                    continue;
                }
                let silenced = |id: &str| settled.contains(id) || unreadable.contains(id);
                let news = |id: &str, slot| !silenced(id) && !parts.contains(&(id, slot));
                let fresh = series.components.iter().filter(|it| news(&it.id, it.recurrence_id)).count();
                let kept_change = if fresh == series.components.len() {
                    Cow::Borrowed(change)
                } else {
                    let components = series.components.iter().filter(|it| news(&it.id, it.recurrence_id));
                    let components = components.cloned().collect();
                    Cow::Owned(RemoteChange::Series(RemoteSeries {
                        components,
                        id: series.id.clone(),
                        scope: series.scope,
                    }))
                };
                parts.extend(series.components.iter().map(|it| (it.id.as_str(), it.recurrence_id)));
                items.extend(series.components.iter().map(|it| it.id.as_str()));
                if whole {
                    settled.insert(&series.id);
                }
                if fresh > 0 || whole {
                    kept.push(kept_change);
                }
            }
            RemoteChange::Gone { id, .. } => {
                if !items.contains(id.as_str()) && settled.insert(id) {
                    gone.insert(id);
                    kept.push(Cow::Borrowed(change));
                }
            }
            RemoteChange::Unreadable { id, .. } => {
                if !items.contains(id.as_str()) && !settled.contains(id.as_str()) && unreadable.insert(id) {
                    items.insert(id);
                    kept.push(Cow::Borrowed(change));
                }
            }
            RemoteChange::Listed(_) => {}
        }
    }
    kept.reverse();
    kept.extend(with_it.into_iter().map(Cow::Owned));
    kept
}

fn join_parts(changes: Vec<Cow<'_, RemoteChange>>) -> Vec<Cow<'_, RemoteChange>> {
    let mut joined: Vec<Cow<'_, RemoteChange>> = Vec::with_capacity(changes.len());
    let mut at: HashMap<String, usize> = HashMap::new();
    for change in changes {
        if let RemoteChange::Series(series) = &*change {
            if let Some(RemoteChange::Series(earlier)) =
                at.get(&series.id).and_then(|at| joined.get_mut(*at)).map(Cow::to_mut)
            {
                earlier.components.extend(series.components.iter().cloned());
                continue;
            }
            at.insert(series.id.clone(), joined.len());
        }
        joined.push(change);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::{Content, RemoteComponent};

    fn part(series: &str, id: &str, version: &str) -> RemoteChange {
        let component = RemoteComponent {
            id: id.into(),
            recurrence_id: (id != series).then(|| "20261121".parse().unwrap()),
            version: version.into(),
            content: Content::Cancelled,
            ..RemoteComponent::default()
        };
        RemoteChange::Series(RemoteSeries { id: series.into(), scope: SeriesScope::Part, components: vec![component] })
    }

    fn gone(id: &str) -> RemoteChange {
        RemoteChange::Gone { id: id.into(), proven: true }
    }

    fn shape(changes: &[RemoteChange]) -> Vec<String> {
        let word = |change: &Cow<'_, RemoteChange>| match &**change {
            RemoteChange::Series(series) => {
                series.components.iter().map(|it| format!("{}@{}", it.id, it.version)).collect::<Vec<_>>().join("+")
            }
            other => format!("gone {}", id_of(other)),
        };
        latest(changes).iter().map(word).collect()
    }

    #[test]
    fn the_later_word_counts() {
        assert_eq!(shape(&[part("a", "a", "1"), part("a", "a", "2")]), ["a@2"]);
        assert_eq!(shape(&[part("a", "a", "1"), gone("a")]), ["gone a"]);
        assert_eq!(shape(&[gone("a"), part("a", "a", "2")]), ["a@2"]);
        assert_eq!(shape(&[gone("a"), gone("a")]), ["gone a"]);
    }

    #[test]
    fn a_series_is_decided_as_one() {
        assert_eq!(shape(&[part("a", "a_1", "1"), part("b", "b", "1"), part("a", "a", "1")]), ["a_1@1+a@1", "b@1"]);
        let with_parts = ["gone a", "gone a_1"];
        assert_eq!(shape(&[part("a", "a_1", "1"), gone("a")]), with_parts, "the series goes with all its parts");
        let moved = shape(&[part("a", "a_1", "1"), gone("a"), part("b", "a_1", "2")]);
        assert_eq!(moved, ["gone a", "a_1@2"], "but not with those that another series has taken over");
        assert_eq!(shape(&[part("a", "a", "1"), gone("a_1")]), ["a@1", "gone a_1"]);
    }
}
