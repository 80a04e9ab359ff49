//! Lists.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// A list that is always sent whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// What there is.
    items: Vec<T>,
}

impl<T> List<T> {
    /// As an answer.
    pub(crate) fn of(items: impl IntoIterator<Item = T>) -> Json<Self> {
        Json(Self { items: items.into_iter().collect() })
    }
}
