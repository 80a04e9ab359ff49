//! In a PATCH an absent field keeps what is there, null clears it, a value sets it.

use serde::{Deserialize, Deserializer};

/// For fields that may be cleared: absent is `None` (by `serde(default)`), null is `Some(None)`.
pub(crate) fn clearable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// For fields that always have a value: null is refused.
pub(crate) fn settable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Patch {
        #[serde(default, deserialize_with = "settable")]
        name: Option<String>,
        #[serde(default, deserialize_with = "clearable")]
        color: Option<Option<String>>,
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        let read = |text: &str| serde_json::from_str::<Patch>(text);
        assert_eq!(read("{}").unwrap(), Patch { name: None, color: None });
        assert_eq!(read(r#"{"color":null}"#).unwrap().color, Some(None));
        assert_eq!(read(r##"{"color":"#fff"}"##).unwrap().color, Some(Some("#fff".to_owned())));
        assert!(read(r#"{"name":null}"#).is_err());
    }
}
