//! Requirements R4.1 to R4.3, line by line: their numbers and their words.

use jiff::{SignedDuration, Timestamp};

use super::backoff::{LONGEST_WAIT, RETRIES, wait_in_run};
use super::{CIRCUIT_OPENS_AT, Counters, FailedRun, after_failure, circuit_is_open};
use crate::remote::{Failure, FailureClass, PermanentScope};
use FailureClass::{Auth, Configuration, Conflict, CursorLost, Permanent, RateLimited, Transient};

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn of(class: FailureClass) -> Failure {
    Failure::new(class, "google: 500 backendError: Backend Error")
}

fn run(before: (u32, u32), failure: &Failure) -> FailedRun {
    let before = Counters { error_count: before.0, consecutive_failures: before.1 };
    after_failure(before, failure, now(), 0.5)
}

/// What each class does: retries in the run, whose failure it is, what stops, who is told.
struct Row {
    failure: Failure,
    retried: bool,
    own: bool,
    reauth: bool,
    stopped: bool,
    account_stopped: bool,
    told: bool,
    backoff: bool,
}

fn row(failure: Failure) -> Row {
    Row {
        failure,
        retried: false,
        own: true,
        reauth: false,
        stopped: false,
        account_stopped: false,
        told: false,
        backoff: false,
    }
}

#[test]
fn r4_1_each_class_does_what_the_requirement_says() {
    let rows = [
        Row { retried: true, ..row(of(Transient)) },
        Row { retried: true, own: false, ..row(of(Transient).outage()) },
        Row { retried: true, own: false, backoff: true, ..row(of(RateLimited)) },
        Row { reauth: true, told: true, ..row(of(Auth)) },
        Row { stopped: true, told: true, ..row(of(Permanent(PermanentScope::Calendar))) },
        Row { stopped: true, told: true, account_stopped: true, ..row(of(Permanent(PermanentScope::Account))) },
        row(of(Permanent(PermanentScope::Item))),
        Row { own: false, ..row(of(Configuration)) },
        row(of(Conflict)),
        row(of(CursorLost)),
    ];
    for Row { failure, retried, own, reauth, stopped, account_stopped, told, backoff } in rows {
        let ended = run((0, 0), &failure);
        let class = failure.class;
        assert_eq!(wait_in_run(&failure, 0, 0.5).is_some(), retried, "{class:?}");
        assert_eq!(ended.counters, Counters { error_count: 1, consecutive_failures: u32::from(own) }, "{class:?}");
        assert_eq!(ended.reauth_required, reauth, "{class:?}");
        assert_eq!(ended.stopped_reason.is_some(), stopped, "{class:?}");
        assert_eq!(ended.account_stopped, account_stopped, "{class:?}");
        assert_eq!(ended.notify, told, "{class:?}");
        assert_eq!(ended.backoff_until.is_some(), backoff, "{class:?}");
    }
}

#[test]
fn r4_1_three_retries_after_the_first_attempt_1_2_4_seconds_plus_at_most_20_percent() {
    assert_eq!(RETRIES, 3);
    for (retry, seconds) in [(0, 1.0), (1, 2.0), (2, 4.0)] {
        for (jitter, factor) in [(0.0, 1.0), (0.5, 1.1), (0.999_999, 1.2)] {
            let wait = wait_in_run(&of(Transient), retry, jitter).unwrap().as_secs_f64();
            assert!((wait - seconds * factor).abs() < 0.001, "{retry} {jitter}: {wait}");
        }
    }
    assert_eq!(wait_in_run(&of(Transient), 3, 0.0), None);
}

