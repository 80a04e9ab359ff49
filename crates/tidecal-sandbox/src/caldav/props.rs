//! Properties of every resource (RFC 4918 15, RFC 3744 5, RFC 4791 5.2, RFC 5397, RFC 6578 4, and Apple's).

use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use super::asked::Wanted;
use super::place::Place;
use super::store::{Calendar, Object};
use super::xml::{Multistatus, Name, Ns, escaped};
use crate::state::World;

/// Reports that a calendar serves.
const REPORTS: [(&str, &str); 3] =
    [(Ns::CALDAV, "calendar-multiget"), (Ns::CALDAV, "calendar-query"), (Ns::DAV, "sync-collection")];

/// Names of what `allprop` brings (RFC 4918 9.1.5; the newer properties are not among them).
const USUAL: [&str; 5] = ["resourcetype", "displayname", "getetag", "getcontenttype", "getlastmodified"];

/// Names that every kind of resource is asked for when the names alone are wanted.
const KNOWN: [(&str, &str); 24] = [
    (Ns::DAV, "resourcetype"),
    (Ns::DAV, "displayname"),
    (Ns::DAV, "getetag"),
    (Ns::DAV, "getcontenttype"),
    (Ns::DAV, "getcontentlength"),
    (Ns::DAV, "getlastmodified"),
    (Ns::DAV, "current-user-principal"),
    (Ns::DAV, "current-user-privilege-set"),
    (Ns::DAV, "owner"),
    (Ns::DAV, "principal-URL"),
    (Ns::DAV, "principal-collection-set"),
    (Ns::DAV, "supported-report-set"),
    (Ns::DAV, "sync-token"),
    (Ns::CALDAV, "calendar-home-set"),
    (Ns::CALDAV, "calendar-user-address-set"),
    (Ns::CALDAV, "calendar-description"),
    (Ns::CALDAV, "calendar-timezone"),
    (Ns::CALDAV, "calendar-timezone-id"),
    (Ns::CALDAV, "supported-calendar-component-set"),
    (Ns::CALDAV, "supported-calendar-data"),
    (Ns::CALDAV, "max-resource-size"),
    (Ns::SERVER, "getctag"),
    (Ns::APPLE, "calendar-color"),
    (Ns::APPLE, "calendar-order"),
];

/// One resource, seen by somebody.
pub(crate) struct Seen<'a> {
    pub(crate) world: &'a World,
    /// Who asks.
    pub(crate) account: &'a str,
    pub(crate) place: &'a Place,
    /// Reports bring the text of an object, PROPFIND does not (RFC 4791 9.6).
    pub(crate) with_data: bool,
}

