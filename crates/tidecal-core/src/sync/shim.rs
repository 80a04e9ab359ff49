//! temp
use tidecal_ical::*;
pub(super) struct Budget {
    pub candidates: u32,
    pub occurrences: u32,
}
pub(super) fn series_end(w: &When, r: &Recurrence, z: &Zone, b: Budget) -> Option<jiff::Timestamp> {
    let _ = (b.candidates, b.occurrences, w, r, z);
    None
}
