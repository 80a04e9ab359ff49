//! The programs that take part, built as a release is built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Where they are.
pub(super) struct Programs {
    /// The folder that builds write to.
    pub(super) target: PathBuf,
    /// Tidecal, driven step by step.
    pub(super) driver: PathBuf,
    /// Occurrences per second.
    pub(super) expansion: PathBuf,
    /// The floor.
    pub(super) floor: PathBuf,
    /// A Python that has Google's client, if `./test --only judges` has installed one.
    pub(super) python: Option<PathBuf>,
    /// A Python that has dateutil, as the tests install it.
    pub(super) dateutil: Option<PathBuf>,
    /// The folder of the scripts of peers.
    peers: PathBuf,
    /// The peer script of the first sync.
    pub(super) peer: String,
}

impl Programs {
    /// Builds them, unless they are to be taken as they are.
    pub(super) fn find(root: &Path, as_built: bool) -> Result<Self> {
        let target = target(root)?;
        if !as_built {
            Self::build(root, &target)?;
        }
        let release = target.join("release/examples");
        let peers = root.join("bench/peers");
        let python = |venv: &str| Some(root.join(venv).join("bin/python")).filter(|path| path.exists());
        let found = Self {
            driver: release.join("bench"),
            expansion: release.join("expand_speed"),
            floor: target.join("bench-floor/release/tidecal-bench-floor"),
            python: python("var/venv-google"),
            dateutil: python(".venv"),
            peer: peers.join("google_sqlite.py").display().to_string(),
            peers,
            target,
        };
        if found.python.is_none() {
            eprintln!("No Google client for Python here, so no peer: ./test --only judges installs it");
        }
        Ok(found)
    }

    fn build(root: &Path, target: &Path) -> Result<()> {
        let examples = ["-p", "tidecal", "-p", "tidecal-ical", "--example", "bench", "--example", "expand_speed"];
        cargo(root, target, &examples)?;
        cargo(&root.join("bench/floor"), &target.join("bench-floor"), &[])
    }

    /// Where databases and files of contenders are.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        let folder = self.target.join("bench");
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A Python that has vdirsyncer and Radicale, in an environment of its own.
    pub(super) fn caldav_python(&self) -> Result<PathBuf> {
        let venv = self.folder()?.join("venv-caldav");
        let (wanted, installed) = (self.peers.join("requirements.txt"), venv.join("requirements.txt"));
        let python = venv.join("bin/python");
        let text = fs::read_to_string(&wanted)?;
        if fs::read_to_string(&installed).is_ok_and(|found| found == text) {
            return Ok(python);
        }
        eprintln!("Installing vdirsyncer and Radicale into {}", venv.display());
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
        fs::write(&installed, text)?;
        Ok(python)
    }

    /// Another script of a peer.
    pub(super) fn script(&self, name: &str) -> String {
        self.peers.join(name).display().to_string()
    }
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    let status = command.status().with_context(|| format!("failed to start {name}"))?;
    if !status.success() {
        bail!("{name} failed");
    }
    Ok(())
}

fn target(root: &Path) -> Result<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(root)
        .output()
        .context("failed to start cargo metadata")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(PathBuf::from(metadata["target_directory"].as_str().context("cargo metadata names no target directory")?))
}

fn cargo(folder: &Path, target: &Path, arguments: &[&str]) -> Result<()> {
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--release", "--locked"])
        .args(arguments)
        .current_dir(folder)
        // Symbols stay, for perf; the web interface is not part of what is measured.
        .envs([("CARGO_PROFILE_RELEASE_STRIP", "none"), ("TIDECAL_UI", "skip")])
        .env("CARGO_TARGET_DIR", target);
    run(&mut build).with_context(|| format!("no release build in {}", folder.display()))
}
