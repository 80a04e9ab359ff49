//! The real binary as a process that can be killed.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A running program; it is killed when this goes.
pub(super) struct Program {
    child: Child,
}

impl Program {
    /// Starts it, its output at the end of a log file.
    pub(super) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().context("the program does not start")?;
        Ok(Self { child })
    }

    /// SIGKILL, and waits until it is gone.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.kill();
    }
}

/// A copy of the binary: whoever builds meanwhile does not change what is under test.
pub(super) fn copy_of_binary(root: &Path, folder: &Path, given: Option<&Path>) -> Result<PathBuf> {
    let source = match given {
        Some(given) => given.to_owned(),
        None => built(root)?,
    };
    let copy = folder.join("tidecal");
    // A copy that is still running cannot be written over; its name can be given to another.
    let _ = std::fs::remove_file(&copy);
    std::fs::copy(&source, &copy).with_context(|| format!("no binary at {}", source.display()))?;
    Ok(copy)
}

fn built(root: &Path) -> Result<PathBuf> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--locked", "--quiet", "--package", "tidecal"]).current_dir(root);
    if !command.status()?.success() {
        bail!("cargo build --package tidecal failed");
    }
    Ok(root.join("target/debug/tidecal"))
}
