//! Every error of Graph's catalogue.

use super::*;
use FailureClass::{Auth, Conflict, CursorLost, Permanent, RateLimited, Transient};
use PermanentScope::{Account, Calendar, Item};

fn refuse_body(asked: Asked, status: u16, body: &str) -> Refusal {
    let token = SecretString::from("EwB.canary");
    refusal(&Refused { asked, status, retry_after: None, claims: false, body: body.as_bytes(), token: &token })
}

fn refuse(asked: Asked, status: u16, code: &str) -> Refusal {
    refuse_body(asked, status, &format!(r#"{{"error":{{"code":"{code}","message":"Said so.","innerError":{{}}}}}}"#))
}

fn class(asked: Asked, status: u16, code: &str) -> FailureClass {
    match refuse(asked, status, code) {
        Refusal::Failed(failure) => failure.class,
        other => panic!("{status} {code}: {other:?}"),
    }
}

#[test]
fn every_code_has_its_class() {
    for (asked, status, code, expected) in [
        (Asked::Events, 410, "SyncStateNotFound", CursorLost),
        (Asked::Events, 410, "syncStateNotFound", CursorLost),
        (Asked::Events, 410, "resyncRequired", CursorLost),
        (Asked::Events, 400, "SyncStateInvalid", CursorLost),
        (Asked::Events, 404, "SyncStateNotFound", CursorLost),
        (Asked::Events, 410, "SomethingOfTomorrow", CursorLost),
        (Asked::Events, 400, "ErrorInvalidRequest", Permanent(Calendar)),
        (Asked::Events, 404, "ErrorItemNotFound", Permanent(Calendar)),
        (Asked::Events, 403, "ErrorAccessDenied", Permanent(Calendar)),
        (Asked::Calendars, 403, "ErrorAccessDenied", Auth),
        (Asked::Account, 403, "Authorization_RequestDenied", Auth),
        (Asked::Event, 403, "ErrorAccessDenied", Permanent(Item)),
        (Asked::Calendars, 404, "MailboxNotEnabledForRESTAPI", Permanent(Account)),
        (Asked::Events, 403, "MailboxNotSupportedForRESTAPI", Permanent(Account)),
        (Asked::Events, 401, "InvalidAuthenticationToken", Auth),
        (Asked::Events, 401, "somethingElse", Auth),
        (Asked::Update, 412, "ErrorIrresolvableConflict", Conflict),
        (Asked::Update, 412, "resourceModified", Conflict),
        (Asked::Update, 409, "ErrorIrresolvableConflict", Conflict),
        (Asked::Update, 400, "ErrorOccurrenceCrossingBoundary", Permanent(Item)),
        (Asked::Insert, 400, "ErrorPropertyValidationFailure", Permanent(Item)),
        (Asked::Events, 429, "ApplicationThrottled", RateLimited),
        (Asked::Events, 429, "whatever", RateLimited),
        (Asked::Events, 403, "activityLimitReached", RateLimited),
        (Asked::Events, 423, "locked", Transient),
        (Asked::Events, 500, "ErrorInternalServerError", Transient),
        (Asked::Events, 503, "SyncStateNotFound", Transient),
        (Asked::Events, 503, "serviceNotAvailable", Transient),
        (Asked::Events, 504, "UnknownError", Transient),
        (Asked::Event, 400, "ErrorMailboxStoreUnavailable", Transient),
    ] {
        assert_eq!(class(asked, status, code), expected, "{asked:?} {status} {code}");
    }
}

#[test]
fn an_event_that_is_not_there_is_gone() {
    for (asked, status, code) in [
        (Asked::Event, 404, "ErrorItemNotFound"),
        (Asked::Delete, 404, "ErrorItemNotFound"),
        (Asked::Event, 404, "ResourceNotFound"),
        (Asked::Event, 400, "ErrorInvalidIdMalformed"),
        (Asked::Update, 410, "Gone"),
    ] {
        assert_eq!(refuse(asked, status, code), Refusal::Gone, "{asked:?} {status} {code}");
    }
}

#[test]
fn a_repeated_creation_names_the_event_if_it_can() {
    for status in [400, 409] {
        assert_eq!(refuse(Asked::Insert, status, "ErrorDuplicateTransactionId"), Refusal::Taken(None));
        let inside = r#"{"error":{"code":"ErrorDuplicateTransactionId","@event.existingEventId":"AAMk"}}"#;
        assert_eq!(refuse_body(Asked::Insert, status, inside), Refusal::Taken(Some("AAMk".into())));
        let beside = r#"{"error":{"code":"ErrorDuplicateTransactionId"},"@event.existingEventId":"AAMk"}"#;
        assert_eq!(refuse_body(Asked::Insert, status, beside), Refusal::Taken(Some("AAMk".into())));
    }
}

#[test]
fn codes_may_be_nested_and_pages_are_no_verdict() {
    let nested = r#"{"error":{"code":"BadRequest","message":"x","innererror":{"code":"resyncRequired"}}}"#;
    let Refusal::Failed(failure) = refuse_body(Asked::Events, 400, nested) else { panic!() };
    assert_eq!(failure.class, CursorLost);
    for status in [400, 401, 403, 404, 410, 502] {
        let Refusal::Failed(failure) = refuse_body(Asked::Event, status, "<html><title>Portal</title></html>") else {
            panic!("{status}")
        };
        assert_eq!((failure.class, failure.outage), (Transient, true), "{status}");
    }
}

#[test]
fn failures_are_described_without_the_token() {
    let Refusal::Failed(failure) = refuse_body(
        Asked::Events,
        401,
        r#"{"error":{"code":"InvalidAuthenticationToken","message":"EwB.canary: Lifetime validation failed"}}"#,
    ) else {
        panic!()
    };
    assert_eq!(
        failure.detail,
        "outlook: 401 InvalidAuthenticationToken (invalid_token): [redacted]: Lifetime validation failed"
    );
    assert!(failure.remedy.unwrap().contains("Reconnect"));
    let token = SecretString::from("x");
    let claims = Refused {
        asked: Asked::Events,
        status: 401,
        retry_after: None,
        claims: true,
        body: b"{\"error\":{}}",
        token: &token,
    };
    let Refusal::Failed(failure) = refusal(&claims) else { panic!() };
    assert!(failure.remedy.unwrap().contains("policy"));
    let wait = Refused { status: 429, retry_after: Some(SignedDuration::from_secs(9)), ..claims };
    let Refusal::Failed(failure) = refusal(&wait) else { panic!() };
    assert_eq!((failure.class, failure.retry_after), (RateLimited, Some(SignedDuration::from_secs(9))));
}
