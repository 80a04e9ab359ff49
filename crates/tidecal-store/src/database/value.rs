//! Values as both databases take them.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;

use crate::StoreError;

/// A bound value. Text is borrowed until it is bound: a commit holds thousands of rows. Nulls carry
/// their type, because PostgreSQL wants to know it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    /// Text that many rows share.
    Shared(Arc<str>),
    Int(Option<i64>),
    Bool(bool),
    /// Cut to milliseconds when bound.
    Time(Option<Timestamp>),
    Bytes(Option<Vec<u8>>),
    /// For the token `{any $n}`.
    List(Cow<'a, [String]>),
}

macro_rules! value_from {
    ($($from:ty => |$it:ident| $into:expr;)*) => {
        $(impl<'a> From<$from> for Value<'a> {
            fn from($it: $from) -> Self {
                $into
            }
        })*
    };
}

value_from! {
    String => |it| Self::Text(Some(Cow::Owned(it)));
    &'a String => |it| Self::Text(Some(Cow::Borrowed(it)));
    &'a str => |it| Self::Text(Some(Cow::Borrowed(it)));
    Option<String> => |it| Self::Text(it.map(Cow::Owned));
    Option<&'a str> => |it| Self::Text(it.map(Cow::Borrowed));
    &'a Option<String> => |it| Self::Text(it.as_deref().map(Cow::Borrowed));
    Arc<str> => |it| Self::Shared(it);
    &Arc<str> => |it| Self::Shared(Arc::clone(it));
    i64 => |it| Self::Int(Some(it));
    Option<i64> => |it| Self::Int(it);
    bool => |it| Self::Bool(it);
    Timestamp => |it| Self::Time(Some(it));
    Option<Timestamp> => |it| Self::Time(it);
    Vec<u8> => |it| Self::Bytes(Some(it));
    Option<Vec<u8>> => |it| Self::Bytes(it);
    Vec<String> => |it| Self::List(Cow::Owned(it));
    &'a [String] => |it| Self::List(Cow::Borrowed(it));
}

/// The instant, cut to whole milliseconds.
pub(crate) fn to_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// The years that both databases, and four digits, can hold.
fn storable(at: Timestamp) -> Timestamp {
    const FIRST_SECOND: i64 = -62_167_219_200; // 0000-01-01T00:00:00Z
    let first = Timestamp::from_second(FIRST_SECOND).unwrap_or(Timestamp::MIN);
    to_millis(at.max(first))
}

/// SQLite's form of an instant: fixed width, so that text order is time order.
pub(crate) fn time_text(at: Timestamp) -> Arc<str> {
    let at = jiff::tz::Offset::UTC.to_datetime(storable(at));
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let year = u32::from(at.year().unsigned_abs());
    let parts = [
        (0..4, year),
        (5..7, at.month().unsigned_abs().into()),
        (8..10, at.day().unsigned_abs().into()),
        (11..13, at.hour().unsigned_abs().into()),
        (14..16, at.minute().unsigned_abs().into()),
        (17..19, at.second().unsigned_abs().into()),
        (20..23, at.millisecond().unsigned_abs().into()),
    ];
    for (place, number) in parts {
        write_digits(&mut text[place], number);
    }
    String::from_utf8_lossy(&text).into()
}

/// The last digits of a number, as many as there is room for.
fn write_digits(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

/// Reads SQLite's form, and the forms that an operator may have typed.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let local: jiff::civil::DateTime = text.parse().map_err(|_| format!("{text:?} is no instant"))?;
    local.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|error| error.to_string())
}

fn chrono_time(at: Timestamp) -> Result<chrono::DateTime<chrono::Utc>, StoreError> {
    chrono::DateTime::from_timestamp_millis(storable(at).as_millisecond())
        .ok_or_else(|| bind_error(&format!("{at} is out of range")))
}

fn bind_error(detail: &str) -> StoreError {
    StoreError::Database { code: "driver".to_owned(), message: format!("cannot bind a value: {detail}") }
}

/// PostgreSQL refuses U+0000 in text; both databases store the same replacement.
fn storable_text(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { text }
}

/// One allocation, whether the text was borrowed or not.
fn shared_text(text: Cow<'_, str>) -> Arc<str> {
    storable_text(text).into()
}

fn json_list(list: &[String]) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

pub(crate) fn sqlite_arguments(values: Vec<Value<'_>>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Text(it) => arguments.add(it.map(shared_text)),
            Value::Shared(it) => arguments.add(it),
            Value::Int(it) => arguments.add(it),
            Value::Bool(it) => arguments.add(it),
            Value::Time(it) => arguments.add(it.map(time_text)),
            Value::Bytes(it) => arguments.add(it),
            Value::List(it) => arguments.add(json_list(&it)),
        }
        .map_err(|error| bind_error(&error.to_string()))?;
    }
    Ok(arguments)
}

pub(crate) fn postgres_arguments(values: Vec<Value<'_>>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), 16 * values.len());
    for value in values {
        match value {
            Value::Text(it) => arguments.add(it.map(storable_text).as_deref()),
            Value::Shared(it) => arguments.add(&*it),
            Value::Int(it) => arguments.add(it),
            Value::Bool(it) => arguments.add(it),
            Value::Time(it) => arguments.add(it.map(chrono_time).transpose()?),
            Value::Bytes(it) => arguments.add(it),
            Value::List(it) => arguments.add(it.as_ref()),
        }
        .map_err(|error| bind_error(&error.to_string()))?;
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_order_of_instants_is_time_order() {
        let times = [
            "0001-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "1970-01-01T00:00:00Z",
            "2026-11-21T10:00:00.001Z",
            "2026-11-21T10:00:00.1Z",
            "9999-12-30T00:00:00Z",
        ];
        let texts: Vec<_> = times.iter().map(|text| time_text(text.parse().unwrap())).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        assert!(texts.iter().all(|text| text.len() == 24), "{texts:?}");
        assert_eq!(&*texts[3], "2026-11-21T10:00:00.001Z");
        for (text, written) in times.iter().zip(&texts) {
            assert_eq!(parse_time(written).unwrap(), text.parse::<Timestamp>().unwrap());
        }
        assert_eq!(&*time_text(Timestamp::MIN), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn instants_are_cut_to_milliseconds() {
        let at: Timestamp = "2026-11-21T10:00:00.123456789Z".parse().unwrap();
        assert_eq!(&*time_text(at), "2026-11-21T10:00:00.123Z");
        assert_eq!(to_millis(at), "2026-11-21T10:00:00.123Z".parse().unwrap());
    }

    #[test]
    fn what_operators_type_is_read_as_utc() {
        let expected: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for text in ["2026-11-21 10:00:00", "2026-11-21T10:00:00.000Z", "2026-11-21T11:00:00+01:00"] {
            assert_eq!(parse_time(text).unwrap(), expected, "{text}");
        }
        assert!(parse_time("tomorrow").is_err());
    }
}
