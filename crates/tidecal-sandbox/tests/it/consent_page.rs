use reqwest::header::LOCATION;
use serde_json::json;

use crate::desk::{ADA, ALL, Answer, BEN, Desk, EVENTS, LIST, REDIRECT, parameter};

async fn page(desk: &Desk, extra: &[(&str, &str)]) -> Answer {
    Answer::of(desk.http.get(desk.authorize_url(extra)).send().await.unwrap()).await
}

fn query(url: &str) -> &str {
    url.split_once('?').unwrap().1
}

#[tokio::test]
async fn the_page_offers_people_scopes_and_both_buttons_without_scripts() {
    let desk = Desk::new().await;
    let page = page(&desk, &[("scope", &format!("openid {EVENTS} {LIST}")), ("login_hint", BEN)]).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(!page.text.contains("<script") && !page.text.contains(" onclick"));
    for part in [
        &format!("value=\"{ADA}\""),
        &format!("value=\"{BEN}\" checked"),
        &format!("name=scope value=\"{EVENTS}\" checked"),
        &format!("name=scope value=\"{LIST}\" checked"),
        "name=decision value=allow",
        "name=decision value=deny",
    ] {
        assert!(page.text.contains(part), "{part} is missing");
    }
    assert!(!page.text.contains("value=\"openid\""), "identity scopes cannot be unticked");
}

#[tokio::test]
async fn allowing_sends_the_browser_back_with_code_and_state() {
    let desk = Desk::new().await;
    let url = desk.authorize_url(&[("scope", &format!("{EVENTS} {LIST}")), ("state", "a b&c")]);
    let form = [("request", query(&url)), ("account", ADA), ("scope", EVENTS), ("decision", "allow")];
    let answer = desk.form("/o/oauth2/v2/auth/decision", &form).await;
    assert_eq!(answer.status, 303);
    let target = answer.headers[LOCATION].to_str().unwrap();
    assert!(target.starts_with(REDIRECT));
    assert_eq!(parameter(target, "state").unwrap(), "a b&c");
    let tokens = desk.exchange(&parameter(target, "code").unwrap()).await.ok();
    assert_eq!(tokens.body["scope"], EVENTS, "only the ticked scope was granted");
}

#[tokio::test]
async fn denying_sends_the_browser_back_with_an_error() {
    let desk = Desk::new().await;
    let url = desk.authorize_url(&[]);
    let form = [("request", query(&url)), ("account", ADA), ("decision", "deny")];
    let answer = desk.form("/o/oauth2/v2/auth/decision", &form).await;
    let target = answer.headers[LOCATION].to_str().unwrap().to_owned();
    assert_eq!(parameter(&target, "error").unwrap(), "access_denied");
    assert_eq!(parameter(&target, "state").unwrap(), "st");
    let headless = desk.control("POST", "oauth/deny", json!({"authorizeUrl": url})).await.ok();
    assert_eq!(headless.body["redirectUrl"], target);
}

#[tokio::test]
async fn a_wrong_request_is_shown_to_the_person_and_never_redirected() {
    let desk = Desk::new().await;
    for (change, status, error) in [
        (("client_id", "unknown"), 401, "invalid_client"),
        (("redirect_uri", "https://evil.example.com/cb"), 400, "redirect_uri_mismatch"),
        (("response_type", "token"), 400, "unsupported_response_type"),
        (("scope", "https://www.googleapis.com/auth/calendar.everything"), 400, "invalid_scope"),
        (("scope", ""), 400, "invalid_request"),
        (("access_type", "sometimes"), 400, "invalid_request"),
        (("code_challenge", "short"), 400, "invalid_request"),
    ] {
        let answer = page(&desk, &[change]).await;
        assert_eq!(answer.status, status, "{change:?}");
        assert!(answer.text.contains(error), "{change:?}: {}", answer.text);
        assert!(!answer.headers.contains_key(LOCATION));
    }
}

#[tokio::test]
async fn registered_redirects_are_compared_exactly() {
    let own = "https://crm.example.com/oauth/callback";
    let desk = Desk::with(|config| {
        config.redirect_uris = vec![own.to_owned()];
        config.loopback_redirects = false;
    })
    .await;
    assert_eq!(page(&desk, &[("redirect_uri", own)]).await.status, 200);
    for other in ["https://crm.example.com/oauth/callback/", "http://crm.example.com/oauth/callback", REDIRECT] {
        assert_eq!(page(&desk, &[("redirect_uri", other)]).await.status, 400, "{other}");
    }
}

#[tokio::test]
async fn without_a_page_nobody_can_consent_and_text_is_escaped() {
    let desk = Desk::new().await;
    let answer = page(&desk, &[("prompt", "none"), ("scope", ALL)]).await;
    let target = answer.headers[LOCATION].to_str().unwrap();
    assert_eq!(parameter(target, "error").unwrap(), "interaction_required");
    let answer = page(&desk, &[("state", "\"><script>alert(1)</script>")]).await;
    assert!(!answer.text.contains("<script"));
}
