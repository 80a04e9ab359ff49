//! Documents that are written by the program itself, committed, and compared in CI.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::root;

/// A document, and the verb of the binary that writes it to standard output.
const DOCUMENTS: &[(&str, &[&str])] = &[("docs/openapi.json", &["openapi"]), ("docs/schema.md", &["schema"])];

/// Writes them, or with `check` fails on a difference.
pub(crate) fn run(check: bool) -> Result<()> {
    let root = root::workspace()?;
    let mut stale = Vec::new();
    for (path, verb) in DOCUMENTS {
        let file = root.join(path);
        let text = ask(verb).with_context(|| format!("failed to make {path}"))?;
        if fs::read_to_string(&file).is_ok_and(|known| known == text) {
            continue;
        }
        if check {
            stale.push(*path);
        } else {
            fs::write(&file, text)?;
            println!("wrote {path}");
        }
    }
    if !stale.is_empty() {
        bail!("out of date: {}; write them anew with: cargo xtask gen", stale.join(", "));
    }
    println!("gen: {} documents are up to date", DOCUMENTS.len());
    Ok(())
}

fn ask(verb: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--package", "tidecal", "--"])
        .args(verb)
        .current_dir(root::workspace()?)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("tidecal {} ended with {}", verb.join(" "), output.status);
    }
    let mut text = String::from_utf8(output.stdout)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}
