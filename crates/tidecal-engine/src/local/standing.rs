//! How far an event may be changed here, and how it stands with every connection.

use tidecal_core::model::{Event, Provider, Rights};
use tidecal_core::sync::{Field, MappingStatus, Role, Verdict, beyond_rights, differing};
use tidecal_store::{Connection, MappingFact, TenantScope};

use super::EditError;
use super::change::request_name;
use crate::{Engine, ServiceError};

/// What a connection made of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingState {
    /// Connection.
    pub connection_id: String,
    /// Its name.
    pub connection_name: String,
    /// Vendor.
    pub provider: Provider,
    /// Whether the event came from there, or was copied there.
    pub role: Role,
    /// Why it is there, or is not.
    pub verdict: Verdict,
    /// The rule, the error, the brake; empty if all is well.
    pub reason: String,
    /// State.
    pub status: MappingStatus,
    /// Words of the last failure.
    pub last_error: Option<String>,
}

/// How far an event may be changed, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct EventStanding {
    /// How far.
    pub rights: Rights,
    /// Why not further; `None`: nothing is restricted.
    pub reason: Option<String>,
    /// Connections that know it.
    pub mappings: Vec<MappingState>,
}

/// What restricts the edits of a series, beside the rights of each event.
pub(super) struct Origin {
    /// Why nothing can reach the place where it comes from; `None`: it can.
    closed: Option<String>,
}

impl Origin {
    /// What the mapping rows of a series say.
    pub(super) fn of(facts: &[MappingFact], connections: &[Connection]) -> Self {
        let from = facts.iter().find(|fact| {
            let alive = fact.mapping.event_id.is_some() && fact.mapping.status != MappingStatus::Deleted;
            fact.role == Role::Origin && alive
        });
        let Some(fact) = from else { return Self { closed: None } };
        let name = &fact.connection_name;
        let read_only = connections.iter().any(|it| it.id == fact.connection_id && it.read_only);
        let closed = if read_only {
            Some(format!("{name} can only be read: its calendar server takes no changes from this account"))
        } else if !fact.direction.writes() {
            Some(format!(
                "this event comes from {name}, which is only read, so a change here could never reach it; change it \
                 there, or let the connection write (syncDirection bidirectional)"
            ))
        } else {
            None
        };
        Self { closed }
    }

    fn rights(&self, event: &Event) -> (Rights, Option<String>) {
        match (&self.closed, event.rights) {
            (Some(reason), _) => (Rights::Read, Some(reason.clone())),
            (None, Rights::Read) => (Rights::Read, Some("this event cannot be changed where it comes from".to_owned())),
            (None, Rights::Own) => {
                let may = "reminders, transparency, visibility, categories and your answer are yours to change";
                (Rights::Own, Some(format!("somebody else organises this meeting: {may}")))
            }
            (None, Rights::Full) => (Rights::Full, None),
        }
    }

    /// Whether each change may be made.
    ///
    /// # Errors
    /// `Refused` with the fields and the reason.
    pub(super) fn allow(&self, touched: &[(Event, Event)]) -> Result<(), EditError> {
        let closed = self.closed.as_ref().filter(|_| !touched.is_empty());
        if let Some(reason) = closed {
            return Err(EditError::refused(reason.clone()));
        }
        touched.iter().try_for_each(|(before, after)| allowed(before, &differing(before, after)))
    }

    /// Whether it may go from here. A meeting of somebody else's may: it goes from one's own
    /// calendar alone.
    pub(super) fn allow_removal(&self, events: &[(Event, Event)]) -> Result<(), EditError> {
        if let Some(reason) = &self.closed {
            return Err(EditError::refused(reason.clone()));
        }
        if events.iter().any(|(before, _)| before.rights == Rights::Read) {
            let reason = "this event can only be read where it comes from, it cannot be deleted there";
            return Err(EditError::refused(reason));
        }
        Ok(())
    }

    /// Whether an invitation may be answered.
    pub(super) fn allow_answer(&self, event: &Event) -> Result<(), EditError> {
        if let Some(reason) = &self.closed {
            return Err(EditError::refused(reason.clone()));
        }
        if event.rights.may_answer() {
            return Ok(());
        }
        Err(EditError::refused("this invitation cannot be answered where it comes from"))
    }
}

/// As the way out would judge it, said at once.
fn allowed(before: &Event, fields: &[Field]) -> Result<(), EditError> {
    let Some(beyond) = beyond_rights(before, fields) else { return Ok(()) };
    let fields = beyond.fields.into_iter().map(request_name).collect();
    Err(EditError::Refused { fields, reason: beyond.reason })
}

impl Engine {
    /// What restricts the edits of a series.
    pub(super) async fn origin(&self, scope: &TenantScope, event_id: &str) -> Result<Origin, ServiceError> {
        let tenant = self.store().tenant(scope);
        let facts = tenant.event_facts(event_id, 0).await?;
        let connections = tenant.list_connections().await?;
        Ok(Origin::of(&facts.mappings, &connections))
    }

    /// How far an event may be changed, and how it stands with every connection.
    ///
    /// # Errors
    /// `NotFound`, `Store`.
    pub async fn event_standing(
        &self,
        scope: &TenantScope,
        event_id: &str,
        event: &Event,
    ) -> Result<EventStanding, ServiceError> {
        let tenant = self.store().tenant(scope);
        let facts = tenant.event_facts(event_id, 0).await?;
        let connections = tenant.list_connections().await?;
        let (rights, reason) = Origin::of(&facts.mappings, &connections).rights(event);
        let mine = facts.mappings.into_iter().filter(|fact| fact.mapping.event_id.as_deref() == Some(event_id));
        Ok(EventStanding { rights, reason, mappings: mine.map(state_of).collect() })
    }
}

fn state_of(fact: MappingFact) -> MappingState {
    MappingState {
        connection_id: fact.connection_id,
        connection_name: fact.connection_name,
        provider: fact.provider,
        role: fact.role,
        verdict: fact.mapping.verdict,
        reason: fact.mapping.reason,
        status: fact.mapping.status,
        last_error: fact.mapping.last_error,
    }
}
