//! What a vendor does when it is written to: ids that are taken, versions that do not hold any more,
//! fields that are named, and what is stored in the end.
//!
//! As its adapter would carry it out: the answer is what is there afterwards, read back.

use jiff::civil::DateTime;
use tidecal_core::model::{Event, Status};
use tidecal_core::remote::{
    ComponentWrite, Failure, FailureClass, ItemRef, Mail, Mark, PermanentScope, RemoteChange, RemoteWrite, WriteAction,
};
use tidecal_core::sync::Field;

use super::graph::NEW;
use super::rewrite::rewritten;
use super::series::{carry_parts, insert_part, settle_parts};
use super::truth::{Body, Broken, Dropped, Item, What, slot_text};
use super::vendor::{Temper, Vendor};
use super::wire;

/// An answer, and whom the write has told of it.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) changes: Vec<RemoteChange>,
    /// So many people were mailed.
    pub(super) mailed: usize,
}

/// An entry: the item's id and the slot.
type Place = (String, Option<DateTime>);

impl Vendor {
    /// Carries out a write, or refuses it.
    pub(super) fn write(&mut self, write: &RemoteWrite) -> Result<Reply, Failure> {
        match &write.action {
            WriteAction::Create { mark, components } => self.make(&write.series_id, mark, components, write.mail),
            WriteAction::Update(components) => self.revise(&write.series_id, components, write.mail),
            WriteAction::Delete { version } => self.strike(&write.series_id, version, write.mail),
            WriteAction::Answer { .. } => Err(refused("nobody is invited here")),
        }
    }

    fn make(&mut self, wanted: &str, mark: &Mark, parts: &[ComponentWrite], mail: Mail) -> Result<Reply, Failure> {
        let event = parts.first().and_then(|part| part.after.as_deref()).ok_or_else(|| refused("no content"))?;
        let key = wanted.strip_prefix(NEW).map(str::to_owned);
        let (id, uid) = match self.temper {
            Temper::Google if self.items.contains_key(wanted) => return Err(conflict("409: the id is taken")),
            Temper::Google => (wanted.to_owned(), format!("{wanted}@google.example.com")),
            Temper::Graph => {
                let taken = |item: &Item| item.key == key && (item.alive || self.habits.remembers);
                if self.items.values().any(taken) {
                    return Err(conflict("409: created before"));
                }
                self.serial += 1;
                (format!("AAM{:04}", self.serial), format!("{}@graph.example.com", self.serial))
            }
            Temper::Caldav => {
                let name = wanted.rsplit('/').next().unwrap_or_default().trim_end_matches(".ics");
                let own = !event.uid.is_empty() && name.ends_with("g0");
                let uid = if own { event.uid.clone() } else { name.to_owned() };
                if self.items.values().any(|item| item.alive && (item.id == wanted || item.uid == uid)) {
                    return Err(conflict("412: there is one already"));
                }
                (wanted.to_owned(), uid)
            }
        };
        let mut body = wire::body(event);
        if self.temper == Temper::Graph && mail == Mail::Nobody {
            body.guests.clear();
        }
        let body = self.stored(body);
        let etag = self.tick();
        let item = Item {
            id: id.clone(),
            uid,
            clock: body.clock,
            alive: true,
            master: Some(self.piece(id.clone(), What::Takes(body.clone()), etag)),
            parts: Default::default(),
            dropped: Vec::new(),
            etag,
            changed: etag,
            born: etag,
            died: 0,
            mark: Some(mark.encode()),
            key,
        };
        self.items.insert(id.clone(), item);
        self.leave_out(&id);
        for part in parts.iter().skip(1) {
            self.put_part(&id, part)?;
        }
        Ok(Reply { mailed: self.mails(&[Some(&body)], mail), changes: self.read_back(&id) })
    }

    fn revise(&mut self, series: &str, parts: &[ComponentWrite], mail: Mail) -> Result<Reply, Failure> {
        let series = self.true_id(series).ok_or_else(|| conflict("404: the copy is not there"))?;
        let mut mailed = 0;
        let mut target = (series.clone(), None);
        if self.temper == Temper::Caldav {
            let item = self.items.get(&series).filter(|item| item.alive).ok_or_else(|| conflict("404"))?;
            let rests_on = parts.iter().find_map(|part| part.item.as_ref());
            if rests_on.is_some_and(|it| !it.version.is_empty() && it.version != wire::tag(item.etag)) {
                return Err(conflict("412: the object has changed"));
            }
        }
        for part in parts {
            target = self.target(&series, part)?;
            let before = self.content(&target).cloned();
            match target.1 {
                None => self.put_master(&target.0, part)?,
                Some(_) => self.put_part(&target.0, part)?,
            }
            let after = self.content(&target).cloned();
            mailed = mailed.max(self.mails(&[before.as_ref(), after.as_ref()], mail));
        }
        let item = if self.temper == Temper::Google { self.id_of(&target) } else { Some(target.0) };
        Ok(Reply { mailed, changes: self.read_back(&item.unwrap_or(series)) })
    }

