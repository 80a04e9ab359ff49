//! Libraries that have one home, so that what they stand for can be found, and replaced, in one
//! place: HTTP requests, SQL, iCalendar parsing, embedded assets.

use serde_json::Value;

use crate::arrows::dependencies;

const HOMES: &[(&str, &[&str])] = &[
    ("reqwest", &["tidecal-http"]),
    ("sqlx", &["tidecal-store"]),
    ("ical-rs", &["tidecal-ical"]),
    ("quick-xml", &["tidecal-providers"]),
    ("rust-embed", &["tidecal-ui"]),
];

/// The sans-IO crates, and what would end that.
const PURE: &[&str] = &["tidecal-ical", "tidecal-core"];
const IMPURE: &[&str] = &["tokio", "futures", "async-trait", "axum", "hyper", "rand", "tracing", "chrono"];

/// One line for each library used away from its home.
pub(crate) fn faults(packages: &[Value]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        for (used, _) in dependencies(package).filter(|(_, kind)| kind.is_none()) {
            if let Some((_, homes)) = HOMES.iter().find(|(library, homes)| *library == used && !homes.contains(&name)) {
                faults.push(format!("{name} may not use {used}: its home is {}", homes.join(", ")));
            }
            if PURE.contains(&name) && IMPURE.contains(&used) {
                faults.push(format!("{name} may not use {used}: it does no input or output and has no clock"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::faults;
    use serde_json::json;

    #[test]
    fn a_library_away_from_its_home_is_named() {
        let packages = [
            json!({"name": "tidecal-http", "dependencies": [{"name": "reqwest", "kind": null}]}),
            json!({"name": "tidecal-web", "dependencies": [{"name": "reqwest", "kind": null}, {"name": "reqwest", "kind": "dev"}]}),
            json!({"name": "tidecal-core", "dependencies": [{"name": "tokio", "kind": null}, {"name": "tokio", "kind": "dev"}]}),
        ];
        assert_eq!(
            faults(&packages),
            [
                "tidecal-web may not use reqwest: its home is tidecal-http",
                "tidecal-core may not use tokio: it does no input or output and has no clock"
            ]
        );
    }
}
