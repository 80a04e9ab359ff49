use serde_json::json;

use super::{Client, NEW, PERSONAL, event, inside, refusal};
use crate::desk::Desk;

async fn fill(ada: &Client<'_>, count: usize) {
    for number in 0..count {
        ada.put(&format!("{number}.ics"), NEW, &event(&number.to_string(), &format!("Event {number}"))).await.ok();
    }
}

fn token(answer: &crate::desk::Answer) -> String {
    inside(answer, "d:sync-token")[0].to_owned()
}

#[tokio::test]
async fn a_token_brings_what_changed_since() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    fill(&ada, 3).await;
    let first = ada.sync("").await;
    assert_eq!((first.status, inside(&first, "d:href").len()), (207, 3));
    let quiet = ada.sync(&token(&first)).await;
    assert_eq!((inside(&quiet, "d:href").len(), token(&quiet)), (0, token(&first)));
    ada.put("1.ics", ("if-match", "*"), &event("1", "Changed")).await.ok();
    ada.send("DELETE", &format!("{PERSONAL}2.ics"), &[("if-match", "*")], "").await.ok();
    let delta = ada.sync(&token(&first)).await;
    assert_eq!(inside(&delta, "d:href"), [format!("{PERSONAL}1.ics"), format!("{PERSONAL}2.ics")]);
    assert_eq!(inside(&delta, "d:status"), ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]);
    let anew = ada.sync("").await;
    assert_eq!(inside(&anew, "d:href").len(), 2, "from the beginning nothing is removed");
}

#[tokio::test]
async fn what_is_no_token_any_more_fails_the_precondition() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    fill(&ada, 2).await;
    let known = token(&ada.sync("").await);
    let calendar = json!({"account": "ada@example.com", "segment": "work", "name": "Work"});
    desk.control("POST", "caldav/calendars", calendar).await.ok();
    for wrong in ["nonsense", &format!("{known}0"), &known.replace("/sync/", "/other/")] {
        assert_eq!(refusal(&ada.sync(wrong).await), (403, "valid-sync-token"), "{wrong}");
    }
    desk.control("POST", "caldav/expire-sync-tokens", json!({})).await.ok();
    for status in [403, 409, 412] {
        desk.switch(json!({"caldav": {"staleTokenStatus": status}})).await;
        assert_eq!(refusal(&ada.sync(&known).await), (status, "valid-sync-token"));
    }
    desk.switch(json!({"caldav": {"staleTokenListsAll": true}})).await;
    let all = ada.sync(&known).await;
    assert_eq!((all.status, inside(&all, "d:href").len()), (207, 2));
    assert_ne!(token(&all), known);
}

#[tokio::test]
async fn long_answers_come_in_parts() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    fill(&ada, 5).await;
    desk.switch(json!({"caldav": {"pageSize": 2}})).await;
    let (mut since, mut seen) = (String::new(), Vec::new());
    for page in 0..3 {
        let answer = ada.sync(&since).await;
        let more = answer.text.contains("HTTP/1.1 507 Insufficient Storage");
        assert_eq!(more, page < 2);
        seen.extend(inside(&answer, "d:href").into_iter().filter(|href| href.ends_with(".ics")).map(str::to_owned));
        since = token(&answer);
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
    assert_eq!(inside(&ada.sync(&since).await, "d:href").len(), 0);
    let most = "<sync-collection xmlns='DAV:'><sync-token/><sync-level>1</sync-level><limit><nresults>1</nresults></limit><prop/></sync-collection>";
    let one = ada.send("REPORT", PERSONAL, &[("depth", "0")], most).await;
    assert_eq!(inside(&one, "d:href").len(), 2, "one object and the word that there are more");
    assert_eq!(ada.send("REPORT", PERSONAL, &[("depth", "1")], most).await.status, 400, "RFC 6578 3.2");
}

#[tokio::test]
async fn objects_come_by_name_and_by_what_is_in_them() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    fill(&ada, 3).await;
    let hrefs = format!("<d:href>{PERSONAL}0.ics</d:href><d:href>{PERSONAL}9.ics</d:href>");
    let ask = |hrefs: &str| {
        format!(
            "<c:calendar-multiget xmlns:d='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'><d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"
        )
    };
    let got = ada.send("REPORT", PERSONAL, &[("depth", "1")], &ask(&hrefs)).await;
    assert_eq!(inside(&got, "d:status"), ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]);
    assert!(inside(&got, "c:calendar-data")[0].contains("SUMMARY:Event 0&#13;\n"), "{}", got.text);
    let query = |inner: &str| {
        format!(
            "<c:calendar-query xmlns:d='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'><d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name='VCALENDAR'><c:comp-filter name='VEVENT'>{inner}</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
        )
    };
    let found = |answer: &crate::desk::Answer| inside(answer, "d:href").len();
    let depth = [("depth", "1")];
    let all = ada.send("REPORT", PERSONAL, &depth, &query("")).await;
    assert_eq!(found(&all), 3);
    let range = query("<c:time-range start='20261201T103000Z' end='20261201T110000Z'/>");
    assert_eq!(found(&ada.send("REPORT", PERSONAL, &depth, &range).await), 3);
    let none = query("<c:time-range start='20261202T000000Z'/>");
    assert_eq!(found(&ada.send("REPORT", PERSONAL, &depth, &none).await), 0);
    let named = query("<c:prop-filter name='SUMMARY'><c:text-match>EVENT 1</c:text-match></c:prop-filter>");
    assert_eq!(found(&ada.send("REPORT", PERSONAL, &depth, &named).await), 1);
    assert_eq!(found(&ada.send("REPORT", PERSONAL, &[], &query("")).await), 0, "Depth 0 is about the collection");
    let busy = "<c:free-busy-query xmlns:c='urn:ietf:params:xml:ns:caldav'/>";
    assert_eq!(refusal(&ada.send("REPORT", PERSONAL, &depth, busy).await), (403, "supported-report"));
}
