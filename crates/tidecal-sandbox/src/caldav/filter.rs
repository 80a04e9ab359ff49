//! Filters of calendar-query (RFC 4791 9.7): components, stretches of time, texts of properties.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use roxmltree::Node;

use super::asked::{child, elements, name_of};
use super::errors::{DavError, Result};
use super::xml::Ns;
use crate::data::rule::basic_date_time;
use crate::ics::line::Line;
use crate::ics::span::touches;
use crate::ics::tree::Component;

/// A filter for one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    name: String,
    absent: bool,
    range: Option<(Option<Timestamp>, Option<Timestamp>)>,
    components: Vec<Filter>,
    properties: Vec<Property>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Property {
    name: String,
    absent: bool,
    text: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    /// In lower case unless every octet counts.
    sought: String,
    octets: bool,
    negated: bool,
}

impl Filter {
    /// Reads `C:filter`: one comp-filter, for the calendar itself.
    pub(crate) fn read(node: Node<'_, '_>) -> Result<Self> {
        let mut inside = elements(node);
        let (Some(first), None) = (inside.next(), inside.next()) else {
            return Err(invalid("a filter has one comp-filter"));
        };
        let filter = component(first)?;
        if filter.name != "VCALENDAR" || filter.range.is_some() {
            return Err(invalid("the outermost comp-filter is for VCALENDAR"));
        }
        Ok(filter)
    }

    /// Whether the object is among those meant.
    pub(crate) fn admits(&self, calendar: &Component) -> bool {
        self.name == calendar.name && !self.absent && self.inside(calendar)
    }

    fn inside(&self, own: &Component) -> bool {
        self.properties.iter().all(|property| property.admits(own))
            && self.components.iter().all(|filter| filter.admits_a_part(own))
    }

    fn admits_a_part(&self, outer: &Component) -> bool {
        if self.absent {
            return outer.parts_named(&self.name).next().is_none();
        }
        let in_time = self.range.is_none_or(|(from, to)| touches(outer, &self.name, from, to));
        in_time && outer.parts_named(&self.name).any(|part| self.inside(part))
    }
}

impl Property {
    fn admits(&self, own: &Component) -> bool {
        if self.absent {
            return own.line(&self.name).is_none();
        }
        own.all(&self.name).any(|line| self.text.as_ref().is_none_or(|text| text.admits(line)))
    }
}

impl Text {
    fn admits(&self, line: &Line) -> bool {
        let found = if self.octets {
            line.value.contains(&self.sought)
        } else {
            line.value.to_ascii_lowercase().contains(&self.sought)
        };
        found != self.negated
    }
}

fn invalid(why: &str) -> DavError {
    DavError::caldav(403, "valid-filter", why)
}

fn unsupported(what: &str) -> DavError {
    DavError::caldav(403, "supported-filter", format!("{what} is not served"))
}

fn component(node: Node<'_, '_>) -> Result<Filter> {
    if !name_of(node).is(Ns::CALDAV, "comp-filter") {
        return Err(invalid("a filter holds comp-filter"));
    }
    let name = node.attribute("name").ok_or_else(|| invalid("comp-filter has no name"))?.to_ascii_uppercase();
    let absent = child(node, Ns::CALDAV, "is-not-defined").is_some();
    let mut filter = Filter { name, absent, range: None, components: Vec::new(), properties: Vec::new() };
    for inside in elements(node) {
        match name_of(inside).local.as_str() {
            "is-not-defined" => {}
            "time-range" => filter.range = Some(range(inside)?),
            "comp-filter" => filter.components.push(component(inside)?),
            "prop-filter" => filter.properties.push(property(inside)?),
            other => return Err(invalid(&format!("comp-filter holds {other}"))),
        }
    }
    Ok(filter)
}

/// RFC 4791 9.9: in UTC, one bound at least, the end later.
fn range(node: Node<'_, '_>) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
    let bound = |name: &str| {
        let Some(text) = node.attribute(name) else { return Ok(None) };
        let local = text.strip_suffix('Z').and_then(basic_date_time);
        let zoned = local.and_then(|local| TimeZone::UTC.to_zoned(local).ok());
        zoned.map(|zoned| Some(zoned.timestamp())).ok_or_else(|| invalid("a time-range is in UTC"))
    };
    let bounds = (bound("start")?, bound("end")?);
    match bounds {
        (None, None) => Err(invalid("a time-range has a bound")),
        (Some(start), Some(end)) if end <= start => Err(invalid("a time-range ends after its start")),
        _ => Ok(bounds),
    }
}