    /// Gone already is success.
    fn strike(&mut self, id: &str, version: &str, mail: Mail) -> Result<Reply, Failure> {
        let nothing = Reply { changes: Vec::new(), mailed: 0 };
        let Some(id) = self.true_id(id) else { return Ok(nothing) };
        if !self.items.contains_key(&id) {
            return self.strike_part(&id, version, mail);
        }
        let Some(item) = self.items.get(&id).filter(|item| item.alive) else { return Ok(nothing) };
        let etag = match (&item.master, self.temper) {
            (Some(master), Temper::Google | Temper::Graph) => master.etag,
            _ => item.etag,
        };
        if !version.is_empty() && version != wire::tag(etag) {
            return Err(conflict("412: the event has changed"));
        }
        let mailed = self.mails(&[item.body()], mail);
        self.kill(&id);
        Ok(Reply { mailed, ..nothing })
    }

    /// An occurrence of a series that is not here itself.
    fn strike_part(&mut self, id: &str, version: &str, mail: Mail) -> Result<Reply, Failure> {
        let nothing = Reply { changes: Vec::new(), mailed: 0 };
        let wanted = ItemRef { id: id.to_owned(), version: version.to_owned() };
        let known = self.items.values().any(|item| item.alive && item.pieces().any(|(_, piece)| piece.id == id));
        if !known {
            return Ok(nothing);
        }
        let (item, slot) = self.guarded(id, &wanted, None)?;
        let mailed = self.mails(&[self.content(&(item.clone(), slot))], mail);
        if let Some(slot) = slot {
            self.cancel(&item, slot);
        }
        Ok(Reply { mailed, ..nothing })
    }

    /// Which entry a component is about; an error where it is not as the write has it.
    fn target(&self, series: &str, part: &ComponentWrite) -> Result<Place, Failure> {
        let item = self.items.get(series).filter(|item| item.alive);
        let slot = part.recurrence_id.map(|key| {
            let clock = item.map_or(super::truth::Clock::Floating, |item| item.clock);
            let text = key.to_string();
            let known = item.and_then(|item| item.parts.keys().find(|slot| slot_text(**slot, clock) == text));
            known.copied().unwrap_or_else(|| wire::slot_of(key, clock))
        });
        if self.temper == Temper::Caldav {
            let new = part.item.is_none() && part.before.is_some();
            if let (Some(item), Some(slot), true) = (item, slot, new) {
                self.compared(item, slot, part)?;
            }
            return Ok((series.to_owned(), slot));
        }
        if let Some(wanted) = &part.item {
            return self.guarded(series, wanted, slot);
        }
        let item = item.ok_or_else(|| conflict("404"))?;
        let slot = slot.ok_or_else(|| refused("which occurrence?"))?;
        self.compared(item, slot, part)?;
        if item.parts.contains_key(&slot) {
            return Ok((series.to_owned(), Some(slot)));
        }
        match item.body() {
            Some(body) if body.occurs_at(slot) && !body.left_out.contains(&slot) => Ok((series.to_owned(), Some(slot))),
            _ => Err(refused("the series has no such occurrence")),
        }
    }

