//! REPORT on a calendar: what changed, objects by name, objects by what is in them.

use super::asked::{self, Report, Wanted};
use super::errors::{DavError, Result};
use super::filter::Filter;
use super::place::Place;
use super::props::Seen;
use super::store::Calendar;
use super::xml::Multistatus;
use super::{Call, Reply};
use crate::ics::tree;
use crate::state::World;

pub(super) fn answer(world: &mut World, call: &Call<'_>) -> Result<Reply> {
    let report = asked::report(call.xml()?)?;
    let Place::Calendar(person, name) = &call.place else {
        return Err(DavError::dav(403, "supported-report", "Reports are served of calendars."));
    };
    let calendar = world.dav.calendar(person, name).ok_or_else(DavError::not_found)?;
    let asked = Asked { world, call, person, name, calendar };
    match report {
        Report::Sync { token, most, wanted } => asked.sync(&token, most, &wanted),
        Report::Multiget { hrefs, wanted } => asked.multiget(&hrefs, &wanted),
        Report::Query { filter, wanted } => asked.query(&filter, &wanted),
        Report::Other(other) => {
            Err(DavError::dav(403, "supported-report", format!("The report {} is not served.", other.local)))
        }
    }
}

struct Asked<'a> {
    world: &'a World,
    call: &'a Call<'a>,
    person: &'a str,
    name: &'a str,
    calendar: &'a Calendar,
}

impl Asked<'_> {
    fn place(&self, file: &str) -> Place {
        Place::Object(self.person.to_owned(), self.name.to_owned(), file.to_owned())
    }

    fn put(&self, file: &str, wanted: &Wanted, into: &mut Multistatus) {
        let place = self.place(file);
        Seen { world: self.world, account: &self.call.account, place: &place, with_data: true }.put(wanted, into);
    }

    /// RFC 6578 3.
    fn sync(&self, token: &str, most: Option<usize>, wanted: &Wanted) -> Result<Reply> {
        let switches = &self.world.switches.caldav;
        if switches.no_sync_collection {
            return Err(DavError::dav(403, "supported-report", "sync-collection is not served."));
        }
        if !switches.any_depth_of_sync && !matches!(self.call.header("depth"), None | Some("0")) {
            return Err(DavError::bad_request("sync-collection is asked with Depth 0."));
        }
        let since = match (token, self.calendar.read_token(token)) {
            ("", _) => 0,
            (_, Some(since)) => since,
            (_, None) if switches.stale_token_lists_all => 0,
            (_, None) => {
                let status = switches.stale_token_status;
                return Err(DavError::dav(status, "valid-sync-token", "The token is not known, or not any more."));
            }
        };
        let changes = self.calendar.since(since);
        let page = [switches.page_size, most.unwrap_or(0)].into_iter().filter(|size| *size > 0).min();
        let shown = page.unwrap_or(changes.len()).min(changes.len());
        let mut answer = Multistatus::default();
        for change in &changes[..shown] {
            if change.there {
                self.put(&change.file, wanted, &mut answer);
            } else {
                answer.status(&self.place(&change.file).path(), "404 Not Found", "");
            }
        }
        let mut reached = self.calendar.seq;
        if let Some(last) = changes[..shown].last().filter(|_| shown < changes.len()) {
            reached = last.seq;
            let condition = "<d:number-of-matches-within-limits/>";
            answer.status(&self.call.place.path(), "507 Insufficient Storage", condition);
        }
        Ok(Reply::multistatus(&answer.with_token(self.calendar.token(reached))))
    }

    /// RFC 4791 7.9: what is not here is answered with 404.
    fn multiget(&self, hrefs: &[String], wanted: &Wanted) -> Result<Reply> {
        let omit = self.world.switches.caldav.omit_from_multiget;
        let mut answer = Multistatus::default();
        for (number, href) in hrefs.iter().enumerate() {
            if omit > 0 && (number + 1).is_multiple_of(omit) {
                continue;
            }
            let path = url::Url::parse(href).map_or_else(|_| href.clone(), |url| url.path().to_owned());
            match Place::of(&path) {
                Some(Place::Object(person, name, file))
                    if person == self.person && name == self.name && self.calendar.objects.contains_key(&file) =>
                {
                    self.put(&file, wanted, &mut answer);
                }
                _ => answer.status(href, "404 Not Found", ""),
            }
        }
        Ok(Reply::multistatus(&answer))
    }

    /// RFC 4791 7.8. With Depth 0 it is about the collection itself, in which nothing matches.
    fn query(&self, filter: &Filter, wanted: &Wanted) -> Result<Reply> {
        let mut answer = Multistatus::default();
        match self.call.header("depth") {
            Some("1" | "infinity") => {}
            None | Some("0") => return Ok(Reply::multistatus(&answer)),
            Some(other) => return Err(DavError::bad_request(format!("There is no Depth {other}."))),
        }
        for (file, object) in &self.calendar.objects {
            let read = tree::read(&object.text);
            if read.is_ok_and(|calendar| filter.admits(&calendar)) {
                self.put(file, wanted, &mut answer);
            }
        }
        Ok(Reply::multistatus(&answer))
    }
}
