//! `tidecal held`: what a brake has stopped, and writes that would mail somebody.

use std::collections::HashMap;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use tidecal_engine::Engine;
use tidecal_store::{Connection, HeldEvent, Store};

use super::scopes::{one, scope_of, scopes};
use crate::cli::HeldVerb;
use crate::config::Config;
use crate::{compose, output};

/// Held writes of a tenant that are shown.
const MOST: i64 = 1_000;

/// Runs the verb.
pub(crate) async fn run(config: &Config, verb: HeldVerb, json: bool) -> Result<()> {
    let store = compose::open_migrated(config, compose::key_ring(config)?).await?;
    let engine = compose::engine(config, store.clone(), compose::passing_node())?;
    match verb {
        HeldVerb::List { user } => list(&all(&store, user.as_deref()).await?, json),
        HeldVerb::Release { id } => release(&engine, &id, json).await?,
        HeldVerb::Discard { id } => discard(&engine, &id, json).await?,
    }
    store.close().await;
    Ok(())
}

enum Held {
    Run(Box<Connection>),
    /// With the name of its connection.
    Write(Box<HeldEvent>, String),
}

impl Held {
    fn id(&self) -> &str {
        match self {
            Self::Run(connection) => &connection.id,
            Self::Write(held, _) => &held.mapping.id,
        }
    }

    fn connection_id(&self) -> &str {
        match self {
            Self::Run(connection) => &connection.id,
            Self::Write(held, _) => &held.connection_id,
        }
    }

    fn connection(&self) -> &str {
        match self {
            Self::Run(connection) => &connection.name,
            Self::Write(_, name) => name,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Write(..) => "write",
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Run(connection) => connection.held_reason.as_deref().unwrap_or_default(),
            Self::Write(held, _) => &held.mapping.reason,
        }
    }

    fn title(&self) -> Option<&str> {
        match self {
            Self::Run(_) => None,
            Self::Write(held, _) => held.mapping.title.as_deref(),
        }
    }

    fn start(&self) -> Option<Timestamp> {
        match self {
            Self::Run(_) => None,
            Self::Write(held, _) => held.mapping.start_at,
        }
    }

    fn released_at(&self) -> Option<Timestamp> {
        match self {
            Self::Run(connection) => connection.released_at,
            Self::Write(..) => None,
        }
    }

    fn as_json(&self) -> Value {
        json!({
            "id": self.id(), "kind": self.kind(), "connectionId": self.connection_id(),
            "connection": self.connection(), "title": self.title(), "start": self.start(),
            "reason": self.reason(), "releasedAt": self.released_at(),
        })
    }
}

async fn all(store: &Store, user: Option<&str>) -> Result<Vec<Held>> {
    let mut held = Vec::new();
    for scope in scopes(store, user).await? {
        let tenant = store.tenant(&scope);
        let names: HashMap<String, String> =
            tenant.list_connections().await?.into_iter().map(|it| (it.id, it.name)).collect();
        held.extend(tenant.list_held_connections().await?.into_iter().map(|it| Held::Run(Box::new(it))));
        for write in tenant.list_held_events(None, None, MOST).await? {
            let name = names.get(&write.connection_id).cloned().unwrap_or_default();
            held.push(Held::Write(Box::new(write), name));
        }
    }
    Ok(held)
}

fn list(held: &[Held], json: bool) {
    if json {
        output::json(&Value::Array(held.iter().map(Held::as_json).collect()));
        return;
    }
    let row = |it: &Held| {
        let released = if it.released_at().is_some() { " (released; the next sync carries it out)" } else { "" };
        vec![
            it.id().to_owned(),
            it.kind().to_owned(),
            it.connection().to_owned(),
            it.title().unwrap_or_default().to_owned(),
            it.start().map_or_else(String::new, |at| format!("{at:.0}")),
            format!("{}{released}", it.reason()),
        ]
    };
    let headings = ["Id", "", "Calendar", "Event", "Start", "Why"];
    output::table(&headings, held.iter().map(row).collect(), "Nothing waits.");
}

async fn find(engine: &Engine, id: &str) -> Result<Held> {
    one(all(engine.store(), None).await?, Held::id, id, "held list")
}

async fn release(engine: &Engine, id: &str, json: bool) -> Result<()> {
    let held = find(engine, id).await?;
    let scope = scope_of(engine.store(), held.connection_id()).await?;
    match &held {
        Held::Run(connection) => engine.release_hold(&scope, &connection.id, None).await?,
        Held::Write(write, _) => engine.release_held_event(&scope, &write.mapping.id, None).await?,
    }
    if json {
        output::json(&json!({ "id": held.id(), "kind": held.kind(), "released": true }));
    } else {
        let name = held.connection();
        output::say(&format!(
            "Released. A running server carries it out; or now: tidecal sync {}",
            held.connection_id()
        ));
        output::say(&format!("{name}: {}", held.reason()));
    }
    Ok(())
}

async fn discard(engine: &Engine, id: &str, json: bool) -> Result<()> {
    let held = find(engine, id).await?;
    let scope = scope_of(engine.store(), held.connection_id()).await?;
    let restored = match &held {
        Held::Run(connection) => engine.discard_hold(&scope, &connection.id, None).await?,
        Held::Write(write, _) => {
            engine.discard_held_event(&scope, &write.mapping.id, None).await?;
            0
        }
    };
    if json {
        output::json(&json!({ "id": held.id(), "kind": held.kind(), "discarded": true, "restored": restored }));
        return Ok(());
    }
    match held {
        Held::Run(_) => output::say(&format!("Given up. {restored} events that had been deleted here are back.")),
        Held::Write(..) => output::say("Given up: it is not sent until the event is edited again."),
    }
    Ok(())
}
