"""What an answer holds that the vendor's own types do not know: it lands in `additional_data`."""

#: Control information of the OData protocol, which belongs to no type. Nothing else may be left over.
CONTROL = {"@odata.context", "@odata.etag", "@removed"}


def strangers(value, path=""):
    """Paths of members without a place in the model, at any depth."""
    if isinstance(value, (list, tuple)):
        return [one for index, item in enumerate(value) for one in strangers(item, f"{path}[{index}]")]
    if not hasattr(value, "get_field_deserializers"):
        return []
    found = [f"{path}.{name}" for name in (getattr(value, "additional_data", None) or {}) if name not in CONTROL]
    for name in vars(value):
        if name not in ("additional_data", "backing_store"):
            found += strangers(getattr(value, name), f"{path}.{name}")
    return found
