//! The ends of a consent flow. The flow itself is tested against a vendor, with the whole program.

use tidecal_core::model::Provider;

use crate::app::App;
use crate::database::on_both;
use crate::request::Request;

on_both!(
    a_flow_begins_with_an_address_or_a_page,
    only_a_browser_that_is_signed_in_begins_a_flow,
    an_answer_that_nobody_asked_for_connects_nothing,
    the_callback_is_also_where_the_redirect_uri_says,
);

const START: &str = "/api/calendar/oauth/google/start";
const CALLBACK: &str = "/api/calendar/oauth/google/callback";

async fn a_flow_begins_with_an_address_or_a_page(app: App) {
    let json = app.get(START).by(&app.ada).expect(200).await;
    let address: url::Url = json["authorizationUrl"].as_str().unwrap().parse().unwrap();
    let query: std::collections::HashMap<_, _> = address.query_pairs().collect();
    assert_eq!((query["response_type"].as_ref(), query["code_challenge_method"].as_ref()), ("code", "S256"));
    assert!(query["state"].len() >= 43, "{address}");
    let page = app.get(START).by(&app.ada).header("accept", "text/html,application/xhtml+xml;q=0.9").send().await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let text = page.text();
    assert!(text.contains("http-equiv=\"refresh\"") && text.contains("&amp;state="), "{text}");
    let unknown = app.get("/api/calendar/oauth/yahoo/start").by(&app.ada);
    assert_eq!(unknown.refused(422).await, "unknown_provider");
    let caldav = app.get("/api/calendar/oauth/caldav/start").by(&app.ada);
    assert_eq!(caldav.refused(422).await, "not_set_up");
}

async fn only_a_browser_that_is_signed_in_begins_a_flow(app: App) {
    let key = app.api_key(&app.ada.scope).await;
    assert_eq!(app.get(START).bearer(&key).refused(403).await, "forbidden");
    let page = app.get(START).header("accept", "text/html").send().await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (401, "text/html; charset=utf-8"));
}

async fn an_answer_that_nobody_asked_for_connects_nothing(app: App) {
    for query in
        ["", "?code=c", "?state=s", "?state=s&code=c", "?state=s&state=t&code=c", "?error=access_denied&state=s"]
    {
        let page = app.get(&format!("{CALLBACK}{query}")).by(&app.ada).send().await;
        assert_eq!(page.status.as_u16(), 422, "{query}");
        let text = page.text();
        assert!(
            text.contains("&quot;code&quot;:&quot;state_unknown&quot;") && text.contains("/oauth-result.js"),
            "{text}"
        );
        assert!(!text.contains("<script>") && !text.contains(" style="), "{text}");
    }
    // Of another browser's session.
    let json = app.get(START).by(&app.ada).expect(200).await;
    let address: url::Url = json["authorizationUrl"].as_str().unwrap().parse().unwrap();
    let (_, state) = address.query_pairs().find(|(name, _)| name == "state").unwrap();
    let stolen = app.get(&format!("{CALLBACK}?state={state}&code=c")).by(&app.dora).send().await;
    assert!(stolen.text().contains("state_unknown"));
    let nobody = app.get(&format!("{CALLBACK}?state={state}&code=c")).send().await;
    assert!(nobody.text().contains("unauthenticated"));
    // A preview uses nothing up.
    let head = Request::new(app.router.clone(), "HEAD", &format!("{CALLBACK}?state={state}&code=c")).by(&app.ada);
    assert_eq!(head.send().await.status.as_u16(), 200);
    let odd = app.get("/api/calendar/oauth/%3Cscript%3E/callback").by(&app.ada).send().await;
    assert!(odd.text().contains("unknown_provider") && !odd.text().contains("<script>"));
    for list in ["/api/calendar/accounts", "/api/calendar/connections"] {
        assert_eq!(app.get(list).by(&app.ada).expect(200).await["items"], serde_json::json!([]));
    }
}

async fn the_callback_is_also_where_the_redirect_uri_says(app: App) {
    let path = "/api/auth/callback/google-calendar";
    let app = app.configured(|config| config.oauth_callback_paths = vec![(Provider::Google, path.to_owned())]);
    let page = app.get(&format!("{path}?state=s&code=c")).by(&app.ada).send().await;
    assert!(page.text().contains("state_unknown"), "{}", page.text());
    assert_eq!(app.post(path).by(&app.ada).refused(404).await, "not_found");
}
