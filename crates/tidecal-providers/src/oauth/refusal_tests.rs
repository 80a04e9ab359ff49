//! Every error of the token endpoint.

use super::*;
use crate::google::VENDOR;
use FailureClass::{Auth, Configuration, RateLimited, Transient};
use secrecy::ExposeSecret as _;

fn refuse(step: Step, status: u16, body: &str) -> Failure {
    let secret = SecretString::from("1//canary");
    Refusal { step, status, retry_after: None, body: body.as_bytes(), secrets: &[&secret] }.failure(&VENDOR)
}

const REFRESH: Step = Step::Refresh { lifetime: None };

#[test]
fn every_code_has_its_class() {
    let rows = [
        (400, "invalid_grant", Auth),
        (400, "admin_policy_enforced", Auth),
        (400, "org_internal", Auth),
        (400, "interaction_required", Auth),
        (400, "consent_required", Auth),
        (400, "access_denied", Auth),
        (401, "invalid_client", Configuration),
        (400, "invalid_client", Configuration),
        (401, "unauthorized_client", Configuration),
        (401, "deleted_client", Configuration),
        (400, "redirect_uri_mismatch", Configuration),
        (400, "invalid_scope", Configuration),
        (400, "invalid_request", Configuration),
        (400, "unsupported_grant_type", Configuration),
        (401, "a_code_of_tomorrow", Configuration),
        (400, "a_code_of_tomorrow", Transient),
        (403, "rate_limit_exceeded", RateLimited),
        (429, "rate_limit_exceeded", RateLimited),
        (429, "invalid_grant", RateLimited),
        (500, "internal_failure", Transient),
        (400, "internal_failure", Transient),
        (503, "temporarily_unavailable", Transient),
        (503, "invalid_grant", Transient),
    ];
    for (status, code, class) in rows {
        let failure = refuse(REFRESH, status, &format!(r#"{{"error":"{code}","error_description":"Said so."}}"#));
        assert_eq!(failure.class, class, "{status} {code}");
        assert_eq!((failure.http_status, failure.vendor_code.as_deref()), (Some(status), Some(code)));
        assert!(failure.detail.starts_with(&format!("google: {status} {code}")), "{}", failure.detail);
        assert_eq!(failure.remedy.is_some(), matches!(class, Auth | Configuration), "{code}");
    }
}

#[test]
fn what_is_not_the_endpoint_speaking_disconnects_nobody() {
    for status in [302, 400, 401, 403, 404, 500, 502, 503] {
        for body in ["", "{}", "<html><title>Bad Gateway</title></html>", r#"{"error":null}"#, r#"{"error""#] {
            let failure = refuse(REFRESH, status, body);
            assert_eq!((failure.class, failure.outage), (Transient, true), "{status} {body}");
        }
    }
    assert_eq!(refuse(REFRESH, 429, "").class, RateLimited);
    let api = r#"{"error":{"code":503,"message":"Unavailable.","status":"UNAVAILABLE"}}"#;
    assert_eq!(refuse(REFRESH, 503, api).detail, "google: 503 unavailable: Unavailable.");
}

#[test]
fn a_dead_grant_is_told_by_its_cause() {
    let dead = r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#;
    let remedy = |step, body| refuse(step, 400, body).remedy.unwrap();
    let failure = refuse(REFRESH, 400, dead);
    assert_eq!(failure.detail, "google: 400 invalid_grant (invalid_token): Token has been expired or revoked.");
    let unknown = failure.remedy.unwrap();
    assert!(unknown.starts_with("Reconnect Google") && unknown.contains("every 7 days"), "{unknown}");
    let lifetime = |days: i64| Step::Refresh { lifetime: Some(SignedDuration::from_hours(24 * days)) };
    assert!(remedy(lifetime(7), dead).contains("testing mode, where access ends after 7 days"));
    assert!(remedy(lifetime(30), dead).contains("limited time"));
    assert!(remedy(Step::Code, dead).starts_with("Connect again"));
    let rapt = r#"{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_subtype":"invalid_rapt"}"#;
    assert!(remedy(REFRESH, rapt).contains("organisation"));
    assert!(refuse(REFRESH, 400, rapt).detail.contains("invalid_rapt"));
}

#[test]
fn the_operators_errors_name_the_setting() {
    let remedy = |code: &str| refuse(REFRESH, 401, &format!(r#"{{"error":"{code}"}}"#)).remedy.unwrap();
    assert!(remedy("invalid_client").contains("GOOGLE_CLIENT_SECRET"));
    assert!(remedy("redirect_uri_mismatch").contains("GOOGLE_REDIRECT_URI"));
    assert!(remedy("unauthorized_client").contains("GOOGLE_CLIENT_ID"));
}

#[test]
fn codes_of_other_vendors_are_shown() {
    let body = r#"{"error":"invalid_grant","error_description":"AADSTS70000: no.","error_codes":[70000]}"#;
    assert!(refuse(REFRESH, 400, body).detail.ends_with("AADSTS70000: no. [70000]"));
}

#[test]
fn an_echoed_token_is_never_shown() {
    for body in [
        r#"{"error":"invalid_grant","error_description":"1//canary is bad"}"#,
        "<p>1//canary</p>",
        r#"{"error":"invalid_grant","error_subtype":"1//canary","error_codes":["1//canary"]}"#,
        r#"{"error":"1//canary"}"#,
    ] {
        let failure = refuse(REFRESH, 400, body);
        assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
    }
    assert_eq!(SecretString::from("x").expose_secret(), "x");
}

#[test]
fn numbers_of_entra_tell_more_than_words() {
    let refuse = |step: Step, status: u16, error: &str, number: u32| {
        let body = format!(
            r#"{{"error":"{error}","error_description":"AADSTS{number}: Said so.\\r\\nTrace ID: 1","error_codes":[{number}],"suberror":"bad_token"}}"#
        );
        let secret = SecretString::from("0.canary");
        Refusal { step, status, retry_after: None, body: body.as_bytes(), secrets: &[&secret] }
            .failure(&crate::microsoft::VENDOR)
    };
    for (status, error, number, class) in [
        (400, "invalid_grant", 700_082, Auth),
        (400, "invalid_grant", 70_000, Auth),
        (400, "invalid_grant", 50_173, Auth),
        (400, "invalid_grant", 65_001, Auth),
        (400, "interaction_required", 50_076, Auth),
        (400, "interaction_required", 53_003, Auth),
        (400, "invalid_grant", 50_196, Transient),
        (400, "invalid_grant", 90_033, Transient),
        (400, "temporarily_unavailable", 90_006, Transient),
        (401, "invalid_client", 7_000_215, Configuration),
        (401, "invalid_client", 7_000_222, Configuration),
        (400, "unauthorized_client", 700_016, Configuration),
        (400, "invalid_grant", 9_002_313, Auth),
        (400, "invalid_request", 9_002_313, Configuration),
        (429, "invalid_grant", 700_082, RateLimited),
        (503, "invalid_grant", 700_082, Transient),
    ] {
        let failure = refuse(REFRESH, status, error, number);
        assert_eq!(failure.class, class, "{status} {error} {number}");
        assert!(failure.detail.contains(&format!("[{number}]")), "{}", failure.detail);
        assert_eq!(failure.remedy.is_some(), matches!(class, Auth | Configuration), "{number}");
    }
    let secret = refuse(REFRESH, 401, "invalid_client", 7_000_222);
    assert!(secret.remedy.unwrap().contains("OUTLOOK_CLIENT_SECRET has expired"));
    assert!(refuse(REFRESH, 400, "invalid_grant", 700_082).detail.contains("(invalid_token)"));
}

#[test]
fn a_redirect_tells_its_number_at_the_beginning_of_its_words() {
    let body = r#"{"error":"access_denied","error_description":"AADSTS90094: Admin consent is required."}"#;
    let refusal = Refusal { step: Step::Consent, status: 400, retry_after: None, body: body.as_bytes(), secrets: &[] };
    assert!(refusal.failure(&crate::microsoft::VENDOR).remedy.unwrap().contains("administrator"));
}
