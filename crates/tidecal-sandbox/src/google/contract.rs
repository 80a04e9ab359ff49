//! The vendor's contract as far as the sandbox needs it: parameters by method, members by schema, accepted scopes.
//!
//! An extract of the Calendar v3 discovery document, made by `judge/extract.py`; the judge compares it with the document
//! that the vendor's own client carries. It says nothing about limits and read-only members: those stand in the code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The extract as it is checked in.
pub(crate) const TEXT: &str = include_str!("../../contract/calendar.v3.json");

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());

/// The whole extract.
#[derive(Debug, Default, Deserialize)]
struct Contract {
    /// Query parameters that every method takes.
    standard: BTreeMap<String, Parameter>,
    methods: BTreeMap<String, Method>,
    schemas: BTreeMap<String, BTreeMap<String, Node>>,
}

/// One query parameter.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameter {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) format: Option<String>,
    /// Allowed values; empty when there is no such list.
    #[serde(default, rename = "enum")]
    pub(crate) values: Vec<String>,
    #[serde(default)]
    pub(crate) repeated: bool,
    #[serde(default)]
    pub(crate) required: bool,
    pub(crate) minimum: Option<String>,
    pub(crate) maximum: Option<String>,
}

/// One method of the API.
#[derive(Debug, Deserialize)]
pub(crate) struct Method {
    pub(crate) method: String,
    /// Path below `/calendar/v3/`; segments in braces are parameters.
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, Parameter>,
    /// Schema of the body; `None` when there is none.
    pub(crate) request: Option<String>,
    /// Accepted scopes without the vendor's prefix.
    pub(crate) scopes: Vec<String>,
}

/// The shape of a member: exactly one of plain type, reference, list, named members, any members.
#[derive(Debug, Deserialize)]
pub(crate) struct Node {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) format: Option<String>,
    #[serde(default)]
    pub(crate) values: Vec<String>,
    #[serde(rename = "ref")]
    pub(crate) schema: Option<String>,
    pub(crate) items: Option<Box<Node>>,
    pub(crate) members: Option<BTreeMap<String, Node>>,
    pub(crate) each: Option<Box<Node>>,
}

/// All methods by operation, such as `events.list`.
pub(crate) fn methods() -> impl Iterator<Item = (&'static str, &'static Method)> {
    CONTRACT.methods.iter().map(|(name, method)| (name.as_str(), method))
}

/// The method of an operation.
pub(crate) fn method(operation: &str) -> Option<&'static Method> {
    CONTRACT.methods.get(operation)
}

/// A query parameter of a method, its own or one that every method takes.
pub(crate) fn parameter(method: &'static Method, name: &str) -> Option<&'static Parameter> {
    method.query.get(name).or_else(|| CONTRACT.standard.get(name))
}

/// Members of a schema; `None` when there is no such schema.
pub(crate) fn members(schema: &str) -> Option<&'static BTreeMap<String, Node>> {
    CONTRACT.schemas.get(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extract_reads_and_its_references_lead_somewhere() {
        assert_eq!(CONTRACT.methods.len(), 38);
        fn check(node: &Node) {
            if let Some(schema) = &node.schema {
                assert!(members(schema).is_some(), "{schema}");
            }
            node.items.iter().chain(&node.each).for_each(|below| check(below));
            node.members.iter().flat_map(BTreeMap::values).for_each(check);
        }
        CONTRACT.schemas.values().flat_map(BTreeMap::values).for_each(check);
        for (_, method) in methods() {
            assert!(method.request.iter().all(|schema| members(schema).is_some()));
        }
    }
}
