//! Finding an account, and keeping its password at home.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/scripted.rs"]
mod scripted;

use scripted::{Reply, Scripted, found, is_multiget, multistatus, reply, transport};
use secrecy::SecretString;
use tidecal_core::policy::Window;
use tidecal_core::remote::{Cursor, Failure, FailureClass, ItemRef, PageQuery, PermanentScope, Reading, RemoteChange};
use tidecal_providers::caldav::{Caldav, Discovered, discover};
use tidecal_providers::{Access, Adapter as _};
use url::Url;

const CALENDAR: &str = "/cal/ada/work/";

async fn connect(allowed: &[&str], input: &str) -> Result<Discovered, Failure> {
    discover(&transport(allowed), input, " ada ", &SecretString::from("canary")).await
}

fn access(origin: &str) -> Access {
    Access::Password {
        base: Url::parse(&format!("{origin}/cal/ada/")).unwrap(),
        username: "ada".into(),
        password: SecretString::from("canary"),
    }
}

fn principal(origin: &str) -> String {
    found(
        "/dav/principals/ada/",
        &format!(
            "<c:calendar-home-set><d:href>{origin}/cal/ada/</d:href></c:calendar-home-set><d:displayname>Ada</d:displayname><c:calendar-user-address-set><d:href>urn:uuid:1</d:href><d:href>MAILTO:Ada@Example.com</d:href></c:calendar-user-address-set>"
        ),
    )
}

const TO_PRINCIPAL: &str = "<d:current-user-principal><d:href>/dav/principals/ada/</d:href></d:current-user-principal>";

#[tokio::test]
async fn the_well_known_address_leads_to_the_principal() {
    let server = Scripted::start(|asked| match asked.path.as_str() {
        "/.well-known/caldav" => reply(301, "").with("Location", "/dav"),
        "/dav" => reply(308, "").with("Location", "/dav/"),
        "/dav/" => multistatus(&found("/dav/", TO_PRINCIPAL)),
        "/dav/principals/ada/" => multistatus(&principal("")),
        _ => reply(404, ""),
    })
    .await;
    let found = connect(&[&server.origin], &server.origin).await.unwrap();
    assert_eq!(found.base.as_str(), format!("{}/dav/principals/ada/", server.origin));
    assert_eq!(
        (found.username.as_str(), found.account.email.as_str(), found.account.name.as_str()),
        ("ada", "ada@example.com", "Ada")
    );
    let asked = server.take();
    assert!(asked.iter().all(|asked| asked.method == "PROPFIND" && asked.depth.as_deref() == Some("0")));
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn a_web_site_is_no_calendar_server() {
    for answer in [
        reply(404, "x"),
        reply(405, ""),
        reply(200, "<html></html>"),
        multistatus(&found("/", "<d:displayname>files</d:displayname>")),
    ] {
        let server = Scripted::start(move |_| answer.clone()).await;
        let failure = connect(&[&server.origin], &server.origin).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Permanent(PermanentScope::Account), "{failure:?}");
        assert_eq!(failure.vendor_code.as_deref(), Some("not-caldav"));
        assert!(failure.remedy.is_some());
    }
}

#[tokio::test]
async fn circles_and_trouble_are_named() {
    let server = Scripted::start(|asked| reply(302, "").with("Location", asked.path.clone())).await;
    let failure = connect(&[&server.origin], &server.origin).await.unwrap_err();
    assert_eq!(failure.vendor_code.as_deref(), Some("redirect-loop"));
    let server = Scripted::start(|_| reply(503, "")).await;
    let failure = connect(&[&server.origin], &server.origin).await.unwrap_err();
    assert!(failure.class == FailureClass::Transient && failure.outage, "{failure:?}");
    let origin = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let origin = format!("http://{origin}");
    let failure = connect(&[&origin], &origin).await.unwrap_err();
    assert!(
        failure.class == FailureClass::Transient && failure.outage && failure.detail.contains("no connection"),
        "{failure:?}"
    );
    let failure = connect(&[], &origin).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Permanent(PermanentScope::Account), "the guard: {failure:?}");
}

/// Everything that a hostile server can say to send the password elsewhere.
#[tokio::test]
async fn the_password_stays_at_its_host() {
    let thief = Scripted::start(|_| multistatus("")).await;
    let scripts: [fn(&str) -> Reply; 4] = [
        |thief| reply(301, "").with("Location", format!("{thief}/x")),
        |thief| reply(307, "").with("Location", format!("{}/x", thief.replace("http:", ""))),
        |thief| {
            let named = format!("<d:current-user-principal><d:href>{thief}/p/</d:href></d:current-user-principal>");
            multistatus(&found("/", &named))
        },
        |thief| {
            let home = format!("<c:calendar-home-set><d:href>{thief}/h/</d:href></c:calendar-home-set>");
            multistatus(&found("/", &format!("{TO_PRINCIPAL}{home}")))
        },
    ];
    for script in scripts {
        let stolen = thief.origin.clone();
        let server = Scripted::start(move |_| script(&stolen)).await;
        // The operator allows both: it is the adapter that keeps the password at home.
        let both = [server.origin.as_str(), &thief.origin];
        let failure = connect(&both, &server.origin).await.unwrap_err();
        assert_eq!(failure.vendor_code.as_deref(), Some("foreign-host"), "{failure:?}");
        let adapter = Caldav::new(transport(&both));
        assert!(adapter.fetch_calendars(&access(&server.origin)).await.is_err());
    }
    let elsewhere = thief.origin.clone();
    let server = Scripted::start(move |asked| match asked.method.as_str() {
        "GET" => reply(302, "").with("Location", format!("{elsewhere}/x.ics")),
        "REPORT" if is_multiget(asked) => multistatus(""),
        _ => {
            multistatus(&format!("{}<d:sync-token>t</d:sync-token>", found(&format!("{elsewhere}{CALENDAR}a.ics"), "")))
        }
    })
    .await;
    let adapter = Caldav::new(transport(&[&server.origin, &thief.origin]));
    let access = access(&server.origin);
    let query = PageQuery {
        reading: Reading::Delta { cursor: Cursor("1:sync:s".into()) },
        token: None,
        window: Window::EVERYTHING,
    };
    let page = adapter.fetch_page(&access, CALENDAR, &query).await.unwrap();
    let item = ItemRef { id: format!("{CALENDAR}a.ics"), version: String::new() };
    assert_eq!(page.changes, [RemoteChange::Listed(item.clone())]);
    assert!(adapter.fetch_items(&access, CALENDAR, &[item]).await.is_err());
    let calendar = format!("{}/cal/", thief.origin);
    assert!(adapter.fetch_page(&access, &calendar, &query).await.is_err());
    assert!(thief.take().is_empty(), "nothing reached the other host");
}
