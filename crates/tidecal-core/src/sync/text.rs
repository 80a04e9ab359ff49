//! Descriptions in the one form that comparisons use: servers rewrite HTML and white space.

/// Plain text of a description that may be HTML: tags gone, entities decoded, runs of white space
/// folded. For comparing only; the text itself is kept as it was written.
#[must_use]
pub fn canonical_text(text: &str) -> String {
    let plain = if looks_like_html(text) { strip_tags(text) } else { text.to_owned() };
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn looks_like_html(text: &str) -> bool {
    text.contains('<') && text.contains('>') || text.contains('&') && text.contains(';')
}

fn strip_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with('<') { rest.find('>') } else { rest.find(';').filter(|end| *end <= 10) };
        match end {
            Some(end) if rest.starts_with('<') => {
                // A tag parts words (`a<br>b`), also where the server wraps or drops it.
                plain.push(' ');
                rest = &rest[end + 1..];
            }
            Some(end) => {
                plain.push_str(entity(&rest[1..end]).unwrap_or(&rest[..=end]));
                rest = &rest[end + 1..];
            }
            None => {
                plain.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" | "#34" => "\"",
        "apos" | "#39" | "#x27" => "'",
        "nbsp" | "#160" | "#xA0" => " ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::canonical_text;

    #[test]
    fn rewritten_spellings_compare_equal() {
        for (a, b) in [
            ("<html><body>Agenda<br>\r\none</body></html>", "Agenda\none"),
            ("Tom &amp; Ada&nbsp;meet", "Tom & Ada meet"),
            ("  two\r\n\r\nlines ", "two lines"),
        ] {
            assert_eq!(canonical_text(a), canonical_text(b), "{a:?}");
        }
    }

    #[test]
    fn what_says_something_else_stays_different() {
        for (a, b) in [("1 < 2", "1 2"), ("a & b; c", "a c"), ("x", "y"), ("<b", "b")] {
            assert_ne!(canonical_text(a), canonical_text(b), "{a:?}");
        }
    }
}
