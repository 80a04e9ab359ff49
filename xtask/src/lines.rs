//! Sizes of the files: what grows beyond 500 lines wants to be two files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::root;

const LISTED: usize = 500;
const MOST: usize = 600;
const KINDS: &[&str] = &["rs", "ts", "tsx", "mjs", "css", "py", "sql", "sh"];
/// Folders that hold nothing written by hand.
const SKIPPED: &[&str] = &["target", "node_modules", "dist", "var"];

/// Lists the long files; fails if one is too long.
pub(crate) fn check() -> Result<()> {
    let root = root::workspace()?;
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.retain(|(_, lines)| *lines > LISTED);
    files.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    for (path, lines) in &files {
        println!(
            "{lines:5} {}",
            path.strip_prefix(&root.display().to_string()).unwrap_or(path).trim_start_matches('/')
        );
    }
    let too_long = files.iter().filter(|(_, lines)| *lines > MOST).count();
    if too_long > 0 {
        bail!("{too_long} files have more than {MOST} lines");
    }
    println!("lines: {} files over {LISTED}, none over {MOST}", files.len());
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<(String, usize)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') || SKIPPED.contains(&name.as_ref()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind == *known)) {
            files.push((path.display().to_string(), fs::read_to_string(&path)?.lines().count()));
        }
    }
    Ok(())
}
