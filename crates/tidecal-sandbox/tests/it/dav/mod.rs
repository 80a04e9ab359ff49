//! The CalDAV server, as a client without manners or with them meets it.

mod finding;
mod objects;
mod switched;
mod syncing;

use serde_json::{Value, json};

use crate::desk::{ADA, Answer, Desk};

pub(crate) const PASSWORD: &str = "caldav-sandbox-secret";
pub(crate) const PERSONAL: &str = "/dav/calendars/ada@example.com/personal/";

pub(crate) struct Client<'a> {
    desk: &'a Desk,
    login: &'a str,
    password: &'a str,
}

impl<'a> Client<'a> {
    pub(crate) fn ada(desk: &'a Desk) -> Self {
        Self { desk, login: ADA, password: PASSWORD }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let url = self.desk.url(path);
        let mut request = self.desk.http.request(method.parse().unwrap(), url);
        request = request.basic_auth(self.login, Some(self.password)).body(body.to_owned());
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
            let kind = if method == "PUT" { "text/calendar; charset=utf-8" } else { "application/xml" };
            request = request.header("content-type", kind);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn propfind(&self, path: &str, depth: &str, props: &str) -> Answer {
        let body =
            format!("<propfind xmlns='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'><prop>{props}</prop></propfind>");
        self.send("PROPFIND", path, &[("depth", depth)], &body).await
    }

    pub(crate) async fn put(&self, file: &str, guard: (&str, &str), text: &str) -> Answer {
        self.send("PUT", &format!("{PERSONAL}{file}"), &[guard], text).await
    }

    pub(crate) async fn sync(&self, token: &str) -> Answer {
        let body = format!(
            "<sync-collection xmlns='DAV:'><sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"
        );
        self.send("REPORT", PERSONAL, &[("depth", "0")], &body).await
    }
}

/// A new object.
pub(crate) const NEW: (&str, &str) = ("if-none-match", "*");

/// An event of an hour in UTC.
pub(crate) fn event(uid: &str, summary: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261121T100000Z\r\n\
         DTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// The texts inside the elements of that prefixed name.
pub(crate) fn inside<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    answer.text.split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).collect()
}

/// (status, precondition) of a refusal.
pub(crate) fn refusal(answer: &Answer) -> (u16, &str) {
    let rest =
        answer.text.split_once("<d:error").and_then(|(_, rest)| rest.split_once('>')).map_or("", |(_, rest)| rest);
    let name = rest.trim_start_matches("<d:").trim_start_matches("<c:").split(['/', '>']).next().unwrap_or("");
    (answer.status, if name.starts_with("<s:message") { "" } else { name })
}

pub(crate) async fn violations(desk: &Desk) -> Vec<String> {
    let found = desk.control("GET", "violations", Value::Null).await.ok();
    desk.control("DELETE", "violations", json!({})).await.ok();
    found
        .items()
        .iter()
        .flat_map(|item| item["breaches"].as_array().unwrap().clone())
        .map(|it| it.to_string())
        .collect()
}
