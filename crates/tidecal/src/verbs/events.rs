//! `tidecal events`.

use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tidecal_engine::{Clock, SystemClock};
use tidecal_ical::{Range, When, Zone};
use tidecal_store::{CalendarChoice, Store, TenantScope};
use tidecal_web::{Slot, slots};

use super::scopes::scopes;
use crate::cli::EventsVerb;
use crate::config::Config;
use crate::{compose, output};

/// Most stored rows from which a list is expanded.
const MOST_ROWS: i64 = 100_000;

/// Runs the verb.
pub(crate) async fn run(config: &Config, verb: EventsVerb, json: bool) -> Result<()> {
    let (from, days, user) = match verb {
        EventsVerb::List { from, days, user } => (from, days, user),
        EventsVerb::Why(args) => return why(config, &args.what, json).await,
    };
    let store = compose::open_migrated(config, compose::key_ring_or_throwaway(config)?).await?;
    let range = range(from, days)?;
    let mut listed = Vec::new();
    for scope in scopes(&store, user.as_deref()).await? {
        listed.extend(list(&store, &scope, range).await?);
    }
    store.close().await;
    if json {
        output::json(&Value::Array(listed.into_iter().map(Line::json).collect()));
    } else {
        let rows = listed.into_iter().map(|line| vec![line.start, line.calendar, line.title, line.location]);
        output::table(&["Start", "Calendar", "Title", "Where"], rows.collect(), "Nothing in these days.");
    }
    Ok(())
}

/// By id, else by title; the first few that fit.
async fn why(config: &Config, what: &str, json: bool) -> Result<()> {
    const MOST: i64 = 5;
    let store = compose::open_migrated(config, compose::key_ring(config)?).await?;
    let engine = compose::engine(config, store.clone(), compose::passing_node())?;
    let mut told = Vec::new();
    for scope in scopes(&store, None).await? {
        if let Ok(answer) = engine.why(&scope, what).await {
            told.push(answer);
            continue;
        }
        for (id, _) in store.tenant(&scope).find_events_by_title(what, MOST).await? {
            told.push(engine.why(&scope, &id).await?);
        }
    }
    store.close().await;
    anyhow::ensure!(!told.is_empty(), "nothing is known of {what:?}: neither an id nor a part of a title");
    for answer in &told {
        if json {
            let step = |it: &tidecal_core::sync::WhyStep| json!({ "at": it.at.to_string(), "kind": it.kind, "text": it.text, "details": it.details });
            let steps: Vec<Value> = answer.steps.iter().map(step).collect();
            output::json(&json!({ "steps": steps, "verdict": answer.verdict, "next": answer.next }));
            continue;
        }
        for step in &answer.steps {
            output::say(&format!("{}  {}", step.at, step.text));
        }
        output::say(&answer.verdict);
        answer.next.iter().for_each(|next| output::say(next));
        output::say("");
    }
    Ok(())
}

fn range(from: Option<Date>, days: u16) -> Result<Range> {
    let from = from.unwrap_or_else(|| SystemClock.now().to_zoned(TimeZone::system()).date());
    let midnight = |date: Date| date.to_zoned(TimeZone::system()).map(|at| at.timestamp());
    let to = from.checked_add(i64::from(days).days()).context("--days is out of range")?;
    Ok(Range { start: midnight(from)?, end: midnight(to)? })
}

struct Line {
    start: String,
    end: String,
    calendar: String,
    title: String,
    location: String,
    event_id: String,
}

impl Line {
    fn json(self) -> Value {
        json!({
            "start": self.start, "end": self.end, "calendar": self.calendar, "title": self.title,
            "location": self.location, "eventId": self.event_id,
        })
    }
}

async fn list(store: &Store, scope: &TenantScope, range: Range) -> Result<Vec<Line>> {
    let tenant = store.tenant(scope);
    let calendars = tenant.list_calendars().await?;
    let found = tenant.find_events_in_window(CalendarChoice::All, range.start, range.end, MOST_ROWS).await?;
    let calendar = |id: &str| calendars.iter().find(|calendar| calendar.id == id);
    let zone = |id: &str| {
        let zone = calendar(id).and_then(|calendar| calendar.time_zone.as_deref()).and_then(Zone::iana);
        zone.unwrap_or_else(Zone::utc)
    };
    let line = |slot: &Slot| {
        let row = &found.rows[slot.row];
        Line {
            start: local(&slot.when, true),
            end: local(&slot.when, false),
            calendar: calendar(&row.calendar_id).map_or_else(String::new, |calendar| calendar.name.clone()),
            title: row.event.title.clone(),
            location: row.event.location.clone(),
            event_id: row.id.clone(),
        }
    };
    Ok(slots(&found.rows, range, zone).iter().map(line).collect())
}

/// A date, or the wall-clock time with its own zone: an end may be told in another than its start.
fn local(when: &When, start: bool) -> String {
    match when {
        When::AllDay { start: first, end } => (if start { first } else { end }).to_string(),
        When::Timed { start: from, end } => {
            let moment = if start { from } else { end };
            let zone = moment.zone.as_ref().map_or_else(String::new, |zone| format!(" {}", zone.name()));
            format!("{}{zone}", moment.local.strftime("%Y-%m-%d %H:%M"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use tidecal_ical::Moment;

    #[test]
    fn each_end_is_told_in_its_own_zone() {
        let at = |hour, zone| Moment::zoned(date(2026, 11, 21).at(hour, 30, 0, 0), Zone::iana(zone).unwrap());
        let flight = When::Timed { start: at(10, "Europe/Vienna"), end: at(13, "America/New_York") };
        assert_eq!(local(&flight, true), "2026-11-21 10:30 Europe/Vienna");
        assert_eq!(local(&flight, false), "2026-11-21 13:30 America/New_York");
        let days = When::AllDay { start: date(2026, 11, 21), end: date(2026, 11, 23) };
        assert_eq!((local(&days, true).as_str(), local(&days, false).as_str()), ("2026-11-21", "2026-11-23"));
    }
}