fn property(node: Node<'_, '_>) -> Result<Property> {
    let name = node.attribute("name").ok_or_else(|| invalid("prop-filter has no name"))?.to_ascii_uppercase();
    let mut property = Property { name, absent: false, text: None };
    for inside in elements(node) {
        match name_of(inside).local.as_str() {
            "is-not-defined" => property.absent = true,
            "text-match" => property.text = Some(text(inside)?),
            other => return Err(unsupported(other)),
        }
    }
    Ok(property)
}

/// RFC 4791 7.5: two collations have to be there.
fn text(node: Node<'_, '_>) -> Result<Text> {
    let octets = match node.attribute("collation").unwrap_or("i;ascii-casemap") {
        "i;ascii-casemap" | "default" => false,
        "i;octet" => true,
        other => return Err(DavError::caldav(403, "supported-collation", format!("{other} is not served"))),
    };
    let sought = node.text().unwrap_or_default();
    let sought = if octets { sought.to_owned() } else { sought.to_ascii_lowercase() };
    Ok(Text { sought, octets, negated: node.attribute("negate-condition") == Some("yes") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ics::tree::read;
    use roxmltree::Document;

    const EVENT: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T100000Z\r\nDURATION:PT1H\r\nSUMMARY:Choir\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn filter(inside: &str) -> Result<Filter> {
        let text = format!("<filter xmlns='urn:ietf:params:xml:ns:caldav'>{inside}</filter>");
        Filter::read(Document::parse(&text).unwrap().root_element())
    }

    fn events(inside: &str) -> String {
        format!("<comp-filter name='VCALENDAR'><comp-filter name='VEVENT'>{inside}</comp-filter></comp-filter>")
    }

    #[test]
    fn components_times_and_texts_are_looked_at() {
        let calendar = read(EVENT).unwrap();
        for (inside, admitted) in [
            ("<comp-filter name='VCALENDAR'/>".to_owned(), true),
            (events(""), true),
            ("<comp-filter name='VCALENDAR'><comp-filter name='VTODO'/></comp-filter>".to_owned(), false),
            (
                "<comp-filter name='VCALENDAR'><comp-filter name='VTODO'><is-not-defined/></comp-filter></comp-filter>"
                    .to_owned(),
                true,
            ),
            (events("<time-range start='20261201T000000Z' end='20261202T000000Z'/>"), true),
            (events("<time-range start='20261202T000000Z'/>"), false),
            (events("<prop-filter name='SUMMARY'><text-match>cHoI</text-match></prop-filter>"), true),
            (
                events("<prop-filter name='SUMMARY'><text-match collation='i;octet'>cHoI</text-match></prop-filter>"),
                false,
            ),
            (
                events(
                    "<prop-filter name='SUMMARY'><text-match negate-condition='yes'>choir</text-match></prop-filter>",
                ),
                false,
            ),
            (events("<prop-filter name='LOCATION'><is-not-defined/></prop-filter>"), true),
            (events("<prop-filter name='UID'/>"), true),
        ] {
            assert_eq!(filter(&inside).unwrap().admits(&calendar), admitted, "{inside}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for inside in [
            String::new(),
            "<comp-filter name='VEVENT'/>".to_owned(),
            "<comp-filter/>".to_owned(),
            events("<time-range/>"),
            events("<time-range start='20261201T000000'/>"),
            events("<time-range start='20261202T000000Z' end='20261201T000000Z'/>"),
            events("<prop-filter name='ATTENDEE'><param-filter name='PARTSTAT'/></prop-filter>"),
            events(
                "<prop-filter name='SUMMARY'><text-match collation='i;unicode-casemap'>x</text-match></prop-filter>",
            ),
        ] {
            assert_eq!(filter(&inside).unwrap_err().status, 403, "{inside}");
        }
    }
}
