//! Scenarios in plain sentences, one for each of the ways in which calendar synchronisation hurts
//! people: `*.txt` beside this file. The core runs in them as in the product; store and vendors are
//! models in memory.
#![allow(clippy::unwrap_used, missing_docs)]

mod language;
mod store;
mod vendor;
mod world;

use std::fs;
use std::path::Path;

/// Every text is a test: one that does not hold says which sentence.
#[test]
fn every_problem_is_solved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|it| it == "txt"));
    names.sort();
    assert!(names.len() >= 24, "{}", names.len());
    let mut failed = Vec::new();
    for path in &names {
        let text = fs::read_to_string(path).unwrap();
        let played = std::panic::catch_unwind(|| language::play(&text));
        if played.is_err() {
            failed.push(path.file_name().unwrap().to_owned());
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
