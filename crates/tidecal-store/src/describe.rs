//! Tables and views as the database itself knows them, for the generated schema reference.

use std::collections::BTreeMap;

use crate::StoreError;
use crate::database::{Access, Backend, Database, values};
use crate::schema;

/// A table or view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// `table` or `view`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub comment: String,
    /// Its columns, in order.
    pub columns: Vec<DescribedColumn>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedColumn {
    /// Its name.
    pub name: String,
    /// Its type, as the database calls it.
    pub kind: String,
    /// Whether it may be NULL (of a view's column this is not known).
    pub nullable: bool,
}

const SQLITE: &str = "SELECT m.name AS relation, m.type AS relation_kind, p.name, p.type AS kind, \
        p.\"notnull\" = 0 AS nullable \
    FROM sqlite_master m JOIN pragma_table_info(m.name) p \
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite%' AND m.name <> $1 ORDER BY m.name, p.cid";

const POSTGRES: &str = "SELECT c.table_name::text AS relation, \
        CASE t.table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS relation_kind, c.column_name::text AS name, \
        UPPER(c.data_type) AS kind, c.is_nullable = 'YES' AS nullable \
    FROM information_schema.columns c \
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
    WHERE c.table_schema = current_schema() AND c.table_name <> $1 ORDER BY c.table_name, c.ordinal_position";

/// All tables and views of the schema, by name, tables first.
pub(crate) async fn describe(database: &Database) -> Result<Vec<Described>, StoreError> {
    let comments = schema::comments();
    let sql = if database.backend() == Backend::Sqlite { SQLITE } else { POSTGRES };
    let mut tx = database.read(Access::All).await?;
    let rows = tx.fetch_all(sql, values![schema::BOOKS]).await?;
    let mut relations: BTreeMap<(&'static str, String), Vec<DescribedColumn>> = BTreeMap::new();
    for row in rows {
        let kind = if row.str("relation_kind")? == "view" { "view" } else { "table" };
        let column =
            DescribedColumn { name: row.text("name")?, kind: row.text("kind")?, nullable: row.bool("nullable")? };
        relations.entry((kind, row.text("relation")?)).or_default().push(column);
    }
    let described = relations.into_iter().map(|((kind, name), columns)| {
        let comment = comments.get(&name).cloned().unwrap_or_default();
        Described { kind, name, comment, columns }
    });
    Ok(described.collect())
}
