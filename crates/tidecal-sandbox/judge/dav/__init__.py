"""The parts of the CalDAV judge."""
