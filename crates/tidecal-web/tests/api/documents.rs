//! The document that describes the interface, its reader, and the pages with words.

use serde_json::Value;

use crate::app::App;
use crate::database::on_both;

on_both!(the_document_is_served_with_its_reader, guides_are_pages_that_hints_can_point_into);

fn document() -> Value {
    serde_json::to_value(tidecal_web::openapi()).unwrap()
}

/// The committed text is the one that the code makes: whoever changes the interface sees it here.
#[test]
fn the_document_is_the_one_that_was_agreed() {
    let mut document = document();
    document["info"]["version"] = Value::from("[version]");
    insta::assert_json_snapshot!("openapi", document);
}

#[test]
fn it_is_openapi_3_1_and_whole() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to and not there");
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} has no title");
            assert!(operation["tags"][0].is_string(), "{method} {path} has no tag");
            assert!(operation["operationId"].is_string(), "{method} {path} has no id");
        }
    }
}

async fn the_document_is_served_with_its_reader(app: App) {
    let served = app.get("/api/openapi.json").expect(200).await;
    assert_eq!(served, document());
    let to = app.get("/docs").send().await;
    assert_eq!((to.status.as_u16(), to.header("location")), (303, "/docs/"));
    let reader = app.get("/docs/").send().await;
    assert!(reader.text().contains("swagger-ui"));
    let start = app.get("/docs/swagger-initializer.js").send().await;
    assert!(start.text().contains("/api/openapi.json"));
    assert!(app.get("/docs/swagger-ui-bundle.js").send().await.body.len() > 100_000);
    assert_eq!(app.get("/docs/none.md").refused(404).await, "not_found");
}

async fn guides_are_pages_that_hints_can_point_into(app: App) {
    let guide = app.get("/docs/guide.md").send().await;
    assert_eq!((guide.status.as_u16(), guide.header("content-type")), (200, "text/html; charset=utf-8"));
    let text = guide.text();
    assert!(text.contains("<h2 id=\"1-token-expired\">## 1. Token &lt;expired&gt;</h2>"), "{text}");
    assert!(text.contains("Reconnect &amp; wait."), "{text}");
}
