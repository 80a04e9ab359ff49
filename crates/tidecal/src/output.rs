//! Printing: tables for people, JSON for programs.

use std::io::Write;

use comfy_table::{ContentArrangement, Table, TableStyle};
use serde_json::Value;

/// Prints a line to standard output. A closed pipe (`| head`) ends the output, not the program.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a line to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "tidecal: {text}");
}

/// Prints JSON, indented.
pub(crate) fn json(value: &Value) {
    say(&format!("{value:#}"));
}

/// Prints rows under headings; says so if there are none.
pub(crate) fn table(headings: &[&str], rows: Vec<Vec<String>>, none: &str) {
    if rows.is_empty() {
        say(none);
        return;
    }
    let mut table = Table::new();
    table
        .load_style(TableStyle::new())
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headings.to_vec());
    for row in rows {
        table.add_row(row);
    }
    say(&table.to_string());
}
