//! Nobody reaches what is not theirs: every operation of the document, asked by nobody, by another
//! tenant's owner, by another member and by a lower role. An operation without a row here fails.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::{App, Person};
use crate::database::on_both;
use crate::request::{Answer, Request};
use crate::seed::Home;

on_both!(
    nobody_gets_in_without_signing_in,
    what_is_not_yours_is_not_there,
    lists_show_what_is_yours_alone,
    a_member_does_not_run_jobs,
    an_admin_sees_the_tenant,
);

/// Who may ask.
#[derive(Clone, Copy, PartialEq)]
enum Access {
    /// Everybody.
    Anyone,
    /// Whoever is signed in; the answer is about the own things.
    SignedIn,
    /// Whoever may see the object that is named.
    Named,
    /// The person whose object it is, and no admin either.
    Own,
    /// Admins and owners.
    Admin,
    /// Whoever knows the secret of the deployment.
    Cron,
}

struct Operation {
    method: &'static str,
    /// As the document has it.
    path: &'static str,
    /// What stands in its place, after `?` the query.
    fill: &'static str,
    body: Option<Value>,
    access: Access,
}

fn operation(method: &'static str, path: &'static str, access: Access) -> Operation {
    Operation { method, path, fill: path, body: None, access }
}

fn named(method: &'static str, path: &'static str, fill: &'static str) -> Operation {
    Operation { fill, ..operation(method, path, Access::Named) }
}

fn own(method: &'static str, path: &'static str, fill: &'static str) -> Operation {
    Operation { access: Access::Own, ..named(method, path, fill) }
}

