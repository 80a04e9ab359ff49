//! Builds the web interface (folder `web/`) into `$OUT_DIR/ui`, from where `src/lib.rs` embeds it.
//!
//! `npm ci` runs only when `package-lock.json` differs from what is installed. Without node, or when the build fails,
//! the crate still compiles: a cargo warning says why and a placeholder page takes the interface's place.
//! `TIDECAL_UI=require` turns that into an error (releases, CI), `TIDECAL_UI=skip` leaves the build out on purpose.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// What the build depends on, below `web/`.
const INPUTS: [&str; 7] =
    ["src", "public", "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"];

const PLACEHOLDER: &str = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tidecal</title></head>
<body>
<h1>Tidecal is running</h1>
<p>This binary was built without the web interface, because node was missing or the interface was skipped.
Install node 20 or newer and build again with <code>TIDECAL_UI=require cargo build</code>.</p>
<p>The <a href="/docs">HTTP interface</a> and the command line work all the same.</p>
</body>
</html>
"#;

fn main() -> Result<(), String> {
    let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?).join("ui");
    let web = crate_dir.join("../../web");
    let wish = variable("TIDECAL_UI").unwrap_or_default();
    println!("cargo:rerun-if-env-changed=TIDECAL_UI");
    println!("cargo:rerun-if-changed=build.rs");

    if wish == "skip" {
        return placeholder(&out);
    }
    for input in INPUTS {
        println!("cargo:rerun-if-changed={}", web.join(input).display());
    }
    match build(&web, &out) {
        Ok(()) => {
            println!("cargo:rustc-cfg=ui_built");
            println!("cargo:rustc-check-cfg=cfg(ui_built)");
            Ok(())
        }
        Err(reason) if wish == "require" => Err(format!("the web interface was not built: {reason}")),
        Err(reason) => {
            println!("cargo:warning=the web interface was not built, a placeholder page stands in: {reason}");
            println!("cargo:warning=TIDECAL_UI=skip silences this, TIDECAL_UI=require makes it an error");
            // A path that never exists: the next cargo build tries again.
            println!("cargo:rerun-if-changed={}", out.join("never").display());
            placeholder(&out)
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a build script gets its arguments from cargo by the environment")]
fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set"))
}

fn placeholder(out: &Path) -> Result<(), String> {
    println!("cargo:rustc-check-cfg=cfg(ui_built)");
    let write = || -> io::Result<()> {
        if out.exists() {
            fs::remove_dir_all(out)?;
        }
        fs::create_dir_all(out)?;
        fs::write(out.join("index.html"), PLACEHOLDER)
    };
    write().map_err(|error| format!("failed to write the placeholder page: {error}"))
}

fn build(web: &Path, out: &Path) -> Result<(), String> {
    install(web)?;
    let vite = Path::new("node_modules").join("vite").join("bin").join("vite.js");
    let mut command = Command::new("node");
    command.current_dir(web).arg(vite).args(["build", "--emptyOutDir", "--logLevel", "warn", "--outDir"]).arg(out);
    run(command, "vite build")
}

/// Installs the locked packages unless exactly these are there already; a copy of the lock file is the witness.
fn install(web: &Path) -> Result<(), String> {
    let lock = fs::read(web.join("package-lock.json"))
        .map_err(|error| format!("failed to read web/package-lock.json: {error}"))?;
    let witness = web.join("node_modules").join(".tidecal-lock");
    if fs::read(&witness).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command.current_dir(web).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
    run(command, "npm ci")?;
    fs::write(&witness, lock).map_err(|error| format!("failed to write {}: {error}", witness.display()))
}

fn run(mut command: Command, name: &str) -> Result<(), String> {
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{name} needs node 20 or newer, which was not found"),
        _ => format!("failed to start {name}: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    // A cargo warning is one line.
    let said = [output.stderr, output.stdout].concat();
    let words: Vec<String> = String::from_utf8_lossy(&said).split_whitespace().take(60).map(str::to_owned).collect();
    Err(format!("{name} failed ({}): {}", output.status, words.join(" ")))
}
