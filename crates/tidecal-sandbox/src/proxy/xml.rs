//! Finding elements in XML text by local name, whatever their prefixes. Enough for what CalDAV servers write; not a
//! parser: attributes are skipped, entities stay as they are.

use std::ops::Range;

/// One element: all of it, and what is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) whole: Range<usize>,
    pub(super) inside: Range<usize>,
}

/// The outermost elements of that name within `text`, in order.
pub(super) fn elements(text: &str, name: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    let mut depth = 0;
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|next| at + next) {
        let rest = &text[start..];
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
            .into_iter()
            .find(|(opening, _)| rest.starts_with(opening))
            .map(|(_, closing)| rest.find(closing).map_or(text.len(), |end| start + end + closing.len()));
        if let Some(end) = skipped {
            at = end;
            continue;
        }
        let Some(end) = rest.find('>').map(|end| start + end + 1) else { break };
        at = end;
        let tag = &text[start + 1..end - 1];
        if local(tag) != name {
            continue;
        }
        if tag.starts_with('/') {
            depth -= i32::from(depth > 0);
            if let (0, Some((begun, inner))) = (depth, open) {
                found.push(Found { whole: begun..end, inside: inner..start });
                open = None;
            }
        } else if tag.ends_with('/') {
            if depth == 0 {
                found.push(Found { whole: start..end, inside: end..end });
            }
        } else {
            if depth == 0 {
                open = Some((start, end));
            }
            depth += 1;
        }
    }
    found
}

/// The local name of a tag without its angle brackets.
fn local(tag: &str) -> &str {
    let tag = tag.trim_start_matches('/');
    let end = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
    tag[..end].rsplit(':').next().unwrap_or_default()
}

/// The text without those ranges, which are in order and apart.
pub(super) fn without(text: &str, ranges: &[Range<usize>]) -> String {
    replaced(text, ranges, |_| String::new())
}

/// The text with those ranges replaced.
pub(super) fn replaced(text: &str, ranges: &[Range<usize>], with: impl Fn(&str) -> String) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        edited.push_str(&text[at..range.start]);
        edited.push_str(&with(&text[range.clone()]));
        at = range.end;
    }
    edited.push_str(&text[at..]);
    edited
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(text: &str, name: &str) -> Vec<String> {
        elements(text, name).into_iter().map(|found| text[found.inside].to_owned()).collect()
    }

    #[test]
    fn elements_are_found_under_any_prefix() {
        let text =
            "<?xml version='1.0'?><D:a xmlns:D='DAV:'><D:b>1</D:b><b x='>'/><!-- <b>no</b> --><b><b>2</b></b></D:a>";
        // An angle bracket in an attribute is not understood, and servers do not write it.
        assert_eq!(inside(&text.replace("x='>'", ""), "b"), ["1", "", "<b>2</b>"]);
        assert!(inside("<a><![CDATA[<b>x</b>]]></a>", "b").is_empty());
        assert!(inside("<abc/><b", "b").is_empty());
    }

    #[test]
    fn edits_leave_the_rest_alone() {
        let text = "<a><b>1</b>x<b/></a>";
        let ranges: Vec<_> = elements(text, "b").into_iter().map(|found| found.whole).collect();
        assert_eq!(without(text, &ranges), "<a>x</a>");
        assert_eq!(replaced(text, &ranges[..1], |it| format!("[{it}]")), "<a>[<b>1</b>]x<b/></a>");
    }
}
