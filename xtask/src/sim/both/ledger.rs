//! Who was mailed, and whether anybody had agreed to it.

use tidecal_core::remote::{RemoteWrite, WriteAction};
use tidecal_core::sync::Field as CoreField;

use super::super::shown::Field;
use super::super::{Violation, wire};
use super::memory::{Token, tokens};
use super::world::World;

/// A person's word that guests may be mailed.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    /// Local series.
    pub(super) series: String,
    /// What the event said then; nothing of a deletion.
    pub(super) said: Vec<Token>,
    pub(super) deletes: bool,
}

/// A write for the trace.
pub(super) fn words(write: &RemoteWrite) -> String {
    let parts = match &write.action {
        WriteAction::Create { components, .. } | WriteAction::Update(components) => components.as_slice(),
        WriteAction::Delete { .. } | WriteAction::Answer { .. } => &[],
    };
    let part = |it: &tidecal_core::remote::ComponentWrite| {
        let slot = it.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default();
        let item = it.item.as_ref().map(|item| format!("{} {}", item.id, item.version)).unwrap_or_default();
        let says = it.after.as_ref().map_or("(nothing)", |after| after.title.as_str());
        format!("[{item} {slot} {:?} {says:?}]", it.fields)
    };
    let parts: Vec<String> = parts.iter().map(part).collect();
    format!("{} {} {:?} {}", kind(write), write.series_id, write.mail, parts.join(" "))
}

pub(super) fn kind(write: &RemoteWrite) -> &'static str {
    match &write.action {
        WriteAction::Create { .. } => "out: create",
        WriteAction::Update(parts) if parts.iter().any(|part| part.after.is_none()) => "out: an exception goes",
        WriteAction::Update(parts) if parts.iter().any(|part| part.item.is_none()) => "out: a new exception",
        WriteAction::Update(_) => "out: update",
        WriteAction::Delete { .. } => "out: delete",
        WriteAction::Answer { .. } => "out: answer",
    }
}

/// Nobody is mailed but of what a person agreed to.
pub(super) fn check(world: &mut World, at: usize, write: &RemoteWrite, mailed: usize) -> Result<(), Violation> {
    if mailed == 0 {
        return Ok(());
    }
    world.counters.hit("mail: guests are told");
    let series = world.store.series_behind(at, &write.series_id);
    let known = |consent: &&Consent| series.contains_key(consent.series.as_str());
    let consents: Vec<&Consent> = world.consents.iter().filter(known).collect();
    let agreed = match &write.action {
        WriteAction::Delete { .. } => consents.iter().any(|consent| consent.deletes),
        WriteAction::Create { components, .. } | WriteAction::Update(components) => components.iter().all(|part| {
            let Some(after) = &part.after else { return !consents.is_empty() };
            let fields: Vec<Field> = part.fields.iter().filter_map(|field| field_of(*field)).collect();
            let sent: Vec<Token> =
                tokens(&wire::body(after)).into_iter().filter(|token| fields.contains(&token.0)).collect();
            consents.iter().any(|consent| sent.iter().all(|token| consent.said.contains(token)))
        }),
        WriteAction::Answer { .. } => true,
    };
    if agreed {
        return Ok(());
    }
    let detail = format!("{mailed} people, by {}", words(write));
    Err(Violation::of("nobody is mailed without consent", detail, &write.series_id))
}

fn field_of(field: CoreField) -> Option<Field> {
    match field {
        CoreField::Title => Some(Field::Title),
        CoreField::Description => Some(Field::Text),
        CoreField::Location => Some(Field::Place),
        CoreField::Time => Some(Field::Time),
        _ => None,
    }
}
