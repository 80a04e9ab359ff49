//! Components: lines between BEGIN and END, and the components among them.

use super::line::{self, Line};

/// One component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    /// In upper case.
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) parts: Vec<Component>,
}

impl Component {
    pub(crate) fn line(&self, name: &str) -> Option<&Line> {
        self.all(name).next()
    }

    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.line(name).map(|line| line.value.as_str())
    }

    /// Components of that name, one level below.
    pub(crate) fn parts_named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Component> {
        self.parts.iter().filter(move |part| part.name == name)
    }

    /// What takes place or is to be done: everything but the zones.
    pub(crate) fn main_parts(&self) -> impl Iterator<Item = &Component> {
        self.parts.iter().filter(|part| part.name != "VTIMEZONE")
    }
}

/// Reads a whole text: exactly one component with everything in it.
pub(crate) fn read(text: &str) -> Result<Component, String> {
    let mut open: Vec<Component> = Vec::new();
    let mut whole = None;
    for text in line::unfolded(text)? {
        let line = line::parse(&text)?;
        if whole.is_some() {
            return Err(format!("{} follows the end", line.name));
        }
        match line.name.as_str() {
            "BEGIN" => {
                let name = line.value.to_ascii_uppercase();
                open.push(Component { name, lines: Vec::new(), parts: Vec::new() });
            }
            "END" => {
                let done = open.pop().filter(|own| own.name.eq_ignore_ascii_case(&line.value));
                let done = done.ok_or_else(|| format!("END:{} ends nothing", line.value))?;
                match open.last_mut() {
                    Some(outer) => outer.parts.push(done),
                    None => whole = Some(done),
                }
            }
            name => {
                let own = open.last_mut().ok_or_else(|| format!("{name} stands outside of everything"))?;
                own.lines.push(line);
            }
        }
    }
    whole.ok_or_else(|| "the end is missing".to_owned())
}

/// The text with one property of the main component (the first, without RECURRENCE-ID) set to a value as it stands in the
/// file; for the hand of somebody who edits there.
pub(crate) fn with_property(text: &str, name: &str, value: &str) -> Result<String, String> {
    let mut lines = line::unfolded(text)?;
    let is = |line: &str, name: &str| line.split([';', ':']).next().is_some_and(|own| own.eq_ignore_ascii_case(name));
    let begins = |line: &&String| {
        let upper = line.to_ascii_uppercase();
        upper.starts_with("BEGIN:V") && !["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE"].contains(&upper.as_str())
    };
    let from = lines.iter().position(|line| begins(&line)).ok_or("there is no component")?;
    let inner = lines[from + 1..].iter().position(|line| is(line, "BEGIN") || is(line, "END"));
    let to = from + 1 + inner.ok_or("the component does not end")?;
    let new = format!("{name}:{value}");
    match lines[from..to].iter().position(|line| is(line, name)) {
        Some(at) => lines[from + at] = new,
        None => lines.insert(from + 1, new),
    }
    Ok(line::folded(&lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn components_nest() {
        let calendar = read(TEXT).unwrap();
        let event = calendar.main_parts().next().unwrap();
        assert_eq!((calendar.value("VERSION"), event.value("UID")), (Some("2.0"), Some("1")));
        assert_eq!(event.parts_named("VALARM").count(), 1);
        for broken in [
            TEXT.replace("END:VALARM\r\n", ""),
            format!("{TEXT}X:1\r\n"),
            TEXT.replace("END:VCALENDAR\r\n", ""),
            format!("X:1\r\n{TEXT}"),
        ] {
            assert!(read(&broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_hand_changes_one_property_and_nothing_else() {
        let named = with_property(TEXT, "SUMMARY", "New").unwrap();
        assert_eq!(named.replace("SUMMARY:New\r\n", ""), TEXT);
        let again = with_property(&named, "SUMMARY", "Newer").unwrap();
        assert_eq!(again, named.replace("New", "Newer"));
    }
}
