use serde_json::json;

use super::{Client, NEW, PERSONAL, event, inside, refusal};
use crate::desk::Desk;

#[tokio::test]
async fn a_server_may_keep_what_it_makes_of_an_object() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    desk.switch(json!({"caldav": {"rewriteBodies": true}})).await;
    let made = ada.put("a.ics", NEW, &event("1", "x")).await.ok();
    assert_eq!(made.header("etag"), "");
    let got = ada.send("GET", &format!("{PERSONAL}a.ics"), &[], "").await;
    assert!(got.text.contains("X-SANDBOX-STORED:1\r\n") && !got.header("etag").is_empty());
    desk.switch(json!({"caldav": {"rewriteBodies": false, "noEtagOfPut": true}})).await;
    let changed = ada.put("a.ics", ("if-match", got.header("etag")), &event("1", "y")).await.ok();
    assert_eq!(changed.header("etag"), "");
}

#[tokio::test]
async fn a_server_may_do_without_sync_or_tags() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    let props = "<sync-token/><supported-report-set/><x:getctag xmlns:x='http://calendarserver.org/ns/'/>";
    let rich = ada.propfind(PERSONAL, "0", props).await;
    assert!(rich.text.contains("sync-collection") && rich.text.contains("<d:sync-token>http"), "{}", rich.text);
    assert_eq!(inside(&rich, "cs:getctag").len(), 1);
    desk.switch(json!({"caldav": {"noSyncCollection": true, "noCtag": true}})).await;
    let poor = ada.propfind(PERSONAL, "0", props).await;
    assert!(!poor.text.contains("sync-collection") && !poor.text.contains("<d:sync-token>"), "{}", poor.text);
    assert_eq!(inside(&poor, "cs:getctag").len(), 0);
    assert_eq!(refusal(&ada.sync("").await), (403, "supported-report"));
}

#[tokio::test]
async fn faults_name_preconditions_and_strike_one_calendar() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    desk.fault(json!({"operation": "caldav.sync", "reason": "valid-sync-token", "calendarId": PERSONAL})).await;
    assert_eq!(refusal(&ada.sync("").await), (403, "valid-sync-token"));
    desk.fault(json!({"operation": "caldav.put", "reason": "quota-not-exceeded"})).await;
    assert_eq!(refusal(&ada.put("a.ics", NEW, &event("1", "x")).await), (507, "quota-not-exceeded"));
    desk.fault(json!({"operation": "caldav.*", "status": 503, "headers": {"Retry-After": "7"}})).await;
    let busy = ada.sync("").await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "7"));
    desk.fault(json!({"operation": "caldav.put", "dropConnection": "after"})).await;
    let path = desk.url(&format!("{PERSONAL}a.ics"));
    let lost = desk.http.put(path).basic_auth("ada@example.com", Some(super::PASSWORD));
    let lost =
        lost.header("content-type", "text/calendar").header("if-none-match", "*").body(event("1", "x")).send().await;
    assert!(lost.is_err());
    assert_eq!(inside(&ada.sync("").await, "d:href").len(), 1, "it was carried out");
    desk.switch(json!({"caldav": {"omitFromMultiget": 1}})).await;
    let ask = format!(
        "<c:calendar-multiget xmlns:d='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'><d:prop><d:getetag/></d:prop><d:href>{PERSONAL}a.ics</d:href></c:calendar-multiget>"
    );
    assert_eq!(inside(&ada.send("REPORT", PERSONAL, &[("depth", "1")], &ask).await, "d:href").len(), 0);
}