fn operations() -> Vec<Operation> {
    use Access::{Admin, Anyone, Cron, SignedIn};
    let sign_in = json!({"email": "nobody@example.com", "password": "x"});
    let caldav = json!({"url": "https://127.0.0.1:9/", "username": "x", "password": "x"});
    let connect = json!({"accountId": "{account}", "externalCalendarId": "primary"});
    let window = "/api/calendar/events?start=2026-11-01&end=2026-12-01";
    vec![
        Operation { body: Some(sign_in), ..operation("POST", "/api/session", Anyone) },
        operation("DELETE", "/api/session", Anyone),
        operation("GET", "/api/session", SignedIn),
        operation("GET", "/api/calendar/health", SignedIn),
        Operation {
            body: Some(json!({"provider": "google"})),
            ..operation("POST", "/api/calendar/health/resync", SignedIn)
        },
        Operation {
            body: Some(json!({"provider": "google", "connectionId": "{connection}"})),
            ..named("POST", "/api/calendar/health/resync", "/api/calendar/health/resync")
        },
        operation("POST", "/api/calendar/sync/manual", SignedIn),
        operation("POST", "/api/cron/calendar-sync", Cron),
        operation("POST", "/api/admin/calendar/jobs/run", Admin),
        operation("GET", "/api/calendar/providers", SignedIn),
        named("GET", "/api/calendar/oauth/{provider}/start", "/api/calendar/oauth/google/start?accountId={account}"),
        // A page; what it does is tested with the flow.
        Operation {
            fill: "/api/calendar/oauth/google/callback?state=x&code=y",
            ..operation("GET", "/api/calendar/oauth/{provider}/callback", SignedIn)
        },
        operation("GET", "/api/calendar/accounts", SignedIn),
        Operation { body: Some(caldav), ..operation("POST", "/api/calendar/accounts/caldav", SignedIn) },
        named("GET", "/api/calendar/accounts/{id}", "/api/calendar/accounts/{account}"),
        named("DELETE", "/api/calendar/accounts/{id}", "/api/calendar/accounts/{account}"),
        named("POST", "/api/calendar/accounts/{id}/disconnect", "/api/calendar/accounts/{account}/disconnect"),
        named("GET", "/api/calendar/accounts/{id}/calendars", "/api/calendar/accounts/{account}/calendars"),
        operation("GET", "/api/calendar/connections", SignedIn),
        Operation { body: Some(connect), ..named("POST", "/api/calendar/connections", "/api/calendar/connections") },
        named("GET", "/api/calendar/connections/{id}", "/api/calendar/connections/{connection}"),
        Operation {
            body: Some(json!({"name": "Mine now"})),
            ..named("PATCH", "/api/calendar/connections/{id}", "/api/calendar/connections/{connection}")
        },
        named("DELETE", "/api/calendar/connections/{id}", "/api/calendar/connections/{connection}?confirm=true"),
        named("POST", "/api/calendar/connections/{id}/sync", "/api/calendar/connections/{connection}/sync"),
        named("POST", "/api/calendar/connections/{id}/resync", "/api/calendar/connections/{connection}/resync"),
        named("GET", "/api/calendar/connections/{id}/runs", "/api/calendar/connections/{connection}/runs"),
        named("GET", "/api/calendar/connections/{id}/events", "/api/calendar/connections/{connection}/events"),
        operation("GET", "/api/calendar/calendars", SignedIn),
        Operation { body: Some(json!({"name": "Mine"})), ..operation("POST", "/api/calendar/calendars", SignedIn) },
        Operation {
            body: Some(json!({"name": "Mine now"})),
            ..own("PATCH", "/api/calendar/calendars/{id}", "/api/calendar/calendars/{calendar}")
        },
        own("DELETE", "/api/calendar/calendars/{id}", "/api/calendar/calendars/{calendar}?confirm=true"),
        Operation {
            body: Some(json!({"calendarId": "{calendar}", "start": "2026-11-21T10:00:00Z"})),
            ..own("POST", "/api/calendar/events", "/api/calendar/events")
        },
        Operation {
            body: Some(json!({"title": "Mine now"})),
            ..own("PATCH", "/api/calendar/events/{eventId}", "/api/calendar/events/{event}")
        },
        own("DELETE", "/api/calendar/events/{eventId}", "/api/calendar/events/{event}"),
        Operation {
            body: Some(json!({"response": "declined"})),
            ..own("POST", "/api/calendar/events/{eventId}/answer", "/api/calendar/events/{event}/answer")
        },
        Operation { fill: window, ..operation("GET", "/api/calendar/events", SignedIn) },
        Operation {
            access: Access::Own,
            ..named(
                "GET",
                "/api/calendar/events",
                "/api/calendar/events?start=2026-11-01&end=2026-12-01&calendarId={calendar}",
            )
        },
        Operation {
            access: Access::Own,
            ..named("GET", "/api/calendar/events/{eventId}", "/api/calendar/events/{event}")
        },
        operation("GET", "/api/calendar/conflicts", SignedIn),
        own("GET", "/api/calendar/conflicts", "/api/calendar/conflicts?connectionId={connection}"),
        own("GET", "/api/calendar/conflicts/{id}", "/api/calendar/conflicts/{conflict}"),
        Operation {
            body: Some(json!({"choice": "local"})),
            ..own("POST", "/api/calendar/conflicts/{id}/resolve", "/api/calendar/conflicts/{conflict}/resolve")
        },
        own("POST", "/api/calendar/conflicts/{id}/reset", "/api/calendar/conflicts/{conflict}/reset"),
        own("GET", "/api/calendar/connections/{id}/plan", "/api/calendar/connections/{connection}/plan"),
        Operation {
            body: Some(json!({"privacy": "busy"})),
            ..own("POST", "/api/calendar/connections/{id}/plan", "/api/calendar/connections/{connection}/plan")
        },
        operation("GET", "/api/calendar/held", SignedIn),
        named("POST", "/api/calendar/connections/{id}/release", "/api/calendar/connections/{connection}/release"),
        named("POST", "/api/calendar/connections/{id}/discard", "/api/calendar/connections/{connection}/discard"),
        own("POST", "/api/calendar/held/{id}/release", "/api/calendar/held/{mapping}/release"),
        own("POST", "/api/calendar/held/{id}/discard", "/api/calendar/held/{mapping}/discard"),
        Operation {
            fill: "/api/calendar/journal?connectionId={connection}",
            ..operation("GET", "/api/calendar/journal", SignedIn)
        },
        operation("GET", "/api/audit", SignedIn),
        operation("GET", "/api/notifications", SignedIn),
        Operation { body: Some(json!({})), ..operation("POST", "/api/notifications/read", SignedIn) },
        own("GET", "/api/calendar/events/{eventId}/why", "/api/calendar/events/{event}/why"),
        own("GET", "/api/calendar/why", "/api/calendar/why?externalId=ext-{event}"),
        operation("GET", "/api/calendar/stream", SignedIn),
    ]
}

impl Operation {
    /// The request about these things; `None` for a person: nobody.
    fn request(&self, app: &App, person: Option<&Person>, fill: impl Fn(&str) -> String) -> Request {
        let mut request = Request::new(app.router.clone(), self.method, &fill(self.fill));
        if let Some(body) = &self.body {
            request = request.json(&serde_json::from_str(&fill(&body.to_string())).unwrap());
        }
        match person {
            Some(person) => request.by(person),
            None => request,
        }
    }

    fn label(&self) -> String {
        format!("{} {}", self.method, self.fill)
    }

    fn is_page(&self) -> bool {
        self.path.ends_with("/callback")
    }

    fn is_stream(&self) -> bool {
        self.path.ends_with("/stream")
    }
}

