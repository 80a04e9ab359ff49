//! CalDAV: a real Radicale, filled before it starts, behind a counter of what passes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tidecal_ical::{VEvent, write};

use super::caldav_event::shape;
use super::data::Events;
use super::google::CHANGED;
use super::server::Counts;

/// Where the objects are, below the server's root.
pub(super) const CALENDAR: &str = "/ada/bench/";
/// Beside the storage, so that the next command need not fill it anew: what it holds.
const CONTENTS: &str = "contents";

/// A running server; it ends with the value.
pub(super) struct Radicale {
    child: Child,
    /// Of the counter in front of it.
    pub(super) address: SocketAddr,
    /// Bodies of objects that are to be changed.
    pub(super) changes: PathBuf,
}

impl Drop for Radicale {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Radicale {
    /// Starts it with that many objects in the folder, from a Python that has it.
    pub(super) fn start(python: &Path, folder: &Path, objects: usize) -> Result<Self> {
        let changes = folder.join("changes");
        fill(folder, &changes, objects)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let at = folder.display();
        let config = format!(
            "[server]\nhosts = 127.0.0.1:{port}\nmax_connections = 40\n[auth]\ntype = htpasswd\nhtpasswd_filename = {at}/users\n\
             htpasswd_encryption = plain\ndelay = 0\n[rights]\ntype = owner_only\n[storage]\nfilesystem_folder = {at}/storage\n\
             [logging]\nlevel = error\n"
        );
        fs::write(folder.join("config"), config)?;
        fs::write(folder.join("users"), "ada:pw-ada\n")?;
        let log = fs::File::create(folder.join("log"))?;
        let child = Command::new(python)
            .args(["-m", "radicale", "--config"])
            .arg(folder.join("config"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("failed to start Radicale")?;
        let server = SocketAddr::from(([127, 0, 0, 1], port));
        let mut started = Self { child, address: server, changes };
        started.wait(server)?;
        started.address = count(server)?;
        Ok(started)
    }

    /// Until it answers, and until it has looked at every object once: what it keeps of them is not
    /// made anew for whoever comes first.
    #[expect(clippy::disallowed_methods, reason = "another program takes the time that it takes")]
    fn wait(&mut self, server: SocketAddr) -> Result<()> {
        while TcpStream::connect(server).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("Radicale ended: {status}");
            }
            sleep(Duration::from_millis(50));
        }
        let body = r#"<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>"#;
        let mut stream = TcpStream::connect(server)?;
        write!(
            stream,
            "PROPFIND {CALENDAR} HTTP/1.1\r\nHost: {server}\r\nDepth: 1\r\nConnection: close\r\nAuthorization: Basic YWRhOnB3LWFkYQ==\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if !answer.contains("207") {
            bail!("Radicale does not list the calendar: {}", answer.lines().next().unwrap_or_default());
        }
        Ok(())
    }
}

/// Writes the objects where Radicale keeps them, unless they are there.
fn fill(folder: &Path, changes: &Path, objects: usize) -> Result<()> {
    let (mark, contents) = (folder.join(CONTENTS), format!("{objects} objects, {CHANGED} changes"));
    if fs::read_to_string(&mark).is_ok_and(|found| found == contents) {
        return Ok(());
    }
    // Missing the first time.
    let _ = fs::remove_dir_all(folder);
    let collection = folder.join("storage/collection-root").join(CALENDAR.trim_matches('/'));
    fs::create_dir_all(&collection)?;
    fs::create_dir_all(changes)?;
    let props = r#"{"tag": "VCALENDAR", "D:displayname": "bench", "C:supported-calendar-component-set": "VEVENT"}"#;
    fs::write(collection.join(".Radicale.props"), props)?;
    let all = resources(objects)?;
    let step = (all.len() / CHANGED).max(1);
    for (number, (name, events)) in all.iter().enumerate() {
        let file = format!("{name}.ics");
        fs::write(collection.join(&file), write(None, events))?;
        if number % step == 0 && number / step < CHANGED {
            let mut moved = events.clone();
            moved[0].summary = "Moved to another room".to_owned();
            fs::write(changes.join(&file), write(None, &moved))?;
        }
    }
    Ok(fs::write(mark, contents)?)
}

/// Masters with their exceptions, and single events, by id.
fn resources(objects: usize) -> Result<BTreeMap<String, Vec<VEvent>>> {
    let mut all: BTreeMap<String, Vec<VEvent>> = BTreeMap::new();
    for google in Events::new() {
        if all.len() == objects {
            break;
        }
        let id =
            google["recurringEventId"].as_str().or_else(|| google["id"].as_str()).context("an event without id")?;
        all.entry(id.to_owned()).or_default().push(shape(&google)?);
    }
    Ok(all)
}

/// Passes everything on, and counts requests and the bytes of bodies both ways.
fn count(server: SocketAddr) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let counts = Arc::new(Counts::default());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counts = Arc::clone(&counts);
            std::thread::spawn(move || pass(stream, server, &counts).ok());
        }
    });
    Ok(address)
}

fn pass(client: TcpStream, server: SocketAddr, counts: &Counts) -> Result<()> {
    client.set_nodelay(true)?;
    let mut client = BufReader::new(client);
    while let Some(request) = Message::read(&mut client, true)? {
        if request.head.starts_with("GET /_bench/") {
            let body = counts.as_json().to_string();
            write!(client.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
            continue;
        }
        // Radicale speaks HTTP/1.0: a connection is good for one request.
        let mut server = BufReader::new(TcpStream::connect(server)?);
        server.get_ref().set_nodelay(true)?;
        request.write(server.get_mut())?;
        let answer = Message::read(&mut server, false)?.context("Radicale hung up")?;
        counts.add(request.body.len() + answer.body.len());
        answer.write(client.get_mut())?;
        if answer.last {
            break;
        }
    }
    Ok(())
}

/// A request or an answer.
struct Message {
    head: String,
    body: Vec<u8>,
    /// The connection ends with it.
    last: bool,
}

impl Message {
    fn read(from: &mut BufReader<TcpStream>, request: bool) -> Result<Option<Self>> {
        let mut head = String::new();
        let mut length = request.then_some(0);
        let mut last = false;
        while !head.ends_with("\r\n\r\n") {
            let begins = head.len();
            if from.read_line(&mut head)? == 0 {
                return Ok(None);
            }
            let line = head[begins..].to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = Some(value.trim().parse()?);
            }
            last |= line.trim() == "connection: close" || line.starts_with("http/1.0");
        }
        let mut body = Vec::new();
        match length {
            Some(length) => drop(from.take(length).read_to_end(&mut body)?),
            // Without a length it lasts as long as the connection; 204 and 304 have none.
            None if head.contains(" 204 ") || head.contains(" 304 ") => {}
            None => drop(from.read_to_end(&mut body)?),
        }
        Ok(Some(Self { head, body, last }))
    }

    fn write(&self, to: &mut TcpStream) -> Result<()> {
        to.write_all(self.head.as_bytes())?;
        Ok(to.write_all(&self.body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_kept_with_their_series() {
        let all = resources(1_000).unwrap();
        assert_eq!(all.len(), 1_000);
        let with_exceptions: Vec<&Vec<VEvent>> = all.values().filter(|events| events.len() > 1).collect();
        assert!(!with_exceptions.is_empty());
        for events in with_exceptions {
            assert!(!events[0].recurrence.rules.is_empty());
            assert!(events[1..].iter().all(|event| event.recurrence_id.is_some() && event.uid == events[0].uid));
            assert_eq!(write(None, events).matches("BEGIN:VEVENT").count(), events.len());
        }
    }
}
