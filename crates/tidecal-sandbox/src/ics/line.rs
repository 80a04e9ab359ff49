//! Content lines (RFC 5545 3.1): unfolding, then name, parameters and value of each.

/// One property line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// In upper case.
    pub(crate) name: String,
    /// Names in upper case, values without their quotes.
    pub(crate) parameters: Vec<(String, Vec<String>)>,
    pub(crate) value: String,
}

impl Line {
    /// The only value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, values) = self.parameters.iter().find(|(own, _)| own == name)?;
        values.first().map(String::as_str)
    }

    /// Whether `VALUE=` says so.
    pub(crate) fn has_value_type(&self, name: &str) -> bool {
        self.parameter("VALUE").is_some_and(|own| own.eq_ignore_ascii_case(name))
    }
}

/// The lines of a text with their folds undone. Line ends are CRLF, the last one included, and nothing else is one.
pub(crate) fn unfolded(text: &str) -> Result<Vec<String>, String> {
    let Some(text) = text.strip_suffix("\r\n") else {
        return Err("the last line does not end with CRLF".to_owned());
    };
    let mut lines: Vec<String> = Vec::new();
    for (number, raw) in text.split("\r\n").enumerate() {
        if let Some(wrong) = raw.chars().find(|it| it.is_control() && *it != '\t') {
            return Err(format!("line {} holds the control character U+{:04X}", number + 1, u32::from(wrong)));
        }
        match (raw.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(line)) => line.push_str(rest),
            (Some(_), None) => return Err("the first line begins with a space".to_owned()),
            (None, _) if raw.is_empty() => return Err(format!("line {} is empty", number + 1)),
            (None, _) => lines.push(raw.to_owned()),
        }
    }
    Ok(lines)
}

/// The longest line of a text in octets, its end left out. More than 75 is against the recommendation of 3.1.
pub(crate) fn longest(text: &str) -> usize {
    text.lines().map(str::len).max().unwrap_or_default()
}

/// Reads one unfolded line.
pub(crate) fn parse(text: &str) -> Result<Line, String> {
    let wrong = |why: &str| format!("{why} in \"{}\"", text.chars().take(60).collect::<String>());
    let end = text.find([';', ':']).ok_or_else(|| wrong("there is no value"))?;
    let name = &text[..end];
    if !is_name(name) {
        return Err(wrong("the name is none"));
    }
    let mut line = Line { name: name.to_ascii_uppercase(), parameters: Vec::new(), value: String::new() };
    let mut rest = &text[end..];
    while let Some(parameter) = rest.strip_prefix(';') {
        let (name, after) = parameter.split_once('=').ok_or_else(|| wrong("a parameter has no value"))?;
        if !is_name(name) {
            return Err(wrong("a parameter's name is none"));
        }
        let (values, left) = values(after).ok_or_else(|| wrong("a parameter's value does not end"))?;
        line.parameters.push((name.to_ascii_uppercase(), values));
        rest = left;
    }
    line.value = rest.strip_prefix(':').ok_or_else(|| wrong("there is no value"))?.to_owned();
    Ok(line)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Values of a parameter, separated by commas, quoted or not; and what follows them.
fn values(text: &str) -> Option<(Vec<String>, &str)> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        let (value, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted.split_once('"')?
        } else {
            let end = rest.find([',', ';', ':'])?;
            if rest[..end].contains('"') {
                return None;
            }
            rest.split_at(end)
        };
        values.push(value.to_owned());
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((values, after)),
        }
    }
}

/// A text with its escapes undone (3.3.11); `None`: a backslash before something that needs none, or a separator
/// without one.
pub(crate) fn plain(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next()? {
                'n' | 'N' => text.push('\n'),
                own @ ('\\' | ';' | ',') => text.push(own),
                _ => return None,
            },
            ';' | ',' => return None,
            other => text.push(other),
        }
    }
    Some(text)
}

/// A text with its escapes made.
pub(crate) fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => value.push_str("\\n"),
            '\\' | ';' | ',' => value.extend(['\\', letter]),
            other => value.push(other),
        }
    }
    value
}

/// Lines as they are sent: folded at 75 octets, never inside a letter, and ended.
pub(crate) fn folded(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        let mut used = 0;
        for letter in line.chars() {
            if used + letter.len_utf8() > 75 {
                text.push_str("\r\n ");
                used = 1;
            }
            text.push(letter);
            used += letter.len_utf8();
        }
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_name_parameters_and_value() {
        let line =
            parse("attendee;CN=\"Keller; Ada\";MEMBER=\"mailto:a@x.test\",\"b\":mailto:ada@example.com").unwrap();
        assert_eq!((line.name.as_str(), line.value.as_str()), ("ATTENDEE", "mailto:ada@example.com"));
        assert_eq!(line.parameter("CN"), Some("Keller; Ada"));
        assert_eq!(line.parameters[1].1, ["mailto:a@x.test", "b"]);
    }

    #[test]
    fn what_is_no_line_is_said_to_be_none() {
        for text in ["SUMMARY", "SUMMARY;X", "SUMMARY;X=\"a", "SUM MARY:x", ":x", "SUMMARY;X=a\"b\":c"] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["A:1", "A:1\n", "A:1\r\n\r\nB:2\r\n", " A:1\r\n", "A:1\u{7}\r\n", "A:1\nB:2\r\n"] {
            assert!(unfolded(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn folds_and_escapes_go_both_ways() {
        let summary = "Ärger, \"Öl\"; Übung\\ ".repeat(8);
        let text = folded(&[format!("SUMMARY:{}", escaped(&summary))]);
        assert!(longest(&text) <= 75 && text.contains("\r\n "));
        let lines = unfolded(&text).unwrap();
        assert_eq!(plain(&parse(&lines[0]).unwrap().value), Some(summary));
        assert_eq!(
            (plain("a\\nb\\Nc"), plain("a\\b"), plain("a,b"), plain("a\\")),
            (Some("a\nb\nc".to_owned()), None, None, None)
        );
    }
}