impl Seen<'_> {
    /// Adds the resource to an answer.
    pub(crate) fn put(&self, wanted: &Wanted, into: &mut Multistatus) {
        let href = self.place.path();
        let names: Vec<Name> = match wanted {
            Wanted::These(names) => names.clone(),
            Wanted::All(more) => {
                let usual = USUAL.iter().map(|name| Name::new(Ns::DAV, name));
                let own = usual.filter(|name| self.value(name).is_some());
                own.chain(more.iter().cloned()).collect()
            }
            Wanted::Names => {
                let all = KNOWN.iter().map(|(namespace, local)| Name::new(namespace, local));
                let own: String = all.filter(|name| self.value(name).is_some()).map(|name| name.element("")).collect();
                into.properties(&href, &own, &[]);
                return;
            }
        };
        let mut found = String::new();
        let mut missing = Vec::new();
        for name in names {
            match self.value(&name) {
                Some(value) => found.push_str(&name.element(&value)),
                None => missing.push(name),
            }
        }
        into.properties(&href, &found, &missing);
    }

    /// The property's XML; `None`: this resource has none of that name.
    fn value(&self, name: &Name) -> Option<String> {
        match (name.namespace.as_str(), name.local.as_str()) {
            (Ns::DAV, "current-user-principal") => Some(self.principal_of(self.account)),
            (Ns::DAV, "owner") => self.place.owner().map(|owner| self.principal_of(owner)),
            (Ns::DAV, "principal-collection-set") => Some(href(&Place::Principals)),
            (Ns::DAV, "current-user-privilege-set") => Some(self.privileges()),
            _ => match self.place {
                Place::Root | Place::Principals | Place::Homes => collection(name, ""),
                Place::Principal(_) => self.principal(name),
                Place::Home(_) => collection(name, &self.home()?.name),
                Place::Calendar(..) => self.calendar(name, self.own_calendar()?),
                Place::Object(_, _, file) => self.object(name, self.own_calendar()?.objects.get(file)?),
            },
        }
    }

    fn home(&self) -> Option<&super::store::Home> {
        self.world.dav.homes.get(self.place.owner()?)
    }

    fn own_calendar(&self) -> Option<&Calendar> {
        match self.place {
            Place::Calendar(person, calendar) | Place::Object(person, calendar, _) => {
                self.world.dav.calendar(person, calendar)
            }
            _ => None,
        }
    }

    fn principal_of(&self, person: &str) -> String {
        href(&Place::Principal(person.to_owned()))
    }

    fn privileges(&self) -> String {
        let writable = self.own_calendar().is_none_or(|own| own.writable);
        let names: &[&str] = if writable { &["read", "write", "write-content", "bind", "unbind"] } else { &["read"] };
        names.iter().map(|name| format!("<d:privilege><d:{name}/></d:privilege>")).collect()
    }

    fn principal(&self, name: &Name) -> Option<String> {
        let person = self.place.owner()?;
        Some(match (name.namespace.as_str(), name.local.as_str()) {
            (Ns::DAV, "resourcetype") => "<d:collection/><d:principal/>".to_owned(),
            (Ns::DAV, "displayname") => escaped(&self.home()?.name),
            (Ns::DAV, "principal-URL") => self.principal_of(person),
            (Ns::CALDAV, "calendar-home-set") => href(&Place::Home(person.to_owned())),
            (Ns::CALDAV, "calendar-user-address-set") => format!("<d:href>mailto:{}</d:href>", escaped(person)),
            _ => return None,
        })
    }

    fn calendar(&self, name: &Name, own: &Calendar) -> Option<String> {
        let switches = &self.world.switches.caldav;
        let text = |text: &str| (!text.is_empty()).then(|| escaped(text));
        match (name.namespace.as_str(), name.local.as_str()) {
            (Ns::DAV, "resourcetype") => Some("<d:collection/><c:calendar/>".to_owned()),
            (Ns::DAV, "displayname") => Some(escaped(&own.name)),
            (Ns::DAV, "sync-token") => (!switches.no_sync_collection).then(|| escaped(&own.token(own.seq))),
            (Ns::DAV, "supported-report-set") => Some(reports(!switches.no_sync_collection)),
            (Ns::SERVER, "getctag") => (!switches.no_ctag).then(|| own.ctag()),
            (Ns::CALDAV, "calendar-description") => text(&own.description),
            (Ns::CALDAV, "calendar-timezone-id") => text(&own.zone),
            (Ns::CALDAV, "supported-calendar-component-set") => {
                Some(own.components.iter().map(|it| format!("<c:comp name=\"{}\"/>", escaped(it))).collect())
            }
            (Ns::CALDAV, "supported-calendar-data") => {
                Some("<c:calendar-data content-type=\"text/calendar\" version=\"2.0\"/>".to_owned())
            }
            (Ns::CALDAV, "max-resource-size") => Some(switches.max_resource_size.to_string()),
            (Ns::APPLE, "calendar-color") => text(&own.color),
            (Ns::APPLE, "calendar-order") => Some(own.order.to_string()),
            _ => None,
        }
    }

    fn object(&self, name: &Name, own: &Object) -> Option<String> {
        match (name.namespace.as_str(), name.local.as_str()) {
            (Ns::DAV, "resourcetype") => Some(String::new()),
            (Ns::DAV, "getetag") => Some(escaped(&own.etag)),
            (Ns::DAV, "getcontenttype") => Some("text/calendar; charset=utf-8".to_owned()),
            (Ns::DAV, "getcontentlength") => Some(own.text.len().to_string()),
            (Ns::DAV, "getlastmodified") => Some(http_date(own.modified)),
            (Ns::CALDAV, "calendar-data") if self.with_data => Some(escaped(&own.text)),
            _ => None,
        }
    }
}

fn collection(name: &Name, display: &str) -> Option<String> {
    match (name.namespace.as_str(), name.local.as_str()) {
        (Ns::DAV, "resourcetype") => Some("<d:collection/>".to_owned()),
        (Ns::DAV, "displayname") if !display.is_empty() => Some(escaped(display)),
        _ => None,
    }
}

fn href(place: &Place) -> String {
    format!("<d:href>{}</d:href>", escaped(&place.path()))
}

fn reports(sync: bool) -> String {
    let served = REPORTS.iter().filter(|(_, local)| sync || *local != "sync-collection");
    served
        .map(|(namespace, local)| {
            let name = Name::new(namespace, local).element("");
            format!("<d:supported-report><d:report>{name}</d:report></d:supported-report>")
        })
        .collect()
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7).
pub(crate) fn http_date(at: jiff::Timestamp) -> String {
    strtime::format("%a, %d %b %Y %H:%M:%S GMT", TimeZone::UTC.to_datetime(at)).unwrap_or_default()
}
