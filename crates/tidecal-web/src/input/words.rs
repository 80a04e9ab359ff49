//! serde's messages in words for people, without the value that was sent.

use crate::problem::{Code, Problem};

/// The problem behind a refused field; `path` as serde tells it (`.` for the whole).
pub(super) fn refused(path: &str, message: &str) -> Problem {
    let (field, message) = explain(path, message);
    Problem::field(field, message)
}

/// A body that is no JSON at all.
pub(super) fn no_json(line: usize, column: usize) -> Problem {
    let message = format!("is not valid JSON (line {line}, column {column})");
    Problem::new(Code::InvalidInput, format!("The body {message}. Send one JSON object.")).with_error("body", message)
}

fn explain(path: &str, message: &str) -> (String, String) {
    let message = message.split(" at line ").next().unwrap_or(message);
    if let Some(field) = quoted_after(message, "missing field ") {
        return (join(path, field), "is missing".to_owned());
    }
    if let Some(field) = quoted_after(message, "unknown field ") {
        let known = message.split_once("expected ").map_or("there is none", |(_, known)| known);
        let known = known.trim_start_matches("one of ").replace('`', "");
        return (join(path, field), format!("is not known here; known: {known}"));
    }
    if let Some(field) = quoted_after(message, "duplicate field ") {
        return (join(path, field), "is given twice".to_owned());
    }
    if let Some((_, expected)) = message.split_once("expected ") {
        return (name(path), format!("must be {}", kind(expected.trim_start_matches("one of "))));
    }
    (name(path), message.to_owned())
}

/// serde's names of kinds in words.
fn kind(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a JSON object".to_owned(),
        expected if expected.starts_with("struct ") => "a JSON object".to_owned(),
        other => other.replace('`', ""),
    }
}

fn quoted_after<'m>(message: &'m str, lead: &str) -> Option<&'m str> {
    message.strip_prefix(lead)?.split('`').nth(1)
}

fn name(path: &str) -> String {
    if path == "." { "body".to_owned() } else { path.to_owned() }
}

/// serde tells the path of the object or, for unknown fields, of the field itself.
fn join(path: &str, field: &str) -> String {
    match path {
        "." => field.to_owned(),
        path if path == field || path.ends_with(&format!(".{field}")) => path.to_owned(),
        path => format!("{path}.{field}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_field_and_never_the_value() {
        for (path, message, field, words) in [
            (".", "missing field `url` at line 1 column 2", "url", "is missing"),
            (
                ".",
                "unknown field `ulr`, expected one of `url`, `username`",
                "ulr",
                "is not known here; known: url, username",
            ),
            ("ulr", "unknown field `ulr`, expected `url`", "ulr", "is not known here; known: url"),
            (".", "unknown field `x`, there are no fields", "x", "is not known here; known: there is none"),
            (
                "password",
                "invalid type: integer `4711`, expected a string at line 1 column 9",
                "password",
                "must be a string",
            ),
            (".", "invalid type: string \"4711\", expected struct Login", "body", "must be a JSON object"),
        ] {
            assert_eq!(explain(path, message), (field.to_owned(), words.to_owned()), "{message}");
        }
    }
}
