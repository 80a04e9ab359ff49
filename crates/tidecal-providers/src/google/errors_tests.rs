//! Every row of the catalogue, and what no row names.

use super::*;
use FailureClass::{Auth, Configuration, Conflict, CursorLost, Permanent, RateLimited, Transient};
use PermanentScope::{Account, Calendar, Item};

const TOKEN: &str = "ya29.canary";

fn ask(asked: Asked, status: u16, body: &str) -> Refusal {
    let token = SecretString::from(TOKEN);
    refusal(&Answer { asked, status, retry_after: None, body: body.as_bytes(), token: &token })
}

fn legacy(status: u16, domain: &str, reason: &str, location: &str, message: &str) -> String {
    serde_json::json!({"error": {
        "errors": [{"domain": domain, "reason": reason, "message": message,
            "locationType": "parameter", "location": location}],
        "code": status, "message": message}})
    .to_string()
}

fn failed(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_documented_reason_has_its_class() {
    #[rustfmt::skip]
    let rows: &[(Asked, u16, &str, &str, &str, FailureClass)] = &[
        (Asked::Events, 400, "calendar", "timeRangeEmpty", "timeMax", Permanent(Calendar)),
        (Asked::Event, 400, "global", "invalid", "", Permanent(Item)),
        (Asked::Insert, 400, "global", "required", "", Permanent(Item)),
        (Asked::Update, 400, "global", "badRequest", "", Permanent(Item)),
        (Asked::Calendars, 400, "global", "invalidParameter", "", Permanent(Account)),
        (Asked::Events, 400, "global", "invalid", "syncToken", CursorLost),
        (Asked::Events, 400, "calendar", "invalid", "syncToken", CursorLost),
        (Asked::Events, 400, "global", "invalid", "pageToken", CursorLost),
        (Asked::Insert, 400, "global", "invalid", "syncToken", Permanent(Item)),
        (Asked::Watch, 400, "global", "push.webhookUrlNotHttps", "", Configuration),
        (Asked::Watch, 400, "global", "push.webhookUrlUnauthorized", "", Configuration),
        (Asked::Watch, 401, "global", "push.webhookUrlUnauthorized", "", Configuration),
        (Asked::Watch, 400, "global", "push.channelTypeNotSupported", "", Permanent(Calendar)),
        (Asked::Watch, 400, "global", "channelIdNotUnique", "", Conflict),
        (Asked::Watch, 400, "global", "pushNotSupportedForRequestedResource", "", Permanent(Calendar)),
        (Asked::Events, 400, "global", "keyInvalid", "", Configuration),
        (Asked::Events, 401, "global", "authError", "Authorization", Auth),
        (Asked::Events, 401, "global", "required", "Authorization", Auth),
        (Asked::Events, 403, "usageLimits", "userRateLimitExceeded", "", RateLimited),
        (Asked::Events, 403, "usageLimits", "rateLimitExceeded", "", RateLimited),
        (Asked::Update, 403, "usageLimits", "quotaExceeded", "", RateLimited),
        (Asked::Update, 403, "usageLimits", "calendarUsageLimitsExceeded", "", RateLimited),
        (Asked::Events, 403, "usageLimits", "somethingNewExceeded", "", RateLimited),
        (Asked::Events, 403, "usageLimits", "dailyLimitExceeded", "", Configuration),
        (Asked::Events, 403, "usageLimits", "accessNotConfigured", "", Configuration),
        (Asked::Update, 403, "calendar", "forbiddenForNonOrganizer", "", Permanent(Item)),
        (Asked::Update, 403, "global", "forbidden", "", Permanent(Item)),
        (Asked::Events, 403, "global", "forbidden", "", Permanent(Calendar)),
        (Asked::Calendars, 403, "global", "insufficientPermissions", "", Auth),
        (Asked::Update, 403, "calendar", "requiredAccessLevel", "", Permanent(Calendar)),
        (Asked::Calendars, 403, "global", "domainPolicy", "", Permanent(Account)),
        (Asked::Calendars, 403, "global", "notACalendarUser", "", Permanent(Account)),
        (Asked::Events, 404, "global", "notFound", "", Permanent(Calendar)),
        (Asked::Insert, 404, "global", "notFound", "", Permanent(Calendar)),
        (Asked::Calendars, 404, "global", "notFound", "", Permanent(Account)),
        (Asked::Update, 409, "global", "conflict", "", Conflict),
        (Asked::Events, 410, "calendar", "fullSyncRequired", "syncToken", CursorLost),
        (Asked::Events, 410, "calendar", "updatedMinTooLongAgo", "updatedMin", CursorLost),
        (Asked::Calendars, 410, "global", "", "", CursorLost),
        (Asked::Update, 412, "global", "conditionNotMet", "If-Match", Conflict),
        (Asked::Events, 429, "usageLimits", "rateLimitExceeded", "", RateLimited),
        (Asked::Events, 429, "usageLimits", "", "", RateLimited),
        (Asked::Events, 500, "global", "backendError", "", Transient),
        (Asked::Events, 503, "global", "backendError", "", Transient),
        (Asked::Events, 408, "global", "", "", Transient),
        (Asked::Events, 403, "global", "aReasonOfTomorrow", "", Permanent(Calendar)),
        (Asked::Event, 418, "global", "aReasonOfTomorrow", "", Permanent(Item)),
    ];
    for (asked, status, domain, reason, location, class) in rows {
        for reason in [(*reason).to_owned(), reason.to_uppercase()] {
            let failure = failed(ask(*asked, *status, &legacy(*status, domain, &reason, location, "Said so.")));
            assert_eq!(failure.class, *class, "{asked:?} {status} {reason} {location}");
            assert_eq!(failure.http_status, Some(*status));
            assert_eq!(failure.vendor_code.as_deref().unwrap_or_default(), reason);
            assert_eq!(failure.outage, *class == Transient, "{asked:?} {status} {reason}");
            assert!(failure.detail.starts_with(&format!("google: {status}")), "{}", failure.detail);
            let needs_a_person =
                matches!(class, Auth | Configuration) || (*asked == Asked::Events && *class == Permanent(Calendar));
            assert!(!needs_a_person || failure.remedy.is_some(), "{asked:?} {status} {reason}");
        }
    }
}

#[test]
fn what_only_details_tell_counts_as_well() {
    let body = |reason: &str, status: &str| {
        serde_json::json!({"error": {"code": 403, "message": "No.", "status": status,
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason,
                "domain": "googleapis.com", "metadata": {"service": "calendar-json.googleapis.com"}}]}})
        .to_string()
    };
    let class = |reason, status| failed(ask(Asked::Events, 403, &body(reason, status))).class;
    assert_eq!(class("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "PERMISSION_DENIED"), Auth);
    assert_eq!(class("SERVICE_DISABLED", "PERMISSION_DENIED"), Configuration);
    assert_eq!(class("RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"), RateLimited);
    assert_eq!(class("", "RESOURCE_EXHAUSTED"), RateLimited);
    assert_eq!(class("", "PERMISSION_DENIED"), Permanent(Calendar));
}

#[test]
fn a_reason_in_either_list_is_found_whatever_stands_before_it() {
    let body = serde_json::json!({"error": {"code": 403, "message": "No.", "status": "PERMISSION_DENIED",
        "errors": [{"domain": "global", "reason": "forbidden", "message": "No."}],
        "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}});
    let failure = failed(ask(Asked::Calendars, 403, &body.to_string()));
    assert_eq!(failure.class, Auth);
    assert!(failure.remedy.unwrap().contains("permission"));
}

#[test]
fn the_kind_of_request_decides_what_gone_and_taken_mean() {
    let body = |status, reason| legacy(status, "global", reason, "", "x");
    let proven = Refusal::Gone { proven: true };
    assert_eq!(ask(Asked::Delete, 410, &body(410, "deleted")), proven);
    assert_eq!(ask(Asked::Delete, 410, ""), proven);
    assert_eq!(ask(Asked::Event, 410, "{}"), proven);
    assert_eq!(ask(Asked::Stop, 404, &body(404, "notFound")), proven);
    assert_eq!(ask(Asked::Event, 404, &body(404, "notFound")), Refusal::Gone { proven: false });
    assert_eq!(ask(Asked::Delete, 404, &body(404, "notFound")), Refusal::Gone { proven: false });
    assert_eq!(ask(Asked::Insert, 409, &body(409, "duplicate")), Refusal::Taken);
    assert_eq!(failed(ask(Asked::Events, 410, "")).class, CursorLost);
}

#[test]
fn a_refused_sync_token_is_told_by_its_message_alone_too() {
    let body = r#"{"error":{"errors":[{"domain":"global","reason":"invalid","message":"Invalid sync token value."}],"code":400,"message":"Invalid sync token value."}}"#;
    assert_eq!(failed(ask(Asked::Events, 400, body)).class, CursorLost);
}

#[test]
fn a_used_up_quota_waits_at_least_an_hour() {
    let token = SecretString::from(TOKEN);
    let body = legacy(403, "usageLimits", "quotaExceeded", "", "Calendar usage limits exceeded.");
    let wait = |retry_after| {
        let body = body.as_bytes();
        failed(refusal(&Answer { asked: Asked::Update, status: 403, retry_after, body, token: &token })).retry_after
    };
    assert_eq!(wait(None), Some(SignedDuration::from_hours(1)));
    assert_eq!(wait(Some(SignedDuration::from_secs(5))), Some(SignedDuration::from_hours(1)));
    assert_eq!(wait(Some(SignedDuration::from_hours(3))), Some(SignedDuration::from_hours(3)));
}

#[test]
fn the_wait_that_the_vendor_names_is_kept() {
    let token = SecretString::from(TOKEN);
    let retry_after = Some(SignedDuration::from_secs(17));
    for status in [429, 503] {
        let answer = Answer { asked: Asked::Events, status, retry_after, body: b"", token: &token };
        assert_eq!(failed(refusal(&answer)).retry_after, retry_after);
    }
}

#[test]
fn a_web_page_never_disconnects_anybody() {
    let page = "<!DOCTYPE html><html><head><title>Sign in to the guest network</title></head></html>";
    for status in [302, 400, 401, 403, 404, 407, 502, 511] {
        let failure = failed(ask(Asked::Events, status, page));
        assert_eq!((failure.class, failure.outage), (Transient, true), "{status}");
        assert!(failure.detail.contains("Sign in to the guest network"), "{}", failure.detail);
    }
    assert_eq!(failed(ask(Asked::Events, 401, "")).class, Auth);
}

#[test]
fn the_words_that_the_runbook_searches_for_are_there() {
    let body = legacy(401, "global", "authError", "Authorization", "Invalid Credentials");
    let failure = failed(ask(Asked::Events, 401, &body));
    assert_eq!(failure.detail, "google: 401 authError (invalid_token): Invalid Credentials");
    let body = legacy(429, "usageLimits", "rateLimitExceeded", "", "Rate Limit Exceeded");
    assert_eq!(failed(ask(Asked::Events, 429, &body)).detail, "google: 429 rateLimitExceeded: Rate Limit Exceeded");
    let flat = r#"{"error":"invalid_token","error_description":"Invalid Credentials"}"#;
    let failure = failed(ask(Asked::Account, 401, flat));
    assert_eq!((failure.class, failure.detail.as_str()), (Auth, "google: 401 invalid_token: Invalid Credentials"));
}

#[test]
fn an_echoed_token_is_never_shown() {
    let echoed = legacy(401, "global", TOKEN, "", &format!("token {TOKEN} is bad"));
    for body in [echoed.as_str(), &format!("<p>{TOKEN}</p>"), TOKEN] {
        let failure = failed(ask(Asked::Events, 401, body));
        assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
    }
}

#[test]
fn a_body_cut_short_is_told_with_its_reason() {
    let token = SecretString::from(TOKEN);
    let failure = unreadable_answer(200, br#"{"items":[{"id":"a""#, "EOF while parsing", &token);
    assert_eq!((failure.class, failure.outage), (Transient, false));
    assert!(failure.detail.contains("EOF while parsing"));
    let failure = unreadable_answer(200, b"<html><title>Hotel</title>", "expected value", &token);
    assert!(failure.detail.contains("Hotel"), "{}", failure.detail);
}
