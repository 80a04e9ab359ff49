//! Cursors: which method made them, and what it needs to go on.
//!
//! `1:sync:<token>` is a sync token (RFC 6578), `1:ctag:<tag>` a collection tag, `1:list:<hash>` a
//! hash of the listing, of servers that have neither. Page tokens are written the same way.

/// What a reading of a calendar ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Sync(String),
    Ctag(String),
    /// Empty: the server sends no versions, so that only reading everything shows a change.
    List(String),
}

impl Mark {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Sync(token) => format!("1:sync:{token}"),
            Self::Ctag(tag) => format!("1:ctag:{tag}"),
            Self::List(hash) => format!("1:list:{hash}"),
        }
    }

    /// `None`: made by another version, or by something else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (method, value) = text.strip_prefix("1:")?.split_once(':')?;
        match method {
            "sync" if !value.is_empty() => Some(Self::Sync(value.to_owned())),
            "ctag" => Some(Self::Ctag(value.to_owned())),
            "list" => Some(Self::List(value.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_says_which_method_made_it() {
        for mark in
            [Mark::Sync("http://sabre.io/ns/sync/1:2".into()), Mark::Ctag("\"a:b\"".into()), Mark::List(String::new())]
        {
            assert_eq!(Mark::parse(&mark.text()), Some(mark));
        }
        for text in ["", "1:", "1:sync", "1:sync:", "2:sync:x", "http://sabre.io/ns/sync/1", "1:else:x"] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }
}
