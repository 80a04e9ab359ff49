//! How much of a vendor's answer a failure may quote: one short line, without markup, without the
//! secrets that were sent.

use secrecy::{ExposeSecret as _, SecretString};

/// Longest quotation, in characters.
const LONGEST: usize = 240;

/// One line of `text`; of an HTML page its title. Secrets that the answer echoes are blanked.
pub(crate) fn excerpt(text: &str, secrets: &[&SecretString]) -> String {
    let mut plain = page_title(text).unwrap_or_else(|| without_tags(text));
    for secret in secrets.iter().map(|secret| secret.expose_secret()).filter(|secret| !secret.is_empty()) {
        if plain.contains(secret) {
            plain = plain.replace(secret, "[redacted]");
        }
    }
    let mut line = String::new();
    for word in plain.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// The same for a body that need not be text; only its beginning is looked at.
pub(crate) fn excerpt_of_body(body: &[u8], secrets: &[&SecretString]) -> String {
    excerpt(&String::from_utf8_lossy(&body[..body.len().min(4096)]), secrets)
}

/// Whether a body can only be a web page: a proxy's, a captive portal's, a front end's.
pub(crate) fn is_markup(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xEF\xBB\xBF".contains(byte)) == Some(&b'<')
}

fn page_title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let title = text[start..end].trim();
    (!title.is_empty()).then(|| title.to_owned())
}

fn without_tags(text: &str) -> String {
    if !is_markup(text.as_bytes()) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            _ if !in_tag => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_quoted_by_its_title_and_a_fragment_without_tags() {
        let page = "<!DOCTYPE html><html><head><TITLE>Error 502 (Server\nError)</TITLE></head><body>x</body></html>";
        assert_eq!(excerpt(page, &[]), "Error 502 (Server Error)");
        assert_eq!(excerpt("<p>Sign <b>in</b></p>", &[]), "Sign in");
    }

    #[test]
    fn a_quotation_is_one_short_line() {
        let long = "ä".repeat(1000) + "\n";
        assert_eq!(excerpt(&long, &[]).chars().count(), LONGEST + 1);
        assert_eq!(excerpt("a\r\n\tb\u{0}c", &[]), "a b c");
    }

    #[test]
    fn an_echoed_secret_is_blanked() {
        let token = SecretString::from("canary-token");
        assert_eq!(excerpt("bad token canary-token!", &[&token]), "bad token [redacted]!");
        assert!(!excerpt_of_body(b"{\"t\":\"canary-token\"}", &[&token]).contains("canary"));
    }

    #[test]
    fn a_web_page_is_told_from_json() {
        assert!(is_markup(b"\xEF\xBB\xBF \n<html>"));
        assert!(!is_markup(b"{\"a\":\"<b>\"}"));
        assert!(!is_markup(b""));
    }
}
