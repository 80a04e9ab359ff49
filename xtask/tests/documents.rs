//! What the documents say is there, is there: links, names of tests, settings, tables of words.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files of a kind below a folder, except what tools have put there.
fn files(folder: &Path, kind: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with('.') || ["target", "node_modules", "dist", "var"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            files(&path, kind, found);
        } else if path.extension().is_some_and(|own| own == kind) {
            found.push(path);
        }
    }
}

fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// As GitHub makes them of headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut pages = Vec::new();
    files(&root(), "md", &mut pages);
    assert!(pages.len() > 10);
    let mut broken = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let found =
                file.exists() && (anchor.is_empty() || anchors(&fs::read_to_string(&file).unwrap()).contains(anchor));
            if !found {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_test_that_the_architecture_names_exists() {
    let text = read("ARCHITECTURE.md");
    let invariants = text.split("## Invariants").nth(1).unwrap().split("## Walk").next().unwrap();
    let named: BTreeSet<&str> =
        invariants.split('`').skip(1).step_by(2).filter(|word| word.matches('_').count() >= 3).collect();
    assert!(named.len() >= 10, "{named:?}");
    let mut sources = Vec::new();
    files(&root().join("crates"), "rs", &mut sources);
    let code: String = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let missing: Vec<&&str> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_setting_stands_in_the_documents_and_no_other() {
    let variables = read("crates/tidecal/src/config/variables.rs");
    let list = variables.split("const VARIABLES").nth(1).unwrap();
    let is_name = |word: &&str| word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let known: BTreeSet<&str> = quoted(list).into_iter().filter(is_name).collect();
    let page = read("docs/configuration.md");
    let rows: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(known, rows);
}

#[test]
fn every_word_of_the_event_types_stands_on_their_page() {
    let source = read("crates/tidecal-core/src/policy/event_type.rs");
    let table = source.split("const WORDS").nth(1).unwrap().split("\n];").next().unwrap();
    let page = read("docs/event-types.md");
    let words: BTreeSet<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| line.split('|').nth(2))
        .flat_map(|cell| cell.split(',').map(str::trim))
        .collect();
    let missing: Vec<&str> = quoted(table).into_iter().filter(|word| !words.contains(word)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(
        words.len(),
        quoted(table).into_iter().collect::<BTreeSet<_>>().len() + 1,
        "one row says everything else"
    );
}

#[test]
fn every_hint_leads_to_a_section_of_the_guide() {
    let hints = read("crates/tidecal-web/src/api/connections/trouble.rs");
    let sections = anchors(&read("docs/calendar-sync-troubleshooting.md"));
    let named: BTreeSet<&str> = quoted(hints.split("#[cfg(test)]").next().unwrap())
        .into_iter()
        .filter(|text| text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('-'))
        .collect();
    assert!(named.len() >= 4, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !sections.contains(**name)).collect();
    assert!(missing.is_empty(), "{missing:?} is none of {sections:?}");
}

#[test]
fn every_statement_of_the_runbook_is_run_by_the_store_s_tests() {
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let tests = squeeze(&read("crates/tidecal-store/tests/contract/runbook.rs"));
    let page = read("docs/operations-runbook.md");
    let blocks: Vec<String> =
        page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).map(squeeze).collect();
    assert_eq!(blocks.len(), 14, "statements in {page}");
    let missing: Vec<&String> = blocks.iter().filter(|block| !tests.contains(block.as_str())).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