    /// No version guards a new exception: the adapter compares the occurrence with what the write
    /// rests on.
    fn compared(&self, item: &Item, slot: DateTime, part: &ComponentWrite) -> Result<(), Failure> {
        let changed = || Err(conflict("somebody has changed this occurrence meanwhile"));
        let (Some(before), Some(after)) = (&part.before, &part.after) else { return Ok(()) };
        let (said, wanted) = (wire::body(before), wire::body(after));
        let cancels = after.status == Status::Cancelled;
        let there = match item.parts.get(&slot).map(|piece| &piece.what) {
            None => {
                let guests = item.body().is_none_or(|master| master.guests.keys().eq(said.guests.keys()));
                return if guests { Ok(()) } else { changed() };
            }
            Some(What::Cancelled) => return if cancels { Ok(()) } else { changed() },
            Some(What::Takes(body)) => rewritten(body.clone()),
        };
        let (said, wanted) = (rewritten(said), rewritten(wanted));
        let same = |field: &Field, other: &Body| match field {
            Field::Title => there.title == other.title,
            Field::Description => there.text == other.text,
            Field::Location => there.place == other.place,
            Field::Time => (there.start, there.minutes, there.clock) == (other.start, other.minutes, other.clock),
            Field::Status => there.tentative == other.tentative && !cancels,
            _ => true,
        };
        let untouched = part.fields.iter().all(|field| same(field, &said));
        let there_already = part.fields.iter().all(|field| same(field, &wanted));
        let guests = there.guests.keys().eq(said.guests.keys());
        if guests && (untouched || there_already) { Ok(()) } else { changed() }
    }

    fn guarded(&self, series: &str, wanted: &ItemRef, slot: Option<DateTime>) -> Result<Place, Failure> {
        for item in self.items.values().filter(|item| item.alive) {
            let Some((slot, piece)) = item.pieces().find(|(_, piece)| piece.id == wanted.id) else { continue };
            if !wanted.version.is_empty() && wanted.version != wire::tag(piece.etag) {
                return Err(conflict("412: the event has changed"));
            }
            return Ok((item.id.clone(), slot));
        }
        // A cancelled occurrence has no item of its own: its id was made up by the adapter.
        if let Some(slot) = slot.filter(|_| wanted.id.starts_with("OID.")) {
            return Ok((series.to_owned(), Some(slot)));
        }
        Err(conflict("404: not there any more"))
    }

    fn content(&self, (id, slot): &Place) -> Option<&Body> {
        let item = self.items.get(id)?;
        let piece = slot.map_or(item.master.as_ref(), |slot| item.parts.get(&slot).or(item.master.as_ref()))?;
        match &piece.what {
            What::Takes(body) => Some(body),
            What::Cancelled => None,
        }
    }

    fn id_of(&self, (id, slot): &Place) -> Option<String> {
        let item = self.items.get(id)?;
        let piece = slot.map_or(item.master.as_ref(), |slot| item.parts.get(&slot));
        piece.map(|piece| piece.id.clone())
    }

    fn put_master(&mut self, id: &str, part: &ComponentWrite) -> Result<(), Failure> {
        let old = self.items.get(id).and_then(Item::body).cloned().ok_or_else(|| conflict("404"))?;
        let after = part.after.as_deref().ok_or_else(|| refused("a series does not go by a change"))?;
        let new = self.stored(laid(&old, after, part));
        self.change_body(id, None, |body| body.clone_from(&new));
        let Some(item) = self.items.get_mut(id) else { return Ok(()) };
        item.clock = new.clock;
        if self.temper == Temper::Caldav || old.rule.is_none() {
            return Ok(());
        }
        let by = old.start.duration_until(new.start).as_mins();
        let same_days = old.rule == new.rule && old.clock == new.clock && old.start.date() == new.start.date();
        if by != 0 && same_days {
            carry_parts(self, id, by);
        } else if (old.start, old.clock, old.rule) != (new.start, new.clock, new.rule) {
            settle_parts(self, id);
        }
        self.leave_out(id);
        Ok(())
    }

    /// Graph knows no dates that a series leaves out: such occurrences are deleted one by one.
    fn leave_out(&mut self, id: &str) {
        if self.temper != Temper::Graph {
            return;
        }
        let Some(body) = self.items.get(id).and_then(Item::body).cloned() else { return };
        for slot in body.left_out.iter().filter(|slot| body.occurs_at(**slot)) {
            self.cancel(id, *slot);
        }
        if !body.left_out.is_empty() {
            self.change_body(id, None, |body| body.left_out.clear());
        }
    }

