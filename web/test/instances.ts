// Occurrences for the tests.
import type { Instance } from "../src/api/types";

export function instance(fields: Partial<Instance>): Instance {
  return {
    id: fields.id ?? `${fields.title ?? "event"}-${fields.start ?? ""}`,
    eventId: "event",
    recurrenceId: null,
    calendarId: "calendar",
    title: "Event",
    description: "",
    location: "",
    allDay: false,
    start: "2026-11-21T09:00:00+01:00",
    end: "2026-11-21T10:00:00+01:00",
    timeZone: "Europe/Vienna",
    status: "confirmed",
    transparency: "opaque",
    visibility: "default",
    eventType: "meeting",
    attendees: [],
    organizer: null,
    conferenceUrl: null,
    recurring: false,
    color: null,
    zoneGuessed: false,
    connectionIds: [],
    ...fields,
  };
}
