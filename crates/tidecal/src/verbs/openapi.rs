//! `tidecal openapi`.

use anyhow::Result;

use crate::output;

/// Prints the document.
pub(crate) fn run() -> Result<()> {
    output::json(&serde_json::to_value(tidecal_web::openapi())?);
    Ok(())
}
