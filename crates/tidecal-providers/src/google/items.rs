//! Events by id, one after the other.

use tidecal_core::remote::{Failure, FailureClass, PermanentScope, RemoteChange};

use super::calls::{GetEvent, ProbeCalendar, Way};
use super::errors::{Asked, Refusal, unreadable_answer};
use super::time::Zones;
use super::{Google, failure};

/// A reading of several events of one calendar.
pub(super) struct ItemReading<'a> {
    google: &'a Google,
    way: Way<'a>,
    calendar: &'a str,
    zones: Zones,
    probed: bool,
}

impl<'a> ItemReading<'a> {
    pub(super) fn new(google: &'a Google, way: Way<'a>, calendar: &'a str) -> Self {
        Self { google, way, calendar, zones: Zones::default(), probed: false }
    }

    pub(super) async fn fetch(&mut self, id: &str) -> Result<RemoteChange, Failure> {
        let request = GetEvent { calendar: self.calendar, id }.request(self.way);
        let (status, body) = match self.google.send(Asked::Event, self.way, request).await {
            Ok(answer) => answer,
            Err(Refusal::Gone { proven }) => {
                if !proven {
                    // "Not found" is also said of every event of a calendar that is out of reach.
                    self.probe().await?;
                }
                return Ok(RemoteChange::Gone { id: id.to_owned(), proven: true });
            }
            Err(refused) => return refused_item(id, failure(refused, Asked::Event)),
        };
        self.read(status, &body).await
    }

    /// An event that the vendor has sent.
    pub(super) async fn read(&mut self, status: u16, body: &[u8]) -> Result<RemoteChange, Failure> {
        let unreadable = |why: String| unreadable_answer(status, body, &why, self.way.token);
        let change = GetEvent::parse(body, &mut self.zones).map_err(unreadable)?;
        if !self.zones.lacked_fallback() || self.probed {
            return Ok(change);
        }
        self.probe().await?;
        GetEvent::parse(body, &mut self.zones).map_err(|why| unreadable_answer(status, body, &why, self.way.token))
    }

    /// Proves, once, that the calendar can be read, and learns its zone.
    async fn probe(&mut self) -> Result<(), Failure> {
        if !self.probed {
            let request = ProbeCalendar { calendar: self.calendar }.request(self.way);
            let zone = self.google.ask(Asked::Events, self.way, request, ProbeCalendar::parse).await?;
            self.zones = Zones::of_response(zone.as_deref());
            self.probed = true;
        }
        Ok(())
    }
}

/// One event that will never be readable does not keep the others from being read.
fn refused_item(id: &str, failure: Failure) -> Result<RemoteChange, Failure> {
    if failure.class != FailureClass::Permanent(PermanentScope::Item) {
        return Err(failure);
    }
    Ok(RemoteChange::Unreadable { id: id.to_owned(), version: String::new(), reason: failure.detail, raw: Vec::new() })
}
