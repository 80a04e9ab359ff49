//! What holds for every request: headers, ids, other sites, bad bodies, what is not there.

use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;

use crate::app::App;
use crate::database::on_both;
use crate::request::Request;

on_both!(
    every_answer_carries_the_headers_of_a_careful_server,
    every_answer_has_an_id,
    compressed_answers_are_whole,
    no_other_site_can_change_anything,
    what_is_not_there_is_said_in_json,
    bodies_that_do_not_fit_are_refused_with_a_remedy,
    pages_and_files_of_the_interface,
    operators_see_that_it_works,
    metrics_are_for_this_machine,
);

async fn every_answer_carries_the_headers_of_a_careful_server(app: App) {
    for path in ["/", "/api/session", "/api/nothing", "/signin/x", "/healthz", "/oauth-result.js", "/docs/"] {
        let answer = app.get(path).send().await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("script-src"), "scripts come from here alone: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
    }
    assert_eq!(app.get("/api/session").send().await.header("cache-control"), "no-store");
    let secure = app.configured(|config| config.public_url = "https://cal.example.com".parse().unwrap());
    assert!(secure.get("/").send().await.header("strict-transport-security").starts_with("max-age="));
}

async fn every_answer_has_an_id(app: App) {
    let given = app.get("/api/session").header("x-request-id", "from-the-proxy-1").send().await;
    assert_eq!(
        (given.header("x-request-id"), &given.json()["requestId"]),
        ("from-the-proxy-1", &json!("from-the-proxy-1"))
    );
    let odd = app.get("/api/session").header("x-request-id", "<script>").send().await;
    assert_eq!(odd.json()["requestId"], json!(odd.header("x-request-id")));
    assert!(!odd.text().contains("<script>"));
}

async fn compressed_answers_are_whole(app: App) {
    let plain = app.get("/api/nothing").send().await;
    let packed = app.get("/api/nothing").header("accept-encoding", "gzip").send().await;
    assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), ("", "gzip"));
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
    let stream = app.get("/api/calendar/stream").by(&app.ada).header("accept-encoding", "gzip").begin().await;
    assert!(!stream.headers().contains_key("content-encoding"), "news is not held back to be packed");
}

async fn no_other_site_can_change_anything(app: App) {
    let document = serde_json::to_value(tidecal_web::openapi()).unwrap();
    let mut tried = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|method| *method != "get") {
            let request = || Request::new(app.router.clone(), &method.to_uppercase(), path).by(&app.ada);
            for (name, value) in [
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
                ("origin", "https://evil.example.org"),
                ("origin", "null"),
            ] {
                assert_eq!(request().header(name, value).refused(403).await, "cross_site", "{method} {path}");
                tried += 1;
            }
        }
    }
    assert!(tried > 40, "{tried}");
    // Our own pages, by either sign, and behind a proxy that renames the host.
    for (name, value) in
        [("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:3000"), ("origin", "http://cal.example.com")]
    {
        app.post("/api/calendar/sync/manual").by(&app.ada).header(name, value).expect(200).await;
    }
}

async fn what_is_not_there_is_said_in_json(app: App) {
    assert_eq!(app.get("/api/nothing").refused(404).await, "not_found");
    assert_eq!(app.get("/api/calendar/connections/a%00b").by(&app.ada).refused(404).await, "not_found");
    assert_eq!(app.get("/api/calendar/connections/%FF").by(&app.ada).refused(404).await, "not_found");
    let put = Request::new(app.router.clone(), "PUT", "/api/session");
    assert_eq!(put.refused(405).await, "method_not_allowed");
    let trace = Request::new(app.router.clone(), "TRACE", "/api/session");
    assert_eq!(trace.refused(405).await, "method_not_allowed");
    assert_eq!(app.get("/nothing.php").refused(404).await, "not_found");
}

async fn bodies_that_do_not_fit_are_refused_with_a_remedy(app: App) {
    let path = "/api/calendar/health/resync";
    let send = |body: &str| app.post(path).by(&app.ada).header("content-type", "application/json").text(body);
    for (body, field) in [
        ("", "body"),
        ("{", "body"),
        ("[]", "body"),
        ("\"google\"", "body"),
        ("<html></html>", "body"),
        ("{\"provider\":\"google\"} trailing", "body"),
        ("{\"provider\":[]}", "provider"),
        ("{\"provider\":\"google\",\"provider\":\"google\"}", "provider"),
    ] {
        let problem = send(body).expect(422).await;
        assert_eq!(
            (&problem["code"], &problem["errors"][0]["field"]),
            (&json!("invalid_input"), &json!(field)),
            "{body}: {problem}"
        );
    }
    let form = app.post(path).by(&app.ada).header("content-type", "text/plain").text("{\"provider\":\"google\"}");
    assert_eq!(form.refused(415).await, "unsupported_media_type");
    let large = format!("{{\"provider\":\"{}\"}}", "x".repeat(300_000));
    assert_eq!(send(&large).refused(413).await, "body_too_large");
}

async fn pages_and_files_of_the_interface(app: App) {
    for path in ["/", "/signin", "/settings/calendars", "/sales/settings/calendar", "/dashboard/crm/calendar"] {
        let page = app.get(path).send().await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("cache-control"), "no-cache");
        let again = app.get(path).header("if-none-match", page.header("etag")).send().await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
    }
    let script = app.get("/assets/app-1a2b.js").send().await;
    assert!(script.header("cache-control").contains("immutable"));
    assert_eq!(app.get("/assets/none.js").refused(404).await, "not_found");
}

async fn operators_see_that_it_works(app: App) {
    assert_eq!(app.get("/healthz").expect(200).await["status"], "ok");
    assert_eq!(app.get("/readyz").expect(200).await["status"], "ready");
    assert_eq!(app.get("/metrics").on_this_machine().refused(404).await, "not_found");
    app.store.close().await;
    let down = app.get("/readyz").send().await;
    assert_eq!((down.status.as_u16(), down.header("retry-after")), (503, "5"));
    assert_eq!(app.get("/healthz").expect(200).await["status"], "ok");
}

async fn metrics_are_for_this_machine(app: App) {
    let handle = PrometheusBuilder::new().build_recorder().handle();
    let app = app.configured(|config| config.metrics = Some(handle.clone()));
    let metrics = app.get("/metrics").on_this_machine().send().await;
    assert_eq!(
        (metrics.status.as_u16(), metrics.header("content-type")),
        (200, "text/plain; version=0.0.4; charset=utf-8")
    );
    assert_eq!(app.get("/metrics").refused(403).await, "forbidden");
    let proxied = app.get("/metrics").on_this_machine().header("forwarded", "for=203.0.113.9");
    assert_eq!(proxied.refused(403).await, "forbidden");
    let app = app.configured(|config| (config.metrics, config.metrics_public) = (Some(handle), true));
    assert_eq!(app.get("/metrics").send().await.status.as_u16(), 200);
}
