//! `POST /api/cron/calendar-sync`

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::api::jobs::JobsAnswer;
use crate::auth::{bearer, hash_token};
use crate::peer::Peer;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Run what is due in the whole deployment
///
/// For an outside cron: `Authorization: Bearer` with the value of `CRON_SECRET`. Without that variable
/// only programs on the server's own machine may ask, without a proxy in between.
#[utoipa::path(post, path = "/api/cron/calendar-sync", tag = "jobs", security(("cronSecret" = [])),
    responses((status = 202, body = JobsAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn calendar_sync(
    State(state): State<WebState>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<JobsAnswer>), Problem> {
    let allowed = match &state.config.cron_secret {
        Some(secret) => bearer(&headers).is_some_and(|given| same(&given, secret)),
        None => peer.direct_loopback,
    };
    if !allowed {
        let detail = "Send the value of CRON_SECRET as Authorization: Bearer. If that variable is not set, this may only be asked from the server's own machine.";
        return Err(Problem::new(Code::Unauthenticated, detail));
    }
    let summary = state.engine.run_jobs(None).await?;
    Ok((StatusCode::ACCEPTED, Json(summary.into())))
}

/// Compares hashes, in constant time: neither length nor beginning of the secret shows.
fn same(given: &SecretString, secret: &SecretString) -> bool {
    if secret.expose_secret().is_empty() {
        return false;
    }
    hash_token(given).as_bytes().ct_eq(hash_token(secret).as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_is_the_secret() {
        let secret = SecretString::from("s3cret");
        assert!(same(&SecretString::from("s3cret"), &secret));
        for wrong in ["", "s3cre", "s3cret ", "S3CRET"] {
            assert!(!same(&SecretString::from(wrong), &secret), "{wrong:?}");
        }
        assert!(!same(&SecretString::from(""), &SecretString::from("")));
    }
}
