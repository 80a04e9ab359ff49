//! Content lines (RFC 5545 3.1, 3.2; RFC 6868): from bytes to name, parameters and value.
//!
//! Lenient: any line end, folds anywhere (also inside a UTF-8 character), bytes that are not UTF-8
//! (read as Windows-1252, line by line), lower-case names, unclosed quotes. Lines without a colon
//! are no content lines; who reads them decides.

use std::borrow::Cow;
use std::ops::Range;

/// One logical line: unfolded and decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Number of its first physical line, from 1.
    pub(crate) number: usize,
    /// Where its bytes are, line ends included.
    pub(crate) bytes: Range<usize>,
}

/// The logical lines of a text; blank ones are left out.
pub(crate) fn lines(bytes: &[u8]) -> Lines<'_> {
    let mut rest = bytes;
    if let Some(after) = rest.strip_prefix(b"\xef\xbb\xbf") {
        rest = after;
    }
    // Carriage returns alone end lines only where there is no line feed at all.
    let end = if rest.contains(&b'\n') { b'\n' } else { b'\r' };
    Lines { bytes, at: bytes.len() - rest.len(), number: 0, end }
}

pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    number: usize,
    end: u8,
}

impl<'a> Lines<'a> {
    /// The next physical line without its end, and where the one after it begins.
    fn physical(&self, at: usize) -> (Range<usize>, usize) {
        let rest = &self.bytes[at..];
        let length = rest.iter().position(|byte| *byte == self.end).unwrap_or(rest.len());
        let next = (at + length + 1).min(self.bytes.len());
        let mut end = at + length;
        while end > at && self.bytes[end - 1] == b'\r' {
            end -= 1;
        }
        (at..end, next)
    }

    /// The folded line at `at`, where the line after it begins, and how many blank lines were in
    /// between (programs that double their line ends leave one).
    fn continuation(&self, at: usize) -> Option<(Range<usize>, usize, usize)> {
        let (mut at, mut skipped) = (at, 0);
        loop {
            let (line, next) = self.physical(at);
            match self.bytes.get(at)? {
                b' ' | b'\t' if !line.is_empty() => return Some((line, next, skipped)),
                _ if line.is_empty() && next > at => (at, skipped) = (next, skipped + 1),
                _ => return None,
            }
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            if self.at >= self.bytes.len() {
                return None;
            }
            let begin = self.at;
            let (first, mut next) = self.physical(begin);
            self.number += 1;
            let number = self.number;
            if first.is_empty() {
                self.at = next;
                continue;
            }
            let mut text = Cow::Borrowed(&self.bytes[first]);
            while let Some((more, after, skipped)) = self.continuation(next) {
                self.number += 1 + skipped;
                text.to_mut().extend_from_slice(&self.bytes[more][1..]);
                next = after;
            }
            self.at = next;
            if text.iter().any(|byte| !byte.is_ascii_whitespace()) {
                return Some(Line { text: decode(text), number, bytes: begin..next });
            }
        }
    }
}

/// UTF-8, or Windows-1252 (of which Latin-1 is the larger part) if it is not. Control characters
/// that no text may hold (RFC 5545 3.1) are dropped.
pub(crate) fn decode(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    let text = match bytes {
        Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(bytes.iter().copied().map(windows_1252).collect()),
        },
        Cow::Owned(bytes) => Cow::Owned(
            String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(windows_1252).collect()),
        ),
    };
    match strip_controls(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(clean) => Cow::Owned(clean),
    }
}

/// Without the characters that no content line may hold (RFC 5545 3.1).
pub(crate) fn strip_controls(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\t' || byte == 0x7f) {
        return Cow::Owned(text.chars().filter(|c| !c.is_ascii_control() || *c == '\t').collect());
    }
    Cow::Borrowed(text)
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// A line taken apart. The value is as written, escapes and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Property<'a> {
    /// In upper case.
    pub(crate) name: String,
    /// Names in upper case, values without quotes and RFC 6868 escapes.
    params: Vec<(String, String)>,
    pub(crate) value: &'a str,
}

