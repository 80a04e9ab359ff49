use serde_json::json;

use super::{Client, PERSONAL, inside, refusal};
use crate::desk::{ADA, BEN, Desk};

#[tokio::test]
async fn the_well_known_address_leads_to_ones_calendars() {
    let desk = Desk::with(|config| config.filled = true).await;
    let ada = Client::ada(&desk);
    let moved = ada.send("PROPFIND", "/.well-known/caldav", &[], "").await;
    assert_eq!((moved.status, moved.header("location")), (301, "/dav/"));
    let root = ada.propfind("/dav/", "0", "<current-user-principal/>").await;
    assert_eq!(
        (root.status, inside(&root, "d:current-user-principal")),
        (207, vec!["<d:href>/dav/principals/ada@example.com/</d:href>"])
    );
    assert!(root.header("dav").contains("calendar-access"));
    let props = "<displayname/><c:calendar-home-set/><c:calendar-user-address-set/><c:nothing/>";
    let principal = ada.propfind("/dav/principals/ada@example.com/", "0", props).await;
    assert_eq!(inside(&principal, "c:calendar-home-set"), ["<d:href>/dav/calendars/ada@example.com/</d:href>"]);
    assert_eq!(inside(&principal, "c:calendar-user-address-set"), ["<d:href>mailto:ada@example.com</d:href>"]);
    assert_eq!(inside(&principal, "d:status"), ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]);
    let home = ada
        .propfind("/dav/calendars/ada@example.com/", "1", "<displayname/><resourcetype/><current-user-privilege-set/>")
        .await;
    assert_eq!(inside(&home, "d:displayname"), ["Ada Keller", "Personal", "School", "Tasks", "Team"]);
    assert_eq!(home.text.matches("<c:calendar/>").count(), 4);
    assert_eq!(home.text.matches("<d:write/>").count(), 4, "the school's calendar is only read");
}

#[tokio::test]
async fn nobody_gets_in_without_the_password_or_into_other_peoples_calendars() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    for (login, password) in [(ADA, "wrong"), ("eve@example.com", super::PASSWORD)] {
        let stranger = Client { desk: &desk, login, password };
        let answer = stranger.propfind("/dav/", "0", "<resourcetype/>").await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Basic realm=\"sandbox\", charset=\"UTF-8\"")
        );
    }
    let path = "/dav/calendars/ben@example.com/personal/";
    assert_eq!(refusal(&ada.propfind(path, "0", "<resourcetype/>").await), (403, "need-privileges"));
    assert_eq!(ada.propfind("/dav/calendars/eve@example.com/", "0", "<resourcetype/>").await.status, 404);
    let ben = Client { desk: &desk, login: BEN, password: super::PASSWORD };
    assert_eq!(ben.propfind(path, "0", "<resourcetype/>").await.status, 207);
    desk.control("POST", "caldav/password", json!({"account": ADA, "password": "other"})).await.ok();
    assert_eq!(ada.propfind("/dav/", "0", "<resourcetype/>").await.status, 401);
}

#[tokio::test]
async fn questions_without_a_depth_or_in_broken_xml_are_refused() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    let ask = "<propfind xmlns='DAV:'><allprop/></propfind>";
    assert_eq!(refusal(&ada.send("PROPFIND", PERSONAL, &[], ask).await), (403, "propfind-finite-depth"));
    assert_eq!(ada.send("PROPFIND", PERSONAL, &[("depth", "2")], ask).await.status, 400);
    assert_eq!(ada.send("PROPFIND", PERSONAL, &[("depth", "0")], "<propfind").await.status, 400);
    let kind = ("content-type", "text/plain");
    assert_eq!(ada.send("PROPFIND", PERSONAL, &[("depth", "0"), kind], ask).await.status, 415);
    assert_eq!(super::violations(&desk).await.len(), 4);
    let names =
        ada.send("PROPFIND", PERSONAL, &[("depth", "0")], "<propfind xmlns='DAV:'><propname/></propfind>").await;
    assert!(names.text.contains("<d:sync-token/>") && names.text.contains("<cs:getctag/>"), "{}", names.text);
    let all = ada.send("PROPFIND", PERSONAL, &[("depth", "0")], "").await;
    assert!(all.text.contains("<d:displayname>Personal") && !all.text.contains("sync-token"), "{}", all.text);
    assert_eq!(ada.send("LOCK", PERSONAL, &[], "").await.status, 405);
    assert_eq!(ada.send("OPTIONS", PERSONAL, &[], "").await.status, 200);
}

#[tokio::test]
async fn calendars_are_made_named_and_removed() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    let path = "/dav/calendars/ada@example.com/choir/";
    let body = "<c:mkcalendar xmlns='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'><set><prop><displayname>Choir &amp; Co</displayname><c:supported-calendar-component-set><c:comp name='VEVENT'/></c:supported-calendar-component-set></prop></set></c:mkcalendar>";
    assert_eq!(ada.send("MKCALENDAR", path, &[], body).await.status, 201);
    assert_eq!(refusal(&ada.send("MKCALENDAR", path, &[], body).await), (405, "resource-must-be-null"));
    assert_eq!(ada.send("MKCALENDAR", "/dav/principals/ada@example.com/", &[], body).await.status, 403);
    let shown = ada.propfind(path, "0", "<displayname/>").await;
    assert_eq!(inside(&shown, "d:displayname"), ["Choir &amp; Co"]);
    let rename =
        "<propertyupdate xmlns='DAV:'><set><prop><displayname>Singing</displayname></prop></set></propertyupdate>";
    assert_eq!(ada.send("PROPPATCH", path, &[], rename).await.status, 207);
    let protected = rename.replace("displayname", "getetag");
    assert!(ada.send("PROPPATCH", path, &[], &protected).await.text.contains("403 Forbidden"));
    assert_eq!(inside(&ada.propfind(path, "0", "<displayname/>").await, "d:displayname"), ["Singing"]);
    assert_eq!(ada.send("DELETE", path, &[], "").await.status, 204);
    assert_eq!(ada.propfind(path, "0", "<displayname/>").await.status, 404);
}
