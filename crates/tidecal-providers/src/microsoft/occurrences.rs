//! Finding the item of one occurrence of a series.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tidecal_core::remote::{Failure, ItemRef};
use tidecal_ical::RecurrenceId;

use super::Outlook;
use super::calls::{self, Way};
use super::cursor::Stretch;
use super::errors::Asked;
use super::time::{Spelled, spelled};
use super::wire::{Collection, Head, Item};

/// The occurrences of one series.
pub(super) struct Occurrences<'a> {
    pub(super) outlook: &'a Outlook,
    pub(super) way: Way<'a>,
    pub(super) calendar: &'a str,
    pub(super) series: &'a str,
}

/// How far around a slot is looked: zones, and whole days, shift it by at most a day.
const AROUND: SignedDuration = SignedDuration::from_hours(36);

impl Occurrences<'_> {
    /// The occurrence that follows the rule at that slot; `None`: it does not take place, or is an
    /// exception that stands elsewhere.
    pub(super) async fn find(&self, slot: RecurrenceId) -> Result<Option<ItemRef>, Failure> {
        let at = match slot {
            RecurrenceId::Utc(at) => at,
            RecurrenceId::Date(day) => midnight(day.to_datetime(jiff::civil::Time::midnight())),
            RecurrenceId::Floating(at) => midnight(at),
        };
        let bound = |at: Option<Timestamp>| at.unwrap_or(Timestamp::UNIX_EPOCH);
        let stretch = Stretch { from: bound(at.checked_sub(AROUND).ok()), to: bound(at.checked_add(AROUND).ok()) };
        let path = calls::instances(self.calendar, self.series, &stretch);
        let read = |body: &[u8]| {
            let list: Collection<'_> = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
            let entries = list.value.ok_or("value: missing")?;
            Ok(entries.iter().find_map(|raw| matching(raw.get(), slot)))
        };
        self.outlook.get(Asked::Event, self.way, &path, read).await
    }
}

fn midnight(at: jiff::civil::DateTime) -> Timestamp {
    at.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp())
}

fn matching(raw: &str, slot: RecurrenceId) -> Option<ItemRef> {
    let head: Head = serde_json::from_str(raw).ok()?;
    let item: Item<'_> = serde_json::from_str(raw).ok()?;
    let is_slot = match (slot, spelled(&item).ok()?) {
        (RecurrenceId::Utc(at), Spelled::At(own)) => at == own,
        (RecurrenceId::Date(day), Spelled::Day(own)) => day == own,
        (RecurrenceId::Floating(at), Spelled::At(own)) => midnight(at) == own,
        _ => false,
    };
    let version = head.version();
    is_slot.then_some(())?;
    Some(ItemRef { id: head.id?, version })
}
