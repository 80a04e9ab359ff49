//! The arrows between the crates: who may use whom. Cargo refuses cycles; this table refuses
//! shortcuts, such as a page that talks to a vendor past the engine.
//!
//! The table is exact in one direction only: an arrow that it names may be missing.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{confined, root};

/// A crate, what it may use, and what its tests may use beside that.
struct Row {
    name: &'static str,
    uses: &'static [&'static str],
    tests_use: &'static [&'static str],
}

const TABLE: &[Row] = &[
    Row { name: "tidecal-ical", uses: &[], tests_use: &[] },
    Row { name: "tidecal-core", uses: &["tidecal-ical"], tests_use: &[] },
    Row { name: "tidecal-http", uses: &[], tests_use: &[] },
    Row {
        name: "tidecal-providers",
        uses: &["tidecal-core", "tidecal-ical", "tidecal-http"],
        tests_use: &["tidecal-sandbox"],
    },
    Row { name: "tidecal-store", uses: &["tidecal-core", "tidecal-ical"], tests_use: &[] },
    Row {
        name: "tidecal-engine",
        uses: &["tidecal-core", "tidecal-ical", "tidecal-http", "tidecal-providers", "tidecal-store"],
        tests_use: &["tidecal-sandbox"],
    },
    Row {
        name: "tidecal-web",
        uses: &["tidecal-core", "tidecal-ical", "tidecal-http", "tidecal-store", "tidecal-engine"],
        tests_use: &["tidecal-providers", "tidecal-sandbox"],
    },
    Row { name: "tidecal-ui", uses: &[], tests_use: &[] },
    Row { name: "tidecal-sandbox", uses: &[], tests_use: &[] },
    Row {
        name: "tidecal",
        uses: &[
            "tidecal-ical",
            "tidecal-core",
            "tidecal-http",
            "tidecal-providers",
            "tidecal-store",
            "tidecal-engine",
            "tidecal-web",
            "tidecal-ui",
            "tidecal-sandbox",
        ],
        tests_use: &[],
    },
    Row { name: "xtask", uses: &["tidecal-core", "tidecal-ical"], tests_use: &[] },
];

/// Fails with every arrow that the table does not have.
pub(crate) fn check() -> Result<()> {
    let packages = root::packages()?;
    let mut faults = faults(&packages);
    faults.extend(confined::faults(&packages));
    if !faults.is_empty() {
        bail!("{}\nThe table stands in xtask/src/arrows.rs, its reasons in ARCHITECTURE.md.", faults.join("\n"));
    }
    println!("arrows: {} crates, every dependency between them is in the table", packages.len());
    Ok(())
}

fn faults(packages: &[Value]) -> Vec<String> {
    let own: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(row) = TABLE.iter().find(|row| row.name == name) else {
            faults.push(format!("{name} is not in the table"));
            continue;
        };
        for (used, kind) in dependencies(package).filter(|(used, _)| own.contains(used)) {
            let allowed = row.uses.contains(&used) || (kind == Some("dev") && row.tests_use.contains(&used));
            if !allowed {
                faults.push(format!("{name} may not use {used}{}", if kind == Some("dev") { " in tests" } else { "" }));
            }
        }
    }
    faults
}

/// Names and kinds (`dev`, `build`, none: normal) of a package's dependencies.
pub(crate) fn dependencies(package: &Value) -> impl Iterator<Item = (&str, Option<&str>)> {
    package["dependencies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|used| Some((used["name"].as_str()?, used["kind"].as_str())))
}

#[cfg(test)]
mod tests {
    use super::faults;
    use serde_json::json;

    #[test]
    fn a_shortcut_is_named_and_a_test_may_use_the_sandbox() {
        let packages = [
            json!({"name": "tidecal-ical", "dependencies": [{"name": "tidecal-core", "kind": null}]}),
            json!({"name": "tidecal-core", "dependencies": [{"name": "tidecal-ical", "kind": null}]}),
            json!({"name": "tidecal-engine", "dependencies": [{"name": "tidecal-sandbox", "kind": "dev"}]}),
            json!({"name": "tidecal-sandbox", "dependencies": [{"name": "tidecal-core", "kind": "dev"}]}),
            json!({"name": "tidecal-new", "dependencies": []}),
        ];
        assert_eq!(
            faults(&packages),
            [
                "tidecal-ical may not use tidecal-core",
                "tidecal-sandbox may not use tidecal-core in tests",
                "tidecal-new is not in the table"
            ]
        );
    }
}
