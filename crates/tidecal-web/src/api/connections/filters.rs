//! Which events a connection leaves out, in JSON.

use serde::{Deserialize, Serialize};
use tidecal_core::model::EventType;
use tidecal_core::sync::Filters;
use utoipa::ToSchema;

use crate::problem::Problem;

/// Which events a connection leaves out; what is absent leaves out none.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(as = Filters)]
pub(crate) struct FiltersJson {
    /// Kinds of events, such as `birthday` or `task`.
    event_types: Vec<String>,
    /// Invitations that the calendar's owner has declined.
    declined: bool,
    /// Private and confidential events.
    private: bool,
    /// Events of whole days.
    all_day: bool,
    /// Events that block no time.
    free: bool,
    /// Events whose title contains one of these words, in any case.
    words: Vec<String>,
}

impl FiltersJson {
    /// As the core has it.
    pub(super) fn checked(self) -> Result<Filters, Problem> {
        let kind = |word: &String| {
            EventType::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
                let known: Vec<&str> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
                Problem::field("filters.eventTypes", format!("is unknown; write some of {}", known.join(", ")))
            })
        };
        let words = self.words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
        Ok(Filters {
            event_types: self.event_types.iter().map(kind).collect::<Result<_, _>>()?,
            declined: self.declined,
            private: self.private,
            all_day: self.all_day,
            free: self.free,
            words: words.collect(),
        })
    }
}

impl From<Filters> for FiltersJson {
    fn from(filters: Filters) -> Self {
        Self {
            event_types: filters.event_types.iter().map(|kind| kind.as_str().to_owned()).collect(),
            declined: filters.declined,
            private: filters.private,
            all_day: filters.all_day,
            free: filters.free,
            words: filters.words,
        }
    }
}
