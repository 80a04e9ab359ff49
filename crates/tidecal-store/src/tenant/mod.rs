//! What people do in their tenant. Another tenant's rows, and for a member other people's, do not
//! exist here: they are "not found".

mod accounts;
mod answers;
mod calendars;
mod conflicts;
mod connections;
mod events;
mod held;
mod history;
mod local;
mod mappings;
mod oauth_states;
mod requests;
mod view;
mod why;

pub use answers::KnownRequest;
pub use calendars::DeletedCalendar;
pub use connections::DeletedConnection;
pub use events::{CalendarChoice, WindowRows};
pub use held::HeldEvent;
pub use history::JournalOf;
pub use oauth_states::{NewOAuthState, OAuthState};
pub use view::{ShownEvent, View, WindowTimes};
pub use why::{EventFacts, MappingFact};
