//! `tidecal conflicts`: events that both sides changed.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tidecal_core::model::Event;
use tidecal_core::sync::{Field, Side, shown_fields};
use tidecal_engine::{ConflictView, Engine, Resolve};
use tidecal_store::{ConflictChoice, ConflictRow, Store};

use super::scopes::{one, scope_of, scopes};
use crate::cli::ConflictsVerb;
use crate::config::Config;
use crate::{compose, output};

/// Conflicts of a tenant that are shown.
const MOST: i64 = 1_000;

/// Runs the verb.
pub(crate) async fn run(config: &Config, verb: ConflictsVerb, json: bool) -> Result<()> {
    let store = compose::open_migrated(config, compose::key_ring(config)?).await?;
    let engine = compose::engine(config, store.clone(), compose::passing_node())?;
    match verb {
        ConflictsVerb::List { all, user } => list(&store, !all, user.as_deref(), json).await?,
        ConflictsVerb::Show { id } => show(&engine, &id, json).await?,
        ConflictsVerb::Resolve { id, keep, field, notify } => {
            let (choice, fields) = choice(keep.as_deref(), &field)?;
            let resolve = Resolve { choice, fields, local_version: None, notify, request_id: None };
            let row = find(&engine, &id).await?;
            let scope = scope_of(&store, &row.connection_id).await?;
            let row = engine.resolve_conflict(&scope, &row.id, &resolve).await?;
            told(&row, json, "Settled. A running server carries it out");
        }
        ConflictsVerb::Reset { id } => {
            let row = find(&engine, &id).await?;
            let scope = scope_of(&store, &row.connection_id).await?;
            let row = engine.reset_conflict(&scope, &row.id, None).await?;
            told(&row, json, "Both sides are read again by a running server");
        }
    }
    store.close().await;
    Ok(())
}

/// Conflicts, with the names of their connections.
async fn all(store: &Store, open_only: bool, user: Option<&str>) -> Result<Vec<(ConflictRow, String)>> {
    let mut conflicts = Vec::new();
    for scope in scopes(store, user).await? {
        let tenant = store.tenant(&scope);
        let names: HashMap<String, String> =
            tenant.list_connections().await?.into_iter().map(|it| (it.id, it.name)).collect();
        for row in tenant.list_conflicts(open_only, None, None, MOST).await? {
            let name = names.get(&row.connection_id).cloned().unwrap_or_default();
            conflicts.push((row, name));
        }
    }
    Ok(conflicts)
}

async fn find(engine: &Engine, id: &str) -> Result<ConflictRow> {
    let all = all(engine.store(), false, None).await?;
    one(all, |(row, _)| &row.id, id, "conflicts list").map(|(row, _)| row)
}

fn what(row: &ConflictRow) -> String {
    if row.fields.is_empty() { "deleted on one side".to_owned() } else { row.fields.join(", ") }
}

fn as_json(row: &ConflictRow) -> Value {
    json!({
        "id": row.id, "connectionId": row.connection_id, "eventId": row.event_id, "title": row.title,
        "recurrenceId": row.recurrence_id.map(|slot| slot.to_string()), "fields": row.fields, "open": row.open,
        "resolution": row.resolution, "since": row.created_at,
    })
}

async fn list(store: &Store, open_only: bool, user: Option<&str>, json: bool) -> Result<()> {
    let conflicts = all(store, open_only, user).await?;
    if json {
        output::json(&Value::Array(conflicts.iter().map(|(row, _)| as_json(row)).collect()));
        return Ok(());
    }
    let rows = conflicts.iter().map(|(row, name)| {
        vec![
            row.id.clone(),
            name.clone(),
            row.title.clone().unwrap_or_else(|| row.external_event_id.clone()),
            what(row),
            format!("{:.0}", row.created_at),
            row.resolution.clone().unwrap_or_default(),
        ]
    });
    let headings = ["Id", "Calendar", "Event", "Both changed", "Since", ""];
    output::table(&headings, rows.collect(), "No conflicts.");
    Ok(())
}

async fn show(engine: &Engine, id: &str, json: bool) -> Result<()> {
    let row = find(engine, id).await?;
    let scope = scope_of(engine.store(), &row.connection_id).await?;
    let view = engine.get_conflict(&scope, &row.id).await?;
    let side = |event: Option<&Event>| event.map(shown_fields);
    let ConflictView { detail, local, differing, .. } = &view;
    let (base, mine, theirs) = (side(detail.base.as_ref()), side(local.as_ref()), side(detail.remote.as_ref()));
    if json {
        let mut value = as_json(&detail.row);
        let differing = differing.iter().map(|field| field.as_str()).collect::<Vec<_>>();
        value["base"] = json!(base);
        value["local"] = json!(mine);
        value["remote"] = json!(theirs);
        value["differing"] = json!(differing);
        output::json(&value);
        return Ok(());
    }
    for (words, gone) in [("It was deleted here.", mine.is_none()), ("It was deleted there.", theirs.is_none())] {
        if gone {
            output::say(words);
        }
    }
    let cell =
        |side: &Option<Value>, field: Field| side.as_ref().map_or_else(String::new, |it| text(&it[field.as_str()]));
    let shown = |field: &Field| differing.contains(field) || differing.is_empty();
    let rows = Field::ALL
        .into_iter()
        .filter(shown)
        .map(|field| vec![field.as_str().to_owned(), cell(&base, field), cell(&mine, field), cell(&theirs, field)]);
    output::table(&["Field", "Agreed", "Here", "There"], rows.collect(), "Both sides say the same.");
    output::say(&format!("Settle it: tidecal conflicts resolve {} --keep local|remote", detail.row.id));
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn choice(keep: Option<&str>, fields: &[String]) -> Result<(ConflictChoice, BTreeMap<Field, Side>)> {
    match keep {
        Some("local") => return Ok((ConflictChoice::Local, BTreeMap::new())),
        Some(_) => return Ok((ConflictChoice::Remote, BTreeMap::new())),
        None => {}
    }
    let mut chosen = BTreeMap::new();
    for word in fields {
        let (name, side) =
            word.split_once('=').with_context(|| format!("{word:?}: write FIELD=local or FIELD=remote"))?;
        let field = Field::of_word(name).with_context(|| {
            let known: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
            format!("{name:?} is no field; write one of {}", known.join(", "))
        })?;
        let side = match side {
            "local" => Side::Local,
            "remote" => Side::Remote,
            other => bail!("{other:?} is no side; write {name}=local or {name}=remote"),
        };
        chosen.insert(field, side);
    }
    Ok((ConflictChoice::Fields, chosen))
}

fn told(row: &ConflictRow, json: bool, words: &str) {
    if json {
        output::json(&as_json(row));
    } else {
        output::say(&format!("{words}; or now: tidecal sync {}", row.connection_id));
    }
}
