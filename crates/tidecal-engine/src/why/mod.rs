//! Why an event is where it is: facts of the store, explained by the core.

use std::collections::HashMap;

use tidecal_core::sync::{Why, WhyChange, WhyConflict, WhyEvent, WhyFacts, WhyMapping, differing, explain};
use tidecal_store::{ConflictRow, EventFacts, JournalRow, MappingFact, TenantScope};

use crate::{Engine, ServiceError};

/// Entries of the journal that an answer looks back on.
const ENTRIES: i64 = 100;

impl Engine {
    /// Explains an event, named by the id of a local event or of a mapping row, or by the vendor's
    /// id of its item.
    ///
    /// # Errors
    /// `NotFound`, `Store`.
    pub async fn why(&self, scope: &TenantScope, id: &str) -> Result<Why, ServiceError> {
        let facts = self.store().tenant(scope).event_facts(id, ENTRIES).await?;
        Ok(explain(&known(facts, id)))
    }
}

fn known(facts: EventFacts, id: &str) -> WhyFacts {
    let names: HashMap<String, String> =
        facts.mappings.iter().map(|it| (it.connection_id.clone(), it.connection_name.clone())).collect();
    // Of a series the row that was asked for, else the master.
    let row = facts.rows.iter().find(|row| row.row.id == id).or(facts.rows.first());
    let event = row.map(|row| WhyEvent {
        title: row.row.event.title.clone(),
        deleted: row.deleted,
        version: row.row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    });
    let asked = row.filter(|row| row.row.id == id).map(|row| row.row.id.clone());
    let about = |event_id: Option<&String>| asked.is_none() || event_id.is_none() || event_id == asked.as_ref();
    WhyFacts {
        event,
        mappings: facts.mappings.into_iter().filter(|it| about(it.mapping.event_id.as_ref())).map(mapping).collect(),
        journal: facts.journal.iter().filter(|it| about(Some(&it.event_id))).map(|it| change(it, &names)).collect(),
        conflicts: facts.conflicts.into_iter().filter(|it| about(it.event_id.as_ref())).map(conflict).collect(),
    }
}

fn mapping(fact: MappingFact) -> WhyMapping {
    WhyMapping {
        connection: fact.connection_name,
        direction: fact.direction,
        role: fact.role,
        recurrence_id: fact.mapping.recurrence_id,
        verdict: fact.mapping.verdict,
        reason: fact.mapping.reason,
        status: fact.mapping.status,
        last_error: fact.mapping.last_error,
        base_version: fact.base_version,
        updated_at: fact.mapping.updated_at,
    }
}

fn change(entry: &JournalRow, names: &HashMap<String, String>) -> WhyChange {
    let sides = entry.before.as_ref().zip(entry.after.as_ref());
    let fields = sides.map(|(before, after)| differing(before, after)).unwrap_or_default();
    WhyChange {
        at: entry.created_at,
        connection: entry.connection_id.as_ref().and_then(|id| names.get(id)).cloned(),
        direction: entry.direction.clone(),
        action: entry.action.clone(),
        fields: fields.into_iter().map(|field| field.as_str()).collect(),
        run_id: entry.run_id.clone(),
    }
}

fn conflict(row: ConflictRow) -> WhyConflict {
    WhyConflict { at: row.created_at, fields: row.fields, settled: row.resolution.zip(row.resolved_at) }
}