    fn put_part(&mut self, id: &str, part: &ComponentWrite) -> Result<(), Failure> {
        let item = self.items.get(id).filter(|item| item.alive).ok_or_else(|| conflict("404"))?;
        let Some(key) = part.recurrence_id else { return Err(refused("which occurrence?")) };
        let text = key.to_string();
        let known = item.parts.keys().find(|slot| slot_text(**slot, item.clock) == text).copied();
        let slot = known.unwrap_or_else(|| wire::slot_of(key, item.clock));
        let Some(after) = part.after.as_deref() else {
            self.drop_part(id, slot);
            return Ok(());
        };
        if after.status == Status::Cancelled {
            self.cancel(id, slot);
            return Ok(());
        }
        let piece = item.parts.get(&slot);
        let master = item.body();
        let held = match piece.map(|piece| &piece.what) {
            Some(What::Takes(body)) => body.clone(),
            Some(What::Cancelled) if self.temper == Temper::Graph => {
                return Err(refused("this occurrence does not take place any more"));
            }
            _ => wire::occurrence(master.ok_or_else(|| conflict("404"))?, slot),
        };
        let exists = piece.is_some();
        let new = self.stored(laid(&held, after, part));
        if self.temper == Temper::Caldav {
            self.change_body(id, None, |body| {
                body.left_out.remove(&slot);
            });
        }
        if exists {
            self.change(id, Some(slot), |piece| piece.what = What::Takes(new));
        } else {
            insert_part(self, id, slot, What::Takes(new));
        }
        Ok(())
    }

    fn drop_part(&mut self, id: &str, slot: DateTime) {
        let seq = self.tick();
        if let Some(item) = self.items.get_mut(id) {
            item.parts.remove(&slot);
            (item.etag, item.changed) = (seq, seq);
            if item.master.is_none() && item.parts.is_empty() {
                (item.alive, item.died) = (false, seq);
            }
        }
    }

    fn cancel(&mut self, id: &str, slot: DateTime) {
        if self.temper == Temper::Caldav {
            self.drop_part(id, slot);
            return self.change_body(id, None, |body| {
                body.left_out.insert(slot);
            });
        }
        let Some(item) = self.items.get(id) else { return };
        let Some(piece) = item.parts.get(&slot) else { return insert_part(self, id, slot, What::Cancelled) };
        if piece.what == What::Cancelled {
            return;
        }
        self.change(id, Some(slot), |piece| (piece.what, piece.broken) = (What::Cancelled, Broken::No));
        let (graph, changed) = (self.temper == Temper::Graph, self.seq);
        if let Some(item) = self.items.get_mut(id).filter(|_| graph)
            && let Some(piece) = item.parts.get(&slot)
        {
            item.dropped.push(Dropped { id: piece.id.clone(), slot, clock: item.clock, changed });
        }
    }

    /// In the server's own words.
    fn stored(&self, body: Body) -> Body {
        if self.habits.rewrites { rewritten(body) } else { body }
    }

    fn read_back(&self, id: &str) -> Vec<RemoteChange> {
        self.fetch(&[ItemRef { id: id.to_owned(), version: String::new() }])
    }

    /// The id behind a provisional one.
    fn true_id(&self, id: &str) -> Option<String> {
        let Some(key) = id.strip_prefix(NEW) else { return Some(id.to_owned()) };
        let found = self.items.values().find(|item| item.alive && item.key.as_deref() == Some(key));
        found.map(|item| item.id.clone())
    }

    /// Google can be told to keep quiet; the others mail the guests of every write.
    fn mails(&self, bodies: &[Option<&Body>], mail: Mail) -> usize {
        let guests = bodies.iter().flatten().map(|body| body.guests.len()).max().unwrap_or(0);
        if self.temper == Temper::Google && mail == Mail::Nobody { 0 } else { guests }
    }
}

/// The fields that are named as `after` says them, everything else as it is.
fn laid(old: &Body, after: &Event, part: &ComponentWrite) -> Body {
    let said = wire::body(after);
    let mut new = old.clone();
    for field in &part.fields {
        match field {
            Field::Title => new.title.clone_from(&said.title),
            Field::Description => new.text.clone_from(&said.text),
            Field::Location => new.place.clone_from(&said.place),
            Field::Time => {
                (new.start, new.minutes, new.clock) = (said.start, said.minutes, said.clock);
                if part.recurrence_id.is_none() {
                    new.rule = said.rule;
                    new.left_out.clone_from(&said.left_out);
                }
            }
            Field::Status => new.tentative = said.tentative,
            Field::Attendees => {
                let before = part.before.as_deref().map_or_else(|| old.clone(), wire::body);
                new.guests.retain(|guest, _| said.guests.contains_key(guest) || !before.guests.contains_key(guest));
                for guest in said.guests.keys() {
                    new.guests.entry(guest.clone()).or_insert(false);
                }
            }
            _ => {}
        }
    }
    new
}

fn conflict(why: &str) -> Failure {
    Failure::new(FailureClass::Conflict, format!("model: {why}"))
}

fn refused(why: &str) -> Failure {
    Failure::new(FailureClass::Permanent(PermanentScope::Item), format!("model: {why}"))
}
