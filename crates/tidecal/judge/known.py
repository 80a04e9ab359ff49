"""Where the referee's library and Tidecal disagree for a reason, by label of the resource (`package/file/number`)
or of all resources of a file.

README.md argues each reason; an entry that is not needed any more is to be taken out.
"""

SAMPLE = "recurring-ical-events"
UNSYNCHRONIZED = "DTSTART does not fit the rule: Tidecal counts it as the first of COUNT or UNTIL"
SWAPPED = "the end is before the start: they swap the two, Tidecal keeps the start"
PERIOD = "RDATE as a period: Tidecal does not keep the period's own length"
ZONE_NAME = "a zone by the name that Lotus Notes gives it, without its rules: they take the time for floating"
FUTURE = "RANGE=THISANDFUTURE: Tidecal says that it does not read it"

# Their occurrences differ.
DIFFERENT = {
    f"{SAMPLE}/multiple_rrule.ics/0": UNSYNCHRONIZED,
    f"{SAMPLE}/issue_117_until_before_dtstart.ics/0": UNSYNCHRONIZED,
    f"{SAMPLE}/issue_132_swapped_start_and_end.ics/0": SWAPPED,
    f"{SAMPLE}/end_before_start_event.ics/0": SWAPPED,
    f"{SAMPLE}/issue_201_mixed_datetime_and_date.ics/0": "a date to a time: they make both times, Tidecal both dates",
    f"{SAMPLE}/issue_113_period_rdate_duration.ics/0": PERIOD,
    "icalendar/issue_722_missing_timezones.ics/0": PERIOD,
    "icalendar/issue_526_calendar_with_events.ics": ZONE_NAME,
    "icalendar/issue_526_calendar_with_event_subset.ics": ZONE_NAME,
    "icalendar/issue_526_calendar_with_shuffeled_events.ics": ZONE_NAME,
    "icalendar/issue_526_calendar_with_different_events.ics": ZONE_NAME,
}

# Tidecal shows as unreadable, with the reason, what the library reads.
QUARANTINED = {
    f"{SAMPLE}/issue_75_range_parameter.ics/0": FUTURE,
    "icalendar/issue_156_RDATE_with_PERIOD_TZID_khal.ics/0": FUTURE,
    "icalendar/issue_156_RDATE_with_PERIOD_TZID_khal_2.ics/0": FUTURE,
}

# Tidecal reads what the library cannot.
READ_BY_TIDECAL = {
    f"{SAMPLE}/bad_rrule_missing_until_event.ics/0": "an unknown part of a rule is passed over",
    "icalendar/issue_165_missing_event.ics/0": "the rule is written with escapes",
    "icalendar/broken_ical.ics/0": "an empty parameter is passed over",
    "icalendar/parsing_error.ics/1": "an empty EXDATE excludes nothing",
    "icalendar/pacific_fiji.ics/0": "of two DTSTART the first counts",
    "icalendar/america_new_york_forward_reference.ics/0": "of two DTSTART the first counts",
}


def reason(table, label):
    return table.get(label) or table.get(label.rsplit("/", 1)[0])