#[test]
fn r4_1_a_rate_limit_waits_as_told_at_most_60_seconds_inside_a_run_then_in_backoff_until() {
    assert_eq!(LONGEST_WAIT, SignedDuration::from_secs(60));
    for (asked, in_run) in [(1, true), (59, true), (60, true), (61, false), (86_400, false)] {
        let limited = of(RateLimited).retry_after(Some(SignedDuration::from_secs(asked)));
        let wait = wait_in_run(&limited, 0, 0.0);
        assert_eq!(wait.is_some(), in_run, "{asked}");
        assert!(wait.is_none_or(|wait| wait.as_secs() >= asked), "never before {asked}");
        let until = run((0, 0), &limited).backoff_until.unwrap();
        assert!(until.duration_since(now()).as_secs() >= asked, "never before {asked}");
    }
    for jitter in [0.0, 0.3, 0.999_999] {
        let waits: Vec<f64> =
            (0..3).filter_map(|retry| Some(wait_in_run(&of(RateLimited), retry, jitter)?.as_secs_f64())).collect();
        assert!(waits.iter().zip([2.0, 4.0, 8.0]).all(|(wait, cap)| *wait <= cap), "exponential, jittered: {waits:?}");
    }
}

#[test]
fn r4_1_a_servers_wait_is_kept_whatever_the_class() {
    let unavailable = of(Transient).outage().retry_after(Some(SignedDuration::from_secs(120)));
    let until = run((0, 0), &unavailable).backoff_until;
    assert_eq!(until, Some(now() + SignedDuration::from_secs(120)));
}

#[test]
fn r4_2_the_circuit_is_open_while_the_smaller_count_is_5_or_more() {
    assert_eq!(CIRCUIT_OPENS_AT, 5);
    for (error_count, consecutive_failures, open) in
        [(4, 4, false), (5, 4, false), (4, 5, false), (5, 5, true), (6, 5, true), (900, 5, true), (0, 900, false)]
    {
        let counters = Counters { error_count, consecutive_failures };
        assert_eq!(circuit_is_open(counters), open, "{counters:?}");
    }
}

#[test]
fn r4_2_the_fifth_failure_of_its_own_opens_it_tells_once_and_probes_within_the_hour() {
    for (before, open, told) in
        [((3, 3), false, false), ((4, 4), true, true), ((5, 5), true, false), ((99, 99), true, false)]
    {
        let ended = run(before, &of(Transient));
        assert_eq!((circuit_is_open(ended.counters), ended.notify), (open, told), "{before:?}");
        let wait = ended.backoff_until.map(|until| until.duration_since(now()));
        assert_eq!(wait.is_some(), open, "{before:?}");
        assert!(wait.is_none_or(|wait| wait <= SignedDuration::from_hours(1) && wait.is_positive()), "{before:?}");
    }
}

#[test]
fn r4_2_a_rate_limit_or_an_outage_of_the_vendor_never_opens_it() {
    for failure in [of(RateLimited), of(Transient).outage(), of(Configuration)] {
        let ended = (0..50).fold((0, 0), |before, _| {
            let counters = run(before, &failure).counters;
            (counters.error_count, counters.consecutive_failures)
        });
        assert_eq!(ended, (50, 0), "{:?}", failure.class);
    }
}

#[test]
fn r4_3_messages_begin_with_the_words_and_end_with_what_to_do() {
    let detail = "google: 429 rateLimitExceeded: Rate Limit Exceeded";
    for (failure, words) in [
        (
            Failure::new(Auth, "google: 400 invalid_grant (invalid_token): Token has been expired or revoked.")
                .remedy("Reconnect Google: access was revoked, or it expired."),
            "Authentication failed: google: 400 invalid_grant (invalid_token): Token has been expired or revoked. \
             Reconnect Google: access was revoked, or it expired.",
        ),
        (Failure::new(Auth, "google: token expired"), "Authentication failed: google: token expired"),
        (Failure::new(RateLimited, detail), "Rate limit exceeded: google: 429 rateLimitExceeded: Rate Limit Exceeded"),
        (Failure::new(Transient, "caldav: 503"), "caldav: 503"),
        (
            Failure::new(Permanent(PermanentScope::Calendar), "google: 404 notFound: Not Found").remedy("Check it."),
            "google: 404 notFound: Not Found. Check it.",
        ),
        (Failure::new(Transient, "database: [08006] connection failure"), "database: [08006] connection failure"),
    ] {
        assert_eq!(run((0, 0), &failure).last_error, words);
    }
}