impl<'a> Property<'a> {
    /// `None` if the line has no colon outside quotes or what stands before it is no name.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let (name, params, value) = split(line)?;
        // A group prefix (vCard habit) is no part of the name.
        let name = name.rsplit('.').next().unwrap_or(name);
        Some(Self { name: name.to_ascii_uppercase(), params: parse_params(params), value })
    }

    /// The same property with one of its values only.
    pub(crate) fn with_value<'b>(&self, value: &'b str) -> Property<'b> {
        Property { name: self.name.clone(), params: self.params.clone(), value }
    }

    /// The first value of a parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter has that value, in any case.
    pub(crate) fn param_is(&self, name: &str, value: &str) -> bool {
        self.param(name).is_some_and(|known| known.eq_ignore_ascii_case(value))
    }

    /// The value as text.
    pub(crate) fn text(&self) -> String {
        unescape(self.value)
    }
}

/// Name, parameters (without the first semicolon) and value, each as written.
pub(crate) fn split(line: &str) -> Option<(&str, &str, &str)> {
    let name_end = line.find([';', ':'])?;
    let name = line[..name_end].trim();
    if !is_name(name) {
        return None;
    }
    match line[name_end..].strip_prefix(';') {
        None => Some((name, "", &line[name_end + 1..])),
        Some(rest) => value_colon(name, rest).map(|colon| (name, &rest[..colon], &rest[colon + 1..])),
    }
}

/// Whether a text can be the name of a property.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// The colon before the value: the first one outside quotes, and before a date one that a date
/// follows, since labels such as `TZID=(UTC+01:00) Rome` should be quoted but often are not.
fn value_colon(name: &str, rest: &str) -> Option<usize> {
    const DATES: [&str; 5] = ["DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"];
    let begins_date = |colon: &usize| {
        let text = rest[colon + 1..].trim_start().as_bytes();
        text.len() >= 8 && text[..4].iter().all(u8::is_ascii_digit) && (text[4].is_ascii_digit() || text[4] == b'-')
    };
    let mut colons = outside_quotes(rest, ':');
    let dated = DATES.iter().any(|date| name.eq_ignore_ascii_case(date)).then(|| colons.find(begins_date)).flatten();
    dated.or_else(|| outside_quotes(rest, ':').next()).or_else(|| rest.find(':'))
}

/// Positions of a character that stand outside double quotes.
fn outside_quotes(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    text.char_indices().filter_map(move |(at, c)| {
        quoted ^= c == '"';
        (c == wanted && !quoted).then_some(at)
    })
}

fn parse_params(text: &str) -> Vec<(String, String)> {
    let named = raw_params(text).filter_map(|param| param.split_once('='));
    named.map(|(name, value)| (name.trim().to_ascii_uppercase(), param_value(value.trim()))).collect()
}

/// The parameters as written, each without its semicolon.
pub(crate) fn raw_params(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    outside_quotes(text, ';').chain(std::iter::once(text.len())).map(move |end| {
        let param = &text[from..end];
        from = end + 1;
        param
    })
}

/// Without quotes, RFC 6868 escapes read.
fn param_value(raw: &str) -> String {
    let raw = raw.replace('"', "");
    if !raw.contains('^') {
        return raw;
    }
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = match (c, chars.peek()) {
            ('^', Some('n' | 'N')) => '\n',
            ('^', Some('^')) => '^',
            ('^', Some('\'')) => '"',
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        out.push(escaped);
    }
    out
}

/// TEXT (RFC 5545 3.3.11). A backslash before anything else stays, so that paths survive.
pub(crate) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') => out.push('\n'),
            Some(c @ ('\\' | ',' | ';' | ':' | '"')) => out.push(c),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

/// The items of a list value, split at the commas that are not escaped.
pub(crate) fn text_list(raw: &str) -> Vec<String> {
    let items = raw_list(raw).into_iter().map(|item| unescape(item).trim().to_owned());
    items.filter(|item| !item.is_empty()).collect()
}

/// The same items as written.
pub(crate) fn raw_list(raw: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut from, mut escaped) = (0, false);
    for (at, c) in raw.char_indices() {
        if c == ',' && !escaped {
            items.push(&raw[from..at]);
            from = at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    items.push(&raw[from..]);
    items
}
