//! `PATCH /api/calendar/connections/{id}`

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidecal_store::ConnectionPatch;
use utoipa::ToSchema;

use super::filters::FiltersJson;
use super::patch::{clearable, settable};
use super::{ConnectionOut, LONGEST_NAME};
use crate::auth::Caller;
use crate::input::{Body, Id, text};
use crate::problem::Problem;
use crate::state::WebState;

/// Ten years.
const DAYS: RangeInclusive<i64> = 0..=3660;

/// A minute to a week.
const MINUTES: RangeInclusive<i64> = 1..=10_080;

/// What to change: an absent field stays as it is, null goes back to the deployment's setting.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateConnection {
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = bool, required = false)]
    enabled: Option<bool>,
    /// `inbound`, or where the vendor and the calendar allow it `outbound` or `bidirectional`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false)]
    sync_direction: Option<String>,
    /// How much of an event reaches the local calendar: `full`, `title` or `busy`; below `full` only
    /// inbound.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false)]
    privacy: Option<String>,
    /// Who wins a field that both sides changed: `ask`, `newest`, `local` or `remote`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false)]
    conflict_policy: Option<String>,
    /// Which events are left out, as a whole; null: none.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<FiltersJson>)]
    filters: Option<Option<FiltersJson>>,
    /// `#rrggbb`; null: none.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    color: Option<Option<String>>,
    /// Days of the window before today.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 3660)]
    window_past_days: Option<Option<i64>>,
    /// Days of the window after today.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 3660)]
    window_future_days: Option<Option<i64>>,
    /// Minutes between two syncs.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 10080)]
    sync_interval_minutes: Option<Option<i64>>,
}

impl UpdateConnection {
    pub(crate) fn checked(self) -> Result<ConnectionPatch, Problem> {
        Ok(ConnectionPatch {
            name: self.name.as_deref().map(|name| text("name", name, LONGEST_NAME)).transpose()?,
            sync_enabled: self.enabled,
            sync_direction: super::direction(self.sync_direction.as_deref())?,
            privacy: super::word("privacy", self.privacy.as_deref(), &["full", "title", "busy"])?,
            conflict_policy: super::word(
                "conflictPolicy",
                self.conflict_policy.as_deref(),
                &["ask", "newest", "local", "remote"],
            )?,
            filters: self.filters.map(|filters| filters.unwrap_or_default().checked()).transpose()?,
            window_past_days: within("windowPastDays", self.window_past_days, &DAYS)?,
            window_future_days: within("windowFutureDays", self.window_future_days, &DAYS)?,
            sync_interval_minutes: within("syncIntervalMinutes", self.sync_interval_minutes, &MINUTES)?,
            calendar_color: match self.color {
                Some(Some(color)) => Some(Some(super::color(&color)?)),
                other => other,
            },
        })
    }
}

fn within(
    field: &'static str,
    value: Option<Option<i64>>,
    range: &RangeInclusive<i64>,
) -> Result<Option<Option<i64>>, Problem> {
    match value {
        Some(Some(number)) if !range.contains(&number) => {
            Err(Problem::field(field, format!("must be a whole number from {} to {}", range.start(), range.end())))
        }
        other => Ok(other),
    }
}

/// Change a connection
///
/// A change of direction, filters, privacy or window has everything read and decided again. What it
/// would do is told beforehand by `POST /api/calendar/connections/{id}/plan` with the same body.
#[utoipa::path(patch, path = "/api/calendar/connections/{id}", tag = "connections", params(("id" = String, Path)),
    request_body = UpdateConnection,
    responses((status = 200, body = ConnectionOut), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn update_connection(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Body(request): Body<UpdateConnection>,
) -> Result<Json<ConnectionOut>, Problem> {
    let patch = request.checked()?;
    let connection = state.engine.update_connection(caller.scope(), &id, &patch).await?;
    state.tell_connection(&connection);
    Ok(Json(super::out(&state, caller.scope(), connection).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(body: &str) -> Result<ConnectionPatch, Problem> {
        serde_json::from_str::<UpdateConnection>(body).unwrap().checked()
    }

    #[test]
    fn a_patch_changes_what_it_names() {
        let patch = checked(r##"{"name":" Work ","enabled":false,"color":"#2F6FED","windowPastDays":null}"##).unwrap();
        let expected = ConnectionPatch {
            name: Some("Work".to_owned()),
            sync_enabled: Some(false),
            calendar_color: Some(Some("#2f6fed".to_owned())),
            window_past_days: Some(None),
            ..ConnectionPatch::default()
        };
        assert_eq!(patch, expected);
        assert_eq!(checked("{}").unwrap(), ConnectionPatch::default());
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (body, field) in [
            (r#"{"name":""}"#, "name"),
            (r#"{"privacy":"half"}"#, "privacy"),
            (r#"{"conflictPolicy":"first"}"#, "conflictPolicy"),
            (r#"{"filters":{"eventTypes":["party"]}}"#, "filters.eventTypes"),
            (r#"{"syncDirection":"sideways"}"#, "syncDirection"),
            (r#"{"color":"blue"}"#, "color"),
            (r##"{"color":"#ääääää"}"##, "color"),
            (r#"{"windowPastDays":-1}"#, "windowPastDays"),
            (r#"{"windowFutureDays":3661}"#, "windowFutureDays"),
            (r#"{"syncIntervalMinutes":0}"#, "syncIntervalMinutes"),
        ] {
            let problem = checked(body).unwrap_err();
            assert!(problem.detail().starts_with(&format!("{field}: ")), "{body}: {}", problem.detail());
        }
    }
}
