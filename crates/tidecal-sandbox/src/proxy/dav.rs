//! What habits do to the answers of a CalDAV server.

use http::header::ETAG;
use http::{HeaderMap, HeaderValue};

use super::tempers::Tempers;
use super::xml::{elements, replaced, without};

/// Which report a body asks for.
pub(super) fn report(body: &str) -> Option<&'static str> {
    ["sync-collection", "calendar-multiget", "calendar-query"]
        .into_iter()
        .find(|name| body.contains(&format!("{name} ")) || body.contains(&format!("{name}>")))
}

/// The answer's headers after the habits.
pub(super) fn headers(tempers: &Tempers, method: &str, headers: &mut HeaderMap) {
    if tempers.drop_etags || (tempers.drop_etag_of_put && method == "PUT") {
        headers.remove(ETAG);
    }
    if let (true, Some(etag)) = (tempers.weak_etags, headers.get(ETAG).and_then(|value| value.to_str().ok()))
        && !etag.starts_with("W/")
        && let Ok(weak) = HeaderValue::from_str(&format!("W/{etag}"))
    {
        headers.insert(ETAG, weak);
    }
    if tempers.no_sync_collection
        && let Some(dav) = headers.get("dav").and_then(|value| value.to_str().ok())
        && let Ok(less) = HeaderValue::from_str(&dav.replace("sync-collection", "").replace(", ,", ","))
    {
        headers.insert("dav", less);
    }
}

/// The body of a 207 after the habits; paging and tokens are not its business.
pub(super) fn body(tempers: &Tempers, report: Option<&str>, body: String) -> String {
    let mut text = body;
    let drop = |text: &str, name: &str| {
        without(text, &elements(text, name).into_iter().map(|found| found.whole).collect::<Vec<_>>())
    };
    if tempers.drop_etags {
        text = drop(&text, "getetag");
    } else if tempers.weak_etags {
        let versions: Vec<_> = elements(&text, "getetag").into_iter().map(|found| found.inside).collect();
        text = replaced(&text, &versions, |version| match version.trim() {
            "" => String::new(),
            weak if weak.starts_with("W/") => weak.to_owned(),
            strong => format!("W/{strong}"),
        });
    }
    if tempers.no_ctag {
        text = drop(&text, "getctag");
    }
    if tempers.no_sync_collection && report.is_none() {
        let reports = elements(&text, "supported-report").into_iter().map(|found| found.whole);
        let sync: Vec<_> = reports.filter(|range| text[range.clone()].contains("sync-collection")).collect();
        text = drop(&without(&text, &sync), "sync-token");
    }
    if tempers.omit_from_multiget > 0 && report == Some("calendar-multiget") {
        let responses = elements(&text, "response").into_iter().map(|found| found.whole).enumerate();
        let omitted: Vec<_> =
            responses.filter(|(at, _)| (at + 1) % tempers.omit_from_multiget == 0).map(|(_, range)| range).collect();
        text = without(&text, &omitted);
    }
    if tempers.internal_hrefs {
        let hrefs: Vec<_> = elements(&text, "href")
            .into_iter()
            .map(|found| found.inside)
            .filter(|range| text[range.clone()].starts_with('/'))
            .collect();
        text = replaced(&text, &hrefs, |href| format!("http://internal.test:8080{href}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "<m xmlns='DAV:'><response><href>/c/a</href><propstat><prop><getetag>\"1\"</getetag></prop></propstat></response><response><href>/c/b</href></response></m>";

    #[test]
    fn habits_change_what_they_name_and_nothing_else() {
        let with = |tempers: Tempers| body(&tempers, Some("calendar-multiget"), LISTING.to_owned());
        assert_eq!(with(Tempers::default()), LISTING);
        assert!(!with(Tempers { drop_etags: true, ..Tempers::default() }).contains("getetag"));
        assert!(with(Tempers { weak_etags: true, ..Tempers::default() }).contains("<getetag>W/\"1\"</getetag>"));
        let fewer = with(Tempers { omit_from_multiget: 2, ..Tempers::default() });
        assert!(fewer.contains("/c/a") && !fewer.contains("/c/b"));
        let hrefs = with(Tempers { internal_hrefs: true, ..Tempers::default() });
        assert!(hrefs.contains("<href>http://internal.test:8080/c/a</href>"));
    }

    #[test]
    fn a_server_without_reports_does_not_name_them() {
        let props = "<m xmlns='DAV:'><supported-report-set><supported-report><report><sync-collection/></report></supported-report><supported-report><report><x/></report></supported-report></supported-report-set><sync-token>t</sync-token></m>";
        let edited = body(&Tempers { no_sync_collection: true, ..Tempers::default() }, None, props.to_owned());
        assert!(!edited.contains("sync") && edited.contains("<x/>"), "{edited}");
    }
}