fn ids(home: &Home) -> impl Fn(&str) -> String {
    |text: &str| {
        text.replace("{account}", &home.account.id)
            .replace("{connection}", &home.connection.id)
            .replace("{calendar}", &home.connection.calendar_id)
            .replace("{event}", &home.event_id)
            .replace("{conflict}", &home.conflict_id)
            .replace("{mapping}", &home.held_id)
    }
}

/// Ids of the right form that nobody has.
fn nowhere(text: &str) -> String {
    ["{account}", "{connection}", "{calendar}", "{event}", "{conflict}", "{mapping}"]
        .into_iter()
        .fold(text.to_owned(), |text, name| text.replace(name, "0193f3a0-0000-7000-8000-000000000000"))
}

/// All of an answer that an outsider could compare.
fn visible(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body["requestId"].take();
    (answer.status.as_u16(), body)
}

#[test]
fn every_operation_of_the_document_is_in_the_table() {
    let document = serde_json::to_value(tidecal_web::openapi()).unwrap();
    let mut documented = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            documented.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let in_table: BTreeSet<String> =
        operations().iter().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    assert_eq!(documented, in_table);
}

async fn nobody_gets_in_without_signing_in(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Canary").await;
    let stranger = Person { cookie: "tidecal_session=not-a-session".to_owned(), ..app.ada.clone() };
    for operation in operations().iter().filter(|operation| operation.access != Access::Anyone) {
        for person in [None, Some(&stranger)] {
            let answer = operation.request(&app, person, ids(&home)).send().await;
            assert_eq!(answer.status.as_u16(), 401, "{}", operation.label());
            assert!(!answer.text().contains("Canary"), "{}", operation.label());
            if !operation.is_page() {
                assert_eq!(answer.json()["code"], "unauthenticated", "{}", operation.label());
            }
        }
    }
}

async fn what_is_not_yours_is_not_there(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Canary").await;
    // They have things of their own, which must not matter.
    app.home(&app.ben.scope, "Ben").await;
    app.home(&app.dora.scope, "Dora").await;
    for operation in operations().iter().filter(|operation| matches!(operation.access, Access::Named | Access::Own)) {
        for person in [&app.dora, &app.ben] {
            let theirs = operation.request(&app, Some(person), ids(&home)).send().await;
            let none = operation.request(&app, Some(person), nowhere).send().await;
            assert_eq!(theirs.status.as_u16(), 404, "{}: {}", operation.label(), theirs.text());
            assert_eq!(visible(&theirs), visible(&none), "{}", operation.label());
        }
    }
    let mine = app.get(&format!("/api/calendar/connections/{}", home.connection.id)).by(&app.ada).expect(200).await;
    assert_eq!(mine["name"], "Canary");
}

async fn lists_show_what_is_yours_alone(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Canary").await;
    let secrets = [&home.account.id, &home.connection.id, &home.connection.calendar_id, &home.event_id];
    let asked = |operation: &&Operation| operation.access == Access::SignedIn && !operation.is_stream();
    for operation in operations().iter().filter(asked) {
        for person in [&app.dora, &app.ben] {
            let answer = operation.request(&app, Some(person), ids(&home)).send().await;
            assert!(!answer.status.is_server_error(), "{}: {}", operation.label(), answer.text());
            let text = answer.text();
            assert!(!text.to_lowercase().contains("canary"), "{}: {text}", operation.label());
            assert!(secrets.iter().all(|id| !text.contains(*id)), "{}: {text}", operation.label());
        }
    }
}

async fn a_member_does_not_run_jobs(app: App) {
    for operation in operations().iter().filter(|operation| operation.access == Access::Admin) {
        assert_eq!(operation.request(&app, Some(&app.ben), nowhere).refused(403).await, "forbidden");
        for person in [&app.carl, &app.ada] {
            operation.request(&app, Some(person), nowhere).expect(200).await;
        }
    }
}

async fn an_admin_sees_the_tenant(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Canary").await;
    let seen = |operation: &&Operation| operation.method == "GET" && !operation.is_page() && !operation.is_stream();
    for operation in operations().iter().filter(seen) {
        let answer = operation.request(&app, Some(&app.carl), ids(&home)).send().await;
        // How a colleague's calendar fares is an admin's business, what is in it is not.
        let hidden = answer.status.as_u16() == 404;
        assert_eq!(hidden, operation.access == Access::Own, "{}: {}", operation.label(), answer.text());
        assert!(!answer.status.is_server_error(), "{}: {}", operation.label(), answer.text());
    }
    let list = app.get("/api/calendar/connections").by(&app.carl).expect(200).await;
    assert_eq!(list["items"][0]["name"], "Canary");
}
