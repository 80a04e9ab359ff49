//! Rows of the vendors beside Google.

use super::table::{Figures, Rows};

/// Microsoft Graph, with Google's figures of the same run below them.
pub(super) fn graph(figures: &Figures<'_>, rows: &mut Rows) {
    let own = |step: &str, name: &str| figures.get(&format!("tidecal-graph {step}"), name);
    let to_google = |step: &str, name: &str| {
        figures.ratio([&format!("tidecal-graph {step}"), name], [&format!("tidecal {step}"), name])
    };
    rows.told("Graph", "first sync", own("first", "cpu_s"), " CPU s");
    rows.told("Graph", "first sync, to Google's", to_google("first", "cpu_s"), " x");
    let rate = figures.ratio(["tidecal-graph first", "count"], ["tidecal-graph first", "wall_s"]);
    rows.told("Graph", "first sync, by the clock", rate, " events/s");
    rows.told("Graph", "requests of a first sync", own("first", "requests"), "");
    rows.told("Graph", "peak memory of a first sync", own("first", "peak_kb").map(|kb| kb / 1024.0), " MB");
    let each = figures.ratio(["tidecal-graph quiet", "cpu_s"], ["tidecal-graph quiet", "count"]).map(|s| s * 1e3);
    rows.told("Graph", "nothing new", each, " CPU ms");
    let google = figures.ratio(["tidecal quiet", "cpu_s"], ["tidecal quiet", "count"]).map(|s| s * 1e3);
    rows.told("Graph", "nothing new, to Google's", each.zip(google).map(|(own, google)| own / google), " x");
    let requests = figures.ratio(["tidecal-graph quiet", "requests"], ["tidecal-graph quiet", "count"]);
    rows.most(("Graph", "requests when nothing is new", "1"), requests, 1.0, "");
    rows.told("Graph", "100 changes among all", own("changes", "cpu_s").map(|s| s * 1e3), " CPU ms");
    rows.told("Graph", "100 changes among all, to Google's", to_google("changes", "cpu_s"), " x");
    rows.told("Graph", "unchanged comparison of all", own("compare", "cpu_s"), " CPU s");
    rows.told("Graph", "unchanged comparison of all, to Google's", to_google("compare", "cpu_s"), " x");
    let writes = own("compare", "synced").zip(own("compare", "updated")).map(|(synced, updated)| synced + updated);
    rows.most(("Graph", "writes after a lost cursor", "0"), writes, 0.0, "");
}

/// CalDAV, beside vdirsyncer on the same server.
pub(super) fn caldav(figures: &Figures<'_>, rows: &mut Rows) {
    let own = |step: &str, name: &str| figures.get(&format!("tidecal-caldav {step}"), name);
    let peer = |step: &str, name: &str| figures.get(&format!("vdirsyncer {step}"), name);
    rows.told("P8", "first sync, vdirsyncer, by the clock", peer("first", "wall_s"), " s");
    rows.told("P8", "first sync, Tidecal, by the clock", own("first", "wall_s"), " s");
    let wall = figures.ratio(["tidecal-caldav first", "wall_s"], ["vdirsyncer first", "wall_s"]);
    rows.most(("P8", "Tidecal to vdirsyncer, by the clock", "at most 1 x"), wall, 1.0, " x");
    rows.told("P8", "first sync, vdirsyncer", peer("first", "cpu_s"), " CPU s");
    rows.most(("P8", "first sync, Tidecal", "at most 3 CPU s"), own("first", "cpu_s"), 3.0, " CPU s");
    let megabytes = |kb: f64| kb / 1024.0;
    rows.told("P8", "peak memory, vdirsyncer", peer("first", "peak_kb").map(megabytes), " MB");
    rows.most(("P8", "peak memory, Tidecal", "at most 60 MB"), own("first", "peak_kb").map(megabytes), 60.0, " MB");
    rows.told("P8", "requests of a first sync, vdirsyncer", peer("first", "requests"), "");
    rows.told("P8", "requests of a first sync, Tidecal", own("first", "requests"), "");
    let each =
        |who: &str, name: &str| figures.ratio([&format!("{who} still"), name], [&format!("{who} still"), "count"]);
    rows.told("P9", "nothing new, vdirsyncer", each("vdirsyncer", "cpu_s"), " CPU s");
    rows.most(("P9", "nothing new, Tidecal", "at most 0.05 CPU s"), each("tidecal-caldav", "cpu_s"), 0.05, " CPU s");
    rows.most(("P9", "requests when nothing is new", "at most 2"), each("tidecal-caldav", "requests"), 2.0, "");
    rows.told("P9", "bytes of bodies, vdirsyncer", each("vdirsyncer", "bytes"), "");
    rows.most(("P9", "bytes of bodies, Tidecal", "at most 1 000"), each("tidecal-caldav", "bytes"), 1000.0, "");
    rows.told("P9", "100 changes, vdirsyncer", peer("changes", "cpu_s"), " CPU s");
    rows.told("P9", "100 changes, Tidecal", own("changes", "cpu_s"), " CPU s");
    rows.most(("P9", "requests for 100 changes", "at most 4"), own("changes", "requests"), 4.0, "");
}
