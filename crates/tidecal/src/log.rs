//! Logs: readable lines on a terminal, one JSON object per line for machines (requirement R6.6).
//!
//! JSON keys at the top: `timestamp`, `level` (lower case), `category`, `error_code`, `message`,
//! `metadata` (everything else that an event carries). Events without a category say `server`.

use std::fmt;
use std::io;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Starts logging to standard error. A filter that cannot be read falls back to `info`.
pub(crate) fn start(filter: &str, json: bool) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start in one process (tests) changes nothing.
    let _ = if json { builder.event_format(JsonLines).try_init() } else { builder.compact().try_init() };
}

/// One object per line.
struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    #[expect(clippy::disallowed_methods, reason = "a log line carries the time at which it was written")]
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let line = line(Timestamp::now(), event.metadata().level().as_str(), event.metadata().target(), fields.0);
        writeln!(writer, "{line}")
    }
}

fn line(now: Timestamp, level: &str, target: &str, mut fields: Map<String, Value>) -> Value {
    let mut take = |name: &str| fields.remove(name);
    let message = take("message").unwrap_or_else(|| "".into());
    let category = take("category").unwrap_or_else(|| "server".into());
    let error_code = take("error_code").unwrap_or(Value::Null);
    fields.insert("target".to_owned(), target.into());
    serde_json::json!({
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "level": level.to_lowercase(),
        "category": category,
        "error_code": error_code,
        "message": message,
        "metadata": fields,
    })
}

/// Collects an event's fields as JSON.
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runbooks_keys_stand_at_the_top_and_the_level_is_in_lower_case() {
        let mut fields = Map::new();
        for (name, value) in
            [("message", "sync failed"), ("category", "calendar_sync"), ("error_code", "auth"), ("connection_id", "c1")]
        {
            fields.insert(name.to_owned(), value.into());
        }
        let line = line("2026-11-21T10:00:00Z".parse().unwrap(), "ERROR", "tidecal_engine", fields);
        assert_eq!(line["level"], "error");
        assert_eq!(line["category"], "calendar_sync");
        assert_eq!(line["error_code"], "auth");
        assert_eq!(line["metadata"]["connection_id"], "c1");
        assert_eq!(line["timestamp"], "2026-11-21T10:00:00.000Z");
    }
}
