//! `tidecal config check`: every variable, its value and where it comes from.

use serde_json::{Value, json};

use crate::config::{Source, VARIABLES, Values};
use crate::output;

/// Prints them. That the values do was checked before any verb runs.
pub(crate) fn run(values: &Values, as_json: bool) {
    let rows: Vec<(&str, String, &str, &str)> = VARIABLES
        .iter()
        .map(|variable| {
            let (value, source) = match values.get(variable.name) {
                None => ("-".to_owned(), "not set"),
                Some((_, source)) if variable.secret => ("(secret)".to_owned(), word(source)),
                Some((value, source)) => (value.to_owned(), word(source)),
            };
            (variable.name, value, source, variable.help)
        })
        .collect();
    if as_json {
        let list: Vec<Value> = rows
            .into_iter()
            .map(|(name, value, source, help)| json!({ "name": name, "value": value, "source": source, "help": help }))
            .collect();
        return output::json(&Value::Array(list));
    }
    let cells = rows
        .into_iter()
        .map(|(name, value, source, help)| vec![name.to_owned(), value, source.to_owned(), help.to_owned()]);
    output::table(&["Variable", "Value", "From", "What for"], cells.collect(), "");
}

fn word(source: Source) -> &'static str {
    match source {
        Source::Environment => "environment",
        Source::File => "file",
        Source::Default => "default",
    }
}
