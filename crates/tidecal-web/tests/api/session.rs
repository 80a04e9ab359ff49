//! Signing in and out.

use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tidecal_engine::OsRandom;
use tidecal_store::NewSession;
use tidecal_web::{hash_token, new_token};

use crate::app::{App, PASSWORD, now};
use crate::database::on_both;
use crate::request::{Answer, Request};

on_both!(
    signing_in_sets_a_cookie_that_works,
    a_wrong_password_and_an_unknown_address_look_the_same,
    guessing_is_slowed_down,
    signing_out_ends_the_session,
    a_session_ends_by_itself,
    a_new_session_replaces_the_one_before,
    a_link_signs_in_once,
    an_api_key_acts_for_its_person,
    over_https_the_cookie_is_bound_to_the_host,
);

fn sign_in(app: &App, email: &str, password: &str) -> Request {
    app.post("/api/session").json(&json!({"email": email, "password": password}))
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn signing_in_sets_a_cookie_that_works(app: App) {
    let answer = sign_in(&app, " Ada@Example.com ", PASSWORD).send().await;
    assert_eq!(answer.status.as_u16(), 200);
    let flags = answer.header("set-cookie");
    assert!(flags.contains("HttpOnly") && flags.contains("SameSite=Lax") && flags.contains("Path=/"), "{flags}");
    insta::assert_json_snapshot!("session", answer.json(), { ".user.id" => "[id]", ".tenant.id" => "[id]" });
    let again = app.get("/api/session").header("cookie", &cookie(&answer)).expect(200).await;
    assert_eq!(again, answer.json());
}

async fn a_wrong_password_and_an_unknown_address_look_the_same(app: App) {
    let mut answers = Vec::new();
    for (email, password) in [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("ada@example.com", "")] {
        let answer = sign_in(&app, email, password).send().await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (401, ""));
        let mut body = answer.json();
        body["requestId"].take();
        answers.push(body);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer["code"] == "invalid_credentials"));
}

async fn guessing_is_slowed_down(app: App) {
    for _ in 0..10 {
        assert_eq!(sign_in(&app, "nobody@example.com", "wrong").refused(401).await, "invalid_credentials");
    }
    let slowed = sign_in(&app, "nobody@example.com", "wrong").send().await;
    assert_eq!((slowed.status.as_u16(), slowed.json()["code"].as_str()), (429, Some("too_many_requests")));
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() > 0);
    // Others are not, and after a while neither is this one.
    sign_in(&app, "ada@example.com", PASSWORD).expect(200).await;
    app.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(sign_in(&app, "nobody@example.com", "wrong").refused(401).await, "invalid_credentials");
}

async fn signing_out_ends_the_session(app: App) {
    let answer = app.delete("/api/session").by(&app.ada).send().await;
    assert_eq!(answer.status.as_u16(), 204);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(app.get("/api/session").by(&app.ada).refused(401).await, "unauthenticated");
    app.get("/api/session").by(&app.ben).expect(200).await;
}

async fn a_session_ends_by_itself(app: App) {
    app.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(app.get("/api/session").by(&app.ada).refused(401).await, "unauthenticated");
}

async fn a_new_session_replaces_the_one_before(app: App) {
    let answer = sign_in(&app, "ada@example.com", PASSWORD).by(&app.ada).send().await;
    assert_ne!(cookie(&answer), app.ada.cookie);
    assert_eq!(app.get("/api/session").by(&app.ada).refused(401).await, "unauthenticated");
}

async fn link(app: &App, lives: SignedDuration) -> String {
    let token = new_token(&OsRandom);
    let new = NewSession {
        token_hash: hash_token(&token),
        tenant_id: app.ada.scope.tenant_id.clone(),
        profile_id: app.ada.scope.user_id.clone(),
        now: now(),
        expires_at: now() + lives,
        user_agent: String::new(),
    };
    app.store.sign_in().insert_signin_link(&new).await.unwrap();
    format!("/signin/{}", token.expose_secret())
}

async fn a_link_signs_in_once(app: App) {
    let path = link(&app, SignedDuration::from_mins(10)).await;
    // A preview only looks.
    assert_eq!(Request::new(app.router.clone(), "HEAD", &path).send().await.status.as_u16(), 200);
    let answer = app.get(&path).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
    let session = app.get("/api/session").header("cookie", &cookie(&answer)).expect(200).await;
    assert_eq!(session["user"]["email"], "ada@example.com");
    let late = link(&app, SignedDuration::from_mins(-1)).await;
    for used_up in [path.as_str(), late.as_str(), "/signin/unknown"] {
        let answer = app.get(used_up).send().await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (410, ""));
        assert!(answer.text().contains("tidecal users"), "it says how to get another");
    }
}

async fn an_api_key_acts_for_its_person(app: App) {
    let key = app.api_key(&app.ben.scope).await;
    let session = app.get("/api/session").bearer(&key).expect(200).await;
    assert_eq!(session["user"]["email"], "ben@example.com");
    // A header decides: a wrong one is not saved by the cookie.
    assert_eq!(app.get("/api/session").by(&app.ada).bearer("wrong").refused(401).await, "unauthenticated");
    let basic = app.get("/api/session").header("authorization", "Basic YTpi");
    assert_eq!(basic.refused(401).await, "unauthenticated");
}

async fn over_https_the_cookie_is_bound_to_the_host(app: App) {
    let app = app.configured(|config| config.cookie_secure = true);
    let answer = sign_in(&app, "ada@example.com", PASSWORD).send().await;
    let flags = answer.header("set-cookie");
    assert!(flags.starts_with("__Host-tidecal_session=") && flags.contains("; Secure"), "{flags}");
    app.get("/api/session").header("cookie", &cookie(&answer)).expect(200).await;
    assert_eq!(app.get("/api/session").by(&app.ada).refused(401).await, "unauthenticated");
}
