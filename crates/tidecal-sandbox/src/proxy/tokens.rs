//! Sync tokens that passed, tokens that are stale, and listings that are handed out in pages.

use std::collections::{BTreeMap, BTreeSet};

use super::xml::{Found, elements};

/// How the proxy's own page tokens begin.
const PAGE: &str = "urn:proxy:page:";
/// Says that more is to come (RFC 6578 3.6).
const MORE: &str = "<x:response xmlns:x=\"DAV:\"><x:href>HREF</x:href><x:status>HTTP/1.1 507 Insufficient Storage</x:status><x:error><x:number-of-matches-within-limits/></x:error></x:response>";

/// What the proxy remembers of synchronisation.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    seen: BTreeSet<String>,
    stale: BTreeSet<String>,
    rest: BTreeMap<String, Listing>,
    pages: u32,
}

/// What is left of a listing.
#[derive(Debug, Clone)]
struct Listing {
    /// Everything before the first response.
    head: String,
    responses: Vec<String>,
    /// Everything after the last response: the token, and the end of the root.
    tail: String,
}

impl Tokens {
    /// All tokens that passed are stale from now on.
    pub(super) fn expire(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        self.stale.extend(seen);
        self.rest.clear();
    }

    pub(super) fn is_stale(&self, token: &str) -> bool {
        self.stale.contains(token) || (token.starts_with(PAGE) && !self.rest.contains_key(token))
    }

    /// Notes the token of an answer.
    pub(super) fn note(&mut self, answer: &str) {
        if let Some(token) = token_of(answer) {
            self.stale.remove(&token);
            self.seen.insert(token);
        }
    }

    /// The page behind one of our own tokens.
    pub(super) fn page(&mut self, token: &str, size: usize, collection: &str) -> Option<String> {
        let listing = self.rest.get(token)?.clone();
        Some(self.cut(listing, size, collection))
    }

    /// The first page of an answer.
    pub(super) fn first_page(&mut self, answer: &str, size: usize, collection: &str) -> String {
        let found = elements(answer, "response");
        let (Some(first), Some(last)) = (found.first(), found.last()) else { return answer.to_owned() };
        let listing = Listing {
            head: answer[..first.whole.start].to_owned(),
            tail: answer[last.whole.end..].to_owned(),
            responses: found.iter().map(|Found { whole, .. }| answer[whole.clone()].to_owned()).collect(),
        };
        self.cut(listing, size, collection)
    }

    fn cut(&mut self, mut listing: Listing, size: usize, collection: &str) -> String {
        if size == 0 || listing.responses.len() <= size {
            return format!("{}{}{}", listing.head, listing.responses.concat(), listing.tail);
        }
        let rest = listing.responses.split_off(size);
        self.pages += 1;
        let token = format!("{PAGE}{}", self.pages);
        let end = listing.tail.rfind("</").unwrap_or(listing.tail.len());
        let page = format!(
            "{}{}{}<x:sync-token xmlns:x=\"DAV:\">{token}</x:sync-token>{}",
            listing.head,
            listing.responses.concat(),
            MORE.replace("HREF", collection),
            &listing.tail[end..],
        );
        self.rest.insert(token, Listing { responses: rest, ..listing });
        page
    }
}

/// The token that a request names or an answer ends with; `None` if it is empty.
pub(super) fn token_of(xml: &str) -> Option<String> {
    let found = elements(xml, "sync-token").pop()?;
    let token = xml[found.inside].trim();
    (!token.is_empty()).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_comes_in_pages_and_ends_with_its_own_token() {
        let whole = "<d:m xmlns:d='DAV:'><d:response>1</d:response><d:response>2</d:response><d:response>3</d:response><d:sync-token>end</d:sync-token></d:m>";
        let mut tokens = Tokens::default();
        let first = tokens.first_page(whole, 2, "/c/");
        assert!(first.contains(">1<") && first.contains(">2<") && !first.contains(">3<") && first.contains("507"));
        let token = token_of(&first).unwrap();
        let second = tokens.page(&token, 2, "/c/").unwrap();
        assert!(second.contains(">3<") && !second.contains("507"));
        assert_eq!(token_of(&second).unwrap(), "end");
        tokens.note(&second);
        tokens.expire();
        assert!(tokens.is_stale("end") && tokens.is_stale(&token) && !tokens.is_stale("new"));
    }
}
