//! The few places where one text does not fit both databases.

use std::borrow::Cow;
use std::fmt;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// One file, one node.
    Sqlite,
    /// Several nodes.
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

impl Backend {
    /// What a token without argument stands for.
    fn token(self, name: &str) -> Option<&'static str> {
        Some(match (name, self) {
            ("timestamp", Self::Sqlite) => "TEXT",
            ("timestamp", Self::Postgres) => "TIMESTAMPTZ",
            ("bytes", Self::Sqlite) => "BLOB",
            ("bytes", Self::Postgres) => "BYTEA",
            ("epoch", Self::Sqlite) => "'1970-01-01T00:00:00.000Z'",
            ("epoch", Self::Postgres) => "TIMESTAMPTZ '1970-01-01 00:00:00+00'",
            ("greatest", Self::Sqlite) => "MAX",
            ("greatest", Self::Postgres) => "GREATEST",
            ("skip_locked", Self::Sqlite) | ("for_update", Self::Sqlite) => "",
            ("skip_locked", Self::Postgres) => "FOR UPDATE OF c SKIP LOCKED",
            ("for_update", Self::Postgres) => "FOR UPDATE",
            // PostgreSQL then runs a subquery as it is written, whatever its statistics say.
            ("fence", Self::Sqlite) => "",
            ("fence", Self::Postgres) => "OFFSET 0",
            ("without_rowid", Self::Sqlite) => " WITHOUT ROWID",
            ("without_rowid", Self::Postgres) => "",
            ("view_options", Self::Sqlite) | ("at_utc", Self::Sqlite) => "",
            ("view_options", Self::Postgres) => " WITH (security_invoker = true)",
            ("at_utc", Self::Postgres) => " AT TIME ZONE 'UTC'",
            // Operators type backoff_until on SQLite too: another form than ours would compare wrongly.
            ("connection_checks", Self::Sqlite) => {
                ",\n    CHECK (backoff_until IS NULL OR backoff_until GLOB '????-??-??T??:??:??.???Z')"
            }
            ("connection_checks", Self::Postgres) => "",
            _ => return None,
        })
    }

    /// What a token with an argument stands for: `id {any $1}` takes a list; `FROM {each $1}` reads it
    /// as rows with the column `value`; `t {by index}` names
    /// the index where SQLite, without statistics, would choose another.
    fn token_with(self, name: &str, argument: &str) -> Option<String> {
        Some(match (name, self) {
            ("any", Self::Sqlite) => format!("IN (SELECT value FROM json_each({argument}))"),
            ("any", Self::Postgres) => format!("= ANY({argument})"),
            ("each", Self::Sqlite) => format!("json_each({argument})"),
            ("each", Self::Postgres) => format!("unnest({argument}) AS value"),
            ("by", Self::Sqlite) => format!("INDEXED BY {argument}"),
            ("by", Self::Postgres) => String::new(),
            _ => return None,
        })
    }

    /// The statement in this dialect.
    pub(crate) fn render(self, sql: &'static str) -> Cow<'static, str> {
        if !sql.contains('{') {
            return Cow::Borrowed(sql);
        }
        let mut text = String::with_capacity(sql.len() + 64);
        let mut rest = sql;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (token, after) = after.split_once('}').unwrap_or((after, ""));
            let words = match token.split_once(' ') {
                Some((name, argument)) => self.token_with(name, argument).map(Cow::Owned),
                None => self.token(token).map(Cow::Borrowed),
            };
            // Braces that are no token (a JSON default) stay as they are.
            text.push_str(&words.unwrap_or_else(|| Cow::Owned(format!("{{{token}}}"))));
            rest = after;
        }
        text.push_str(rest);
        Cow::Owned(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Backend;

    #[test]
    fn tokens_become_words_of_the_dialect() {
        let sql = "SELECT {greatest}(a, b) FROM t WHERE id {any $2} AND d = '{}' {for_update}";
        assert_eq!(
            Backend::Sqlite.render(sql),
            "SELECT MAX(a, b) FROM t WHERE id IN (SELECT value FROM json_each($2)) AND d = '{}' "
        );
        assert_eq!(
            Backend::Postgres.render(sql),
            "SELECT GREATEST(a, b) FROM t WHERE id = ANY($2) AND d = '{}' FOR UPDATE"
        );
        let sql = "SELECT 1 FROM t {by idx} WHERE NOT EXISTS (SELECT 1 FROM u {fence})";
        assert_eq!(Backend::Sqlite.render(sql), "SELECT 1 FROM t INDEXED BY idx WHERE NOT EXISTS (SELECT 1 FROM u )");
        assert_eq!(Backend::Postgres.render(sql), "SELECT 1 FROM t  WHERE NOT EXISTS (SELECT 1 FROM u OFFSET 0)");
    }
}
