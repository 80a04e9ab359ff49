//! Who takes part in what, over which data.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Options;
use super::build::Programs;
use super::caldav::Radicale;
use super::google::Google;
use super::graph::Graph;
use super::rounds::{Contender, Measured};
use super::server::serve;

type All = BTreeMap<String, Measured>;

/// One large calendar, from Google's shapes and from Microsoft's.
pub(super) fn syncs(options: &Options, programs: &Programs, measured: &mut All) -> Result<()> {
    eprintln!("Making {} events", options.events);
    let site = Google::of(options.events)?;
    eprintln!("{:.1} MB compressed", site.size() as f64 / 1e6);
    let address = serve(|_| Ok(site))?.to_string();
    let quiet = if options.quick { "300" } else { "1000" };
    let folder = programs.folder()?;
    let file = |name: &str| folder.join(name).display().to_string();
    let tidecal = |name, address: &str, database: &str, steps: &[String]| {
        Contender::tidecal(name, &programs.driver, address, database, steps)
    };
    let sqlite = |name: &str| format!("sqlite:{}", file(name));
    let mut contenders = vec![
        Contender::new("floor", &programs.floor, &[&address, &file("floor.db"), quiet]),
        tidecal("tidecal", &address, &sqlite("tidecal.db"), &options.steps()),
    ];
    if let Some(python) = &programs.python {
        contenders.push(Contender::new("python", python, &[&programs.peer, &address, &file("python.db"), quiet]));
    }
    if let Some(url) = options.postgres.as_ref().filter(|_| options.wants("p2")) {
        let url = url.rsplit_once('/').map_or(url.as_str(), |(server, _)| server);
        contenders.push(tidecal("tidecal-postgres", &address, &format!("{url}/tidecal_bench"), &["first".to_owned()]));
    }
    if options.wants("graph") {
        let graph = serve(|address| Graph::of(options.events, address))?;
        let steps = options.vendor_steps();
        contenders.push(tidecal("tidecal-graph", &format!("outlook={graph}"), &sqlite("graph.db"), &steps));
    }
    rounds(options, &contenders, measured)?;
    if options.wants("p3") {
        large(options, programs, measured, &sqlite("large.db"))?;
    }
    Ok(())
}

fn rounds(options: &Options, contenders: &[Contender], measured: &mut All) -> Result<()> {
    for round in 1..=options.rounds() {
        for contender in contenders {
            eprintln!("Round {round} of {}: {}", options.rounds(), contender.name);
            contender.measure(measured)?;
        }
    }
    Ok(())
}

/// The first sync of ten times as many events, once: its memory must not grow with them.
fn large(options: &Options, programs: &Programs, measured: &mut All, database: &str) -> Result<()> {
    let count = options.events * 10;
    eprintln!("Making {count} events");
    let site = Google::of(count)?;
    let address = serve(|_| Ok(site))?.to_string();
    eprintln!("Ten times the calendar, once");
    Contender::tidecal("tidecal-large", &programs.driver, &address, database, &["first".to_owned()]).measure(measured)
}

/// A calendar on a real CalDAV server, read by Tidecal and by vdirsyncer in turn.
pub(super) fn caldav(options: &Options, programs: &Programs, measured: &mut All) -> Result<()> {
    let python = programs.caldav_python()?;
    let folder = programs.folder()?;
    eprintln!("Radicale with {} objects, which it reads once beforehand", options.objects);
    let server = Radicale::start(&python, &folder.join("radicale"), options.objects)?;
    let (address, changes) = (server.address.to_string(), server.changes.display().to_string());
    let still = if options.quick { 3 } else { 10 };
    let steps = ["first".to_owned(), format!("still={still}"), format!("edit={changes}")];
    let database = format!("sqlite:{}", folder.join("caldav.db").display());
    let script = programs.script("caldav_vdirsyncer.py");
    let peer = folder.join("vdirsyncer");
    let path = |path: &Path| path.display().to_string();
    let contenders = [
        Contender::tidecal("tidecal-caldav", &programs.driver, &format!("caldav={address}"), &database, &steps),
        Contender::new("vdirsyncer", &python, &[&script, &address, &path(&peer), &changes, &still.to_string()]),
    ];
    rounds(options, &contenders, measured)?;
    // Files of the peer, one an event.
    Ok(fs::remove_dir_all(&peer)?)
}
