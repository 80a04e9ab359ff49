//! Rounds: every contender in turn, its lines of JSON gathered, medians of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

use super::build::Programs;

/// The figures of one step of one contender, a value a round.
#[derive(Default)]
pub(super) struct Measured(BTreeMap<String, Vec<f64>>);

impl Measured {
    fn add(&mut self, line: &Map<String, Value>) {
        for (name, value) in line {
            match value {
                Value::Object(inner) => {
                    for (part, value) in inner {
                        self.push(&format!("{name}.{part}"), value);
                    }
                }
                value => self.push(name, value),
            }
        }
    }

    fn push(&mut self, name: &str, value: &Value) {
        if let Some(number) = value.as_f64() {
            self.0.entry(name.to_owned()).or_default().push(number);
        }
    }

    /// The median over the rounds.
    pub(super) fn median(&self, name: &str) -> Option<f64> {
        let mut values = self.0.get(name)?.clone();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let lower = values[(values.len() - 1) / 2];
        Some(f64::midpoint(lower, values[middle]))
    }

    pub(super) fn as_json(&self) -> Value {
        let each = self
            .0
            .iter()
            .map(|(name, rounds)| (name.clone(), json!({ "median": self.median(name), "rounds": rounds })));
        Value::Object(each.collect())
    }
}

/// A program that takes part.
pub(super) struct Contender {
    pub(super) name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    /// A database to remove before each round.
    file: Option<String>,
}

impl Contender {
    /// A program whose arguments name a database file.
    pub(super) fn new(name: &'static str, program: &Path, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|&it| it.to_owned()).collect();
        let file = arguments.iter().find(|it| it.ends_with(".db")).cloned();
        Self { name, program: program.to_owned(), arguments, file }
    }

    /// Tidecal's driver, which empties its database by itself.
    pub(super) fn tidecal(name: &'static str, driver: &Path, address: &str, database: &str, steps: &[String]) -> Self {
        let mut arguments = vec![address.to_owned(), database.to_owned()];
        arguments.extend_from_slice(steps);
        Self { name, program: driver.to_owned(), arguments, file: None }
    }

    /// Runs it once and keeps what it says, under `name step`.
    pub(super) fn measure(&self, measured: &mut BTreeMap<String, Measured>) -> Result<()> {
        for tail in ["", "-wal", "-shm"] {
            if let Some(file) = &self.file {
                // Missing before the first round.
                let _ = fs::remove_file(format!("{file}{tail}"));
            }
        }
        let output = Command::new(&self.program)
            .args(&self.arguments)
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("failed to start {}", self.program.display()))?;
        if !output.status.success() {
            bail!("{} failed", self.name);
        }
        for line in String::from_utf8(output.stdout)?.lines() {
            let told: Map<String, Value> = serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))?;
            let step = told["step"].as_str().context("a line names its step")?;
            measured.entry(format!("{} {step}", self.name)).or_default().add(&told);
        }
        Ok(())
    }
}

/// Occurrences per second of Tidecal and of dateutil, in turn.
pub(super) fn expansion(programs: &Programs, rounds: usize) -> Result<BTreeMap<String, Measured>> {
    let mut measured: BTreeMap<String, Measured> = BTreeMap::new();
    let mut keep = |name: &str, rate: f64| {
        let line = Map::from_iter([("per_second".to_owned(), json!(rate))]);
        measured.entry(format!("{name} expansion")).or_default().add(&line);
    };
    for round in 1..=rounds {
        eprintln!("Round {round} of {rounds}: expansion");
        keep("tidecal", rate(&mut Command::new(&programs.expansion))?);
        if let Some(python) = &programs.dateutil {
            keep("python", rate(Command::new(python).arg(programs.script("expand_dateutil.py")))?);
        }
    }
    Ok(measured)
}

/// The first number of the last line.
fn rate(command: &mut Command) -> Result<f64> {
    let output = command.stderr(Stdio::inherit()).output().context("failed to start an expansion")?;
    let text = String::from_utf8(output.stdout)?;
    let number = text.lines().last().and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).with_context(|| format!("no rate in: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_rounds_is_their_middle() {
        let mut measured = Measured::default();
        for value in [5.0, 1.0, 3.0] {
            measured.add(json!({ "cpu_s": value, "ms": { "p50": value } }).as_object().unwrap());
        }
        assert_eq!(measured.median("cpu_s"), Some(3.0));
        measured.add(json!({ "cpu_s": 4.0 }).as_object().unwrap());
        assert_eq!(measured.median("cpu_s"), Some(3.5));
        assert_eq!(measured.median("ms.p50"), Some(3.0));
        assert_eq!(measured.median("nothing"), None);
    }
}
