// One meeting that several calendars hold is shown once. Pure.
import type { Instance } from "../api/types";

/** An occurrence as the list shows it; `alsoIn` are the calendars that hold the same one. */
export interface Shown extends Instance {
  alsoIn: string[];
}

/** All that a reader could tell two copies apart by. What differs by calendar (colour, whose copy it is) is left out. */
function looks(one: Instance): string {
  const people = one.attendees.map((person) => `${person.email.toLowerCase()} ${person.response ?? ""} ${person.role ?? ""}`).sort();
  return JSON.stringify([one.start, one.end, one.allDay, one.title, one.location, one.description, one.status, one.visibility, one.eventType, one.recurring, one.zoneGuessed, one.conferenceUrl, one.organizer?.email.toLowerCase() ?? null, people]);
}

/**
 * Joins occurrences that look the same in every respect and stand in different calendars: colleagues' calendars both hold
 * their meeting. Two that look the same in one calendar are a duplicate there and both stay to be seen.
 */
export function joinCopies(instances: readonly Instance[]): Shown[] {
  const shown: Shown[] = [];
  const known = new Map<string, Shown[]>();
  for (const instance of instances) {
    const key = looks(instance);
    const alike = known.get(key) ?? [];
    const first = alike.find((one) => one.calendarId !== instance.calendarId && !one.alsoIn.includes(instance.calendarId));
    if (first) {
      first.alsoIn.push(instance.calendarId);
      continue;
    }
    const own: Shown = { ...instance, alsoIn: [] };
    shown.push(own);
    known.set(key, [...alike, own]);
  }
  return shown;
}
