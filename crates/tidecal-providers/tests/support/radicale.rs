//! A real CalDAV server for tests: Radicale from the project's Python environment, on a free
//! loopback port with a storage of its own, filled over plain HTTP.
//!
//! Stands by itself (standard library only), so that tests of other crates take it by `#[path]`.
//! The server ends with the value, and with the test process whatever happens to that: it watches
//! its standard input.

#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "waits for another program, and asks where that is")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Starts Radicale; ends it, and removes its folder, when nobody is left at the other end of its
/// standard input.
const LAUNCHER: &str = "
import os, runpy, shutil, sys, threading
folder = sys.argv[1]
def end():
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
threading.Thread(target=end, daemon=True).start()
sys.argv = ['radicale', '--config', os.path.join(folder, 'config')]
runpy.run_module('radicale', run_name='__main__', alter_sys=True)
";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A running server. Everybody's password is `pw-` and their name.
pub struct Radicale {
    /// `http://127.0.0.1:port`, without a slash.
    pub origin: String,
    folder: PathBuf,
    child: Child,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: String,
    pub body: String,
}

impl Radicale {
    /// Starts a server with these people.
    ///
    /// # Panics
    /// If the Python environment is missing, or the server does not come up.
    pub fn start(users: &[&str]) -> Self {
        Self::start_with(users, "")
    }

    /// The same with more lines of configuration (sections and all).
    pub fn start_with(users: &[&str], more: &str) -> Self {
        let name = format!("tidecal-radicale-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        write_config(&folder, port, users, more);
        let log = fs::File::create(folder.join("log")).unwrap();
        let child = Command::new(python())
            .args(["-c", LAUNCHER])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { origin: format!("http://127.0.0.1:{port}"), folder, child };
        server.wait();
        server
    }

    fn wait(&mut self) {
        let start = Instant::now();
        while TcpStream::connect(self.address()).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && start.elapsed() < Duration::from_secs(30),
                "Radicale does not start ({ended:?}):\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn address(&self) -> &str {
        self.origin.trim_start_matches("http://")
    }

    /// What the server has written about itself.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Where a collection's files are, for changes behind the server's back.
    pub fn files_of(&self, path: &str) -> PathBuf {
        self.folder.join("storage/collection-root").join(path.trim_matches('/'))
    }

    /// Creates `/user/name/` for events and answers its path.
    pub fn calendar(&self, user: &str, name: &str) -> String {
        let path = format!("/{user}/{name}/");
        let body = format!(
            r#"<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="http://apple.com/ns/ical/"><d:set><d:prop><d:displayname>{name}</d:displayname><a:calendar-color>#3366CCFF</a:calendar-color><c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>"#
        );
        let reply = self.request(user, "MKCALENDAR", &path, &[], &body);
        assert_eq!(reply.status, 201, "{}", reply.body);
        path
    }

    /// Stores an object (or, at a calendar's path, a whole calendar) and answers its ETag.
    pub fn put(&self, user: &str, path: &str, ics: &str) -> String {
        let reply = self.request(user, "PUT", path, &[("Content-Type", "text/calendar; charset=utf-8")], ics);
        assert!(matches!(reply.status, 200 | 201 | 204), "{} {}", reply.status, reply.body);
        reply.header("etag").unwrap_or_default()
    }

    pub fn delete(&self, user: &str, path: &str) {
        let reply = self.request(user, "DELETE", path, &[], "");
        assert!(matches!(reply.status, 200 | 204), "{} {}", reply.status, reply.body);
    }

    /// One request as `user`.
    pub fn request(&self, user: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Basic {}\r\nContent-Length: {}\r\n",
            self.address(),
            base64(format!("{user}:pw-{user}").as_bytes()),
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let (headers, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = headers.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Reply { status, headers: headers.to_owned(), body: body.to_owned() }
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

impl Drop for Radicale {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn write_config(folder: &Path, port: u16, users: &[&str], more: &str) {
    let passwords: String = users.iter().map(|user| format!("{user}:pw-{user}\n")).collect();
    fs::write(folder.join("users"), passwords).unwrap();
    let config = format!(
        "[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {0}/users\nhtpasswd_encryption = plain\ndelay = 0\n[rights]\ntype = owner_only\n[storage]\nfilesystem_folder = {0}/storage\n[logging]\nlevel = warning\n{more}",
        folder.display()
    );
    fs::write(folder.join("config"), config).unwrap();
}

/// `python` of the environment in `TIDECAL_TEST_VENV`, else of `.venv` beside the workspace's
/// Cargo.lock.
pub fn python() -> PathBuf {
    let venv = std::env::var_os("TIDECAL_TEST_VENV").map_or_else(|| workspace().join(".venv"), PathBuf::from);
    let python = venv.join("bin/python");
    assert!(
        python.exists(),
        "no Python environment at {}: run ./test, which installs scripts/requirements-test.txt there",
        venv.display()
    );
    python
}

fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap_or(here).to_owned()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= chunk.len() { char::from(DIGITS[index as usize]) } else { '=' });
        }
    }
    text
}
