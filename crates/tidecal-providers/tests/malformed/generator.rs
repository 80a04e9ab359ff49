//! Makes malformed answers of a well-formed one. Nothing is left to chance: the same answers every time.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::peer::Target;

/// What has to come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A failure: no part of it may be taken for an answer.
    Failure,
    /// The page is read, whatever becomes of one item.
    Read,
    /// Either.
    Anything,
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) expected: Expected,
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// The body's middle is written so many times, without a length: for what does not fit into memory.
    repeat: Option<(Vec<u8>, usize)>,
    /// Pause between the pieces.
    pause: Duration,
}

impl Case {
    pub(crate) fn well(body: String) -> Self {
        Self {
            name: "well".into(),
            expected: Expected::Read,
            status: if body.starts_with("<?xml") { 207 } else { 200 },
            headers: Vec::new(),
            body: body.into_bytes(),
            repeat: None,
            pause: Duration::ZERO,
        }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    fn new(name: impl Into<String>, like: &str, expected: Expected, body: impl Into<Vec<u8>>) -> Self {
        let status = Self::well(like.to_owned()).status;
        Self { name: name.into(), expected, status, body: body.into(), ..Self::well(String::new()) }
    }

    pub(crate) async fn write(&self, stream: &mut (impl AsyncWrite + Unpin), origin: &str) -> std::io::Result<()> {
        let mut body = self.body.clone();
        if let Ok(text) = String::from_utf8(body.clone()) {
            body = text.replace("ORIGIN", origin).into_bytes();
        }
        let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", self.status);
        if self.repeat.is_none() && !self.headers.iter().any(|(name, _)| *name == "Content-Length") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await?;
        stream.write_all(&body).await?;
        if let Some((piece, times)) = &self.repeat {
            for _ in 0..*times {
                stream.write_all(piece).await?;
                pause(self.pause).await;
            }
        }
        Ok(())
    }
}

#[allow(clippy::disallowed_methods, reason = "a server that drips takes its time")]
async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// All malformed answers made of `well`.
pub(crate) fn cases(target: Target, well: &str) -> Vec<Case> {
    let mut cases = cut(target, well);
    cases.extend(odd_bodies(well));
    cases.extend(bombs(target, well));
    cases.extend(texts(target, well));
    if well.starts_with('{') {
        cases.extend(wrong_types(well));
        cases.extend(json_oddities(well));
    } else {
        cases.extend(lines(well));
    }
    cases
}

/// Ends too early, and is whole by its length: 24 places.
fn cut(target: Target, well: &str) -> Vec<Case> {
    let places = 24;
    (0..places)
        .map(|part| {
            let mut end = well.len() * part / places;
            while !well.is_char_boundary(end) {
                end -= 1;
            }
            // A calendar object that ends early is quarantined.
            let expected = if target == Target::DavObject { Expected::Anything } else { Expected::Failure };
            Case::new(format!("cut at {end}"), well, expected, &well[..end])
        })
        .collect()
}

fn odd_bodies(well: &str) -> Vec<Case> {
    let mut bad_text = Vec::new();
    for at in [well.len() / 5, well.len() / 3, well.len() / 2, well.len() * 2 / 3] {
        let mut bytes = well.as_bytes().to_vec();
        bytes.splice(at..at, [0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80]);
        bad_text.push(Case::new(format!("bad UTF-8 at {at}"), well, Expected::Anything, bytes));
    }
    let any = |name: &str, body: &str| Case::new(name, well, Expected::Anything, body);
    let refused = |name: &str, body: &str| Case::new(name, well, Expected::Failure, body);
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>";
    let mut cases = vec![
        refused("a web page", page),
        any("no text at all", "\0\0\0\0"),
        any("white space", " \r\n\t "),
        any("null", "null"),
        any("true", "true"),
        any("a number", "1e999"),
        any("a text", "\"\""),
        any("an array", "[]"),
        any("an empty object", "{}"),
        any("an error with 200", r#"{"error":{"code":500,"message":"canary"}}"#),
        any("plain text", "Service unavailable"),
        any("an empty element", "<a/>"),
        any("another document", "<d:error xmlns:d='DAV:'><d:valid-sync-token/></d:error>"),
        any("a byte order mark", &format!("\u{feff}{well}")),
        any("twice", &format!("{well}{well}")),
        any("UTF-16", &well.chars().flat_map(|c| ['\0', c]).collect::<String>()),
    ];
    for status in [201, 203, 206, 299, 304, 418, 499, 500, 599] {
        cases.push(Case::new(format!("status {status}"), well, Expected::Anything, page).with_status(status));
    }
    for (name, value) in [
        ("Content-Length", "99999999999"),
        ("Content-Length", "100000"),
        ("Content-Length", "-1"),
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "br"),
        ("Content-Type", "text/html; charset=\"nonsense"),
        ("Transfer-Encoding", "chunked"),
        ("Retry-After", "Sun, 99 Nov 2026"),
        ("WWW-Authenticate", "Digest nonce="),
        ("Location", "http://[::1"),
    ] {
        let expected =
            if value.len() > 5 || name.ends_with("Encoding") { Expected::Anything } else { Expected::Failure };
        let mut case = Case::new(format!("{name}: {value}"), well, expected, well);
        case.headers.push((name, value.to_owned()));
        cases.push(case);
    }
    cases.extend(bad_text);
    cases
}

/// Far more than there is room for.
fn bombs(target: Target, well: &str) -> Vec<Case> {
    let json = well.starts_with('{');
    let mut cases = Vec::new();
    let (open, close) = if json { ("{\"items\":[", "]}") } else { ("<a>", "</a>") };
    for depth in [100, 10_000, 300_000] {
        let body = format!("{}{}", open.repeat(depth), close.repeat(depth));
        cases.push(Case::new(format!("nested {depth} deep"), well, Expected::Anything, body));
        let member = format!("\"summary\":{}{},\"kind\"", "[".repeat(depth), "]".repeat(depth));
        let inside = well.replacen("\"kind\"", &member, 3).replacen(
            "\"value\":[{",
            &format!("\"value\":[{{\"deep\":{}{},", "[".repeat(depth), "]".repeat(depth)),
            1,
        );
        cases.push(Case::new(format!("nested {depth} deep in a member"), well, Expected::Anything, inside));
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..200 {
        packer.write_all(&zeros).unwrap();
    }
    // One event of that size is set aside, the calendar goes on.
    let of_one = matches!(target, Target::DavObject | Target::DavBodies);
    let expected = if of_one { Expected::Anything } else { Expected::Failure };
    let mut gzip = Case::new("200 MB in gzip", well, expected, packer.finish().unwrap());
    gzip.headers.push(("Content-Encoding", "gzip".to_owned()));
    cases.push(gzip);
    let start = if json { "{\"summary\":\"" } else { "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\"><d:x>" };
    let mut text = Case::new("a text of 100 MB", well, expected, start);
    text.repeat = Some((vec![b'x'; 1 << 20], 100));
    cases.push(text);
    // Takes as long as the transport's patience, so once for each vendor.
    if matches!(target, Target::GoogleEvents | Target::OutlookEvents | Target::DavListing) {
        let mut endless = Case::new("an answer that drips", well, Expected::Failure, start);
        endless.repeat = Some((vec![b'x'; 1], 1_000_000));
        endless.pause = Duration::from_millis(100);
        cases.push(endless);
    }
    let entities = format!(
        "<!DOCTYPE d [<!ENTITY a \"{}\"><!ENTITY b \"{}\"><!ENTITY c \"{}\">]><d:multistatus xmlns:d=\"DAV:\"><d:x>&c;</d:x></d:multistatus>",
        "lol".repeat(1000),
        "&a;".repeat(1000),
        "&b;".repeat(1000)
    );
    cases.push(Case::new("a billion laughs", well, Expected::Anything, entities));
    let outside = "<!DOCTYPE d SYSTEM \"file:///etc/passwd\"><d:multistatus xmlns:d=\"DAV:\"/>";
    cases.push(Case::new("a document type from elsewhere", well, Expected::Anything, outside));
    let many = if json {
        format!("{{\"items\":[{}]}}", vec!["{}"; 300_000].join(","))
    } else {
        "<d:response xmlns:d='DAV:'/>".repeat(100_000)
    };
    cases.push(Case::new("very many empty items", well, Expected::Anything, many));
    let attributes: String = (0..50_000).map(|at| format!(" a{at}=''")).collect();
    cases.push(Case::new(
        "very many attributes",
        well,
        Expected::Anything,
        format!("<d:multistatus xmlns:d='DAV:'{attributes}/>"),
    ));
    cases
}

/// Values that are spelled like values and are none, or are too much.
fn texts(target: Target, well: &str) -> Vec<Case> {
    let whole = matches!(target, Target::GoogleEvents | Target::OutlookEvents | Target::DavObject | Target::DavBodies);
    let expected = if whole { Expected::Read } else { Expected::Anything };
    let swaps = [
        ("Europe/Vienna", "Nowhere/Atlantis"),
        ("Europe/Vienna", "../../etc/passwd"),
        ("Europe/Vienna", ""),
        ("W. Europe Standard Time", "Customized Time Zone"),
        ("W. Europe Standard Time", "\u{0}"),
        ("FREQ=DAILY;COUNT=5", "FREQ=SECONDLY;COUNT=4294967295"),
        ("FREQ=DAILY;COUNT=5", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        ("FREQ=DAILY;COUNT=5", "FREQ=DAILY;INTERVAL=0"),
        ("FREQ=DAILY;COUNT=5", "FREQ=DAILY;INTERVAL=99999999999999999999"),
        ("FREQ=DAILY;COUNT=5", "FREQ=NEVER"),
        ("FREQ=DAILY;COUNT=5", "FREQ=DAILY;UNTIL=99999999T999999Z"),
        ("FREQ=DAILY;COUNT=5", "FREQ=MINUTELY;BYSECOND=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,1,2,3,4,5;BYHOUR=0,1,2,3,4"),
        ("FREQ=DAILY;COUNT=5", ";;;==;"),
        ("\"interval\":1", "\"interval\":0"),
        ("\"interval\":1", "\"interval\":99999999999"),
        ("\"numberOfOccurrences\":5", "\"numberOfOccurrences\":-5"),
        ("\"type\":\"daily\"", "\"type\":\"never\""),
        ("2026-11-23", "0001-01-01"),
        ("2026-11-23", "9999-12-31"),
        ("2026-11-23", "2026-13-45"),
        ("2026-11-23", "10000-01-01"),
        ("2026-11-23", "-0001-01-01"),
        ("20261123", "00010101"),
        ("20261123", "99991231"),
        ("20261123", "20261345"),
        ("20261123", "２０２６１１２３"),
        ("T093000", "T083000"),
        ("T09:30:00", "T08:30:00"),
        ("08:30:00.0000000", "07:30:00.0000000"),
        ("2026-12-26", "2026-12-20"),
        ("UID:a@example.com", "UID:"),
        ("UID:a@example.com", "X-UID:a"),
        ("RECURRENCE-ID;TZID=Europe/Vienna:20261124T090000", "RECURRENCE-ID:nonsense"),
        ("RECURRENCE-ID;TZID=Europe/Vienna:20261124T090000\r\n", ""),
        ("\"second\"", "\"first\""),
        ("AAMk2", "AAMk1"),
        ("\"recurringEventId\":\"first\"", "\"recurringEventId\":\"second\""),
        ("+0100", "+9999"),
        ("TRIGGER:-PT10M", "TRIGGER:-P99999999999999999W"),
        ("SEQUENCE:1", "SEQUENCE:-99999999999999999999"),
        ("mailto:ben@example.com", "\u{202e}mailto:@@@"),
        ("Daily", "\u{0}\u{1}\u{fffe}"),
        ("Daily", "\\"),
    ];
    swaps
        .into_iter()
        .filter(|(from, _)| well.contains(from))
        .map(|(from, to)| {
            let escapes = to.contains(['\u{0}', '\\']);
            let body = well.replace(from, to);
            Case::new(format!("{from} -> {to}"), well, if escapes { Expected::Anything } else { expected }, body)
        })
        .chain([Case::new("a million letters", well, Expected::Anything, well.replace("Daily", &"x".repeat(1 << 20)))])
        .collect()
}

/// Each member in turn with a value of another type.
fn wrong_types(well: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut at = 0;
    let values = ["null", "5", "[]", "{}", "\"\\ud800\"", "[[{}]]"];
    let mut number = 0;
    while let Some(colon) = well[at..].find("\":").map(|next| at + next + 2) {
        at = colon;
        let end = value_end(well, colon);
        let name = well[..colon - 2].rsplit('"').next().unwrap_or_default();
        for value in [values[number % values.len()], values[(number + 3) % values.len()]] {
            let body = format!("{}{value}{}", &well[..colon], &well[end..]);
            cases.push(Case::new(format!("{name} #{number} = {value}"), well, Expected::Anything, body));
        }
        number += 1;
    }
    cases
}

/// Where the JSON value that begins at `start` ends.
fn value_end(text: &str, start: usize) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted && depth == 0 => return at,
            b'}' | b']' if !quoted => depth -= 1,
            b',' if !quoted && depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

fn json_oddities(well: &str) -> Vec<Case> {
    let any = |name: &str, body: String| Case::new(name, well, Expected::Anything, body);
    vec![
        any("members twice", well.replacen('{', "{\"items\":[],\"value\":[],", 1)),
        any("a comment", well.replacen('{', "{/* */", 1)),
        any("a comma too many", well.replacen('{', "{,", 1)),
        any("single quotes", well.replace('"', "'")),
        any("bare names", well.replace("\"id\"", "id")),
        any("NaN", well.replace("true", "NaN")),
        any("raw line breaks in texts", well.replace("Daily", "Dai\nly")),
        any("lone surrogates", well.replace("Daily", "\\udc00")),
        any("no cursor", well.replace("nextSyncToken", "x").replace("@odata.deltaLink", "x")),
        any("an empty cursor", well.replace("\"CAAQ\"", "\"\"")),
        any("a page that is itself", well.replace("\"nextSyncToken\":\"CAAQ\"", "\"nextPageToken\":\"same\"")),
        any("a link to another host", well.replace("ORIGIN/v1.0/me", "https://evil.example.org/v1.0/me")),
        any("a link to a file", well.replace("ORIGIN/v1.0/me", "file:///etc/passwd?")),
        any("a next link for ever", well.replace("@odata.deltaLink", "@odata.nextLink")),
    ]
}

/// XML and iCalendar: each line or element in turn dropped, doubled, or spoiled.
fn lines(well: &str) -> Vec<Case> {
    let ends = if well.starts_with('<') { ">" } else { "\r\n" };
    let pieces: Vec<&str> = well.split_inclusive(ends).collect();
    let mut cases = Vec::new();
    for at in 0..pieces.len().min(60) {
        let around = |with: &str| format!("{}{with}{}", pieces[..at].concat(), pieces[at + 1..].concat());
        let piece = pieces[at];
        let spoiled = piece.replace([':', '/'], "");
        let body = match at % 3 {
            0 => around(""),
            1 => around(&piece.repeat(2)),
            _ => around(&spoiled),
        };
        cases.push(Case::new(
            format!("piece {at} {}", ["dropped", "doubled", "spoiled"][at % 3]),
            well,
            Expected::Anything,
            body,
        ));
    }
    cases
}
