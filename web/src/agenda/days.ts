// Groups occurrences by the days on which the viewer sees them. Pure.
import type { Instance } from "../api/types";
import { addDays, dateAt, daysBetween, instantOf } from "../time/zone";

/** An occurrence on one of its days; `dayIndex` counts from 1. Instants are null for all-day entries. */
export interface Entry<T extends Instance = Instance> {
  key: string;
  instance: T;
  allDay: boolean;
  start: number | null;
  end: number | null;
  dayIndex: number;
  dayCount: number;
}

export interface Day<T extends Instance = Instance> {
  date: string;
  entries: Entry<T>[];
}

/** First and last day (both inclusive) of an occurrence in the viewer's zone. */
export function daysOf(instance: Instance, zone: string): { first: string; last: string; start: number | null; end: number | null } {
  if (instance.allDay) {
    const first = instance.start.slice(0, 10);
    const last = addDays(instance.end.slice(0, 10), -1);
    return { first, last: last < first ? first : last, start: null, end: null };
  }
  const start = instantOf(instance.start, zone);
  const end = Math.max(start, instantOf(instance.end, zone));
  const first = dateAt(start, zone);
  // The end is exclusive: an event that ends at midnight does not touch the next day.
  const last = end > start ? dateAt(end - 1, zone) : first;
  return { first, last, start, end };
}

function before(a: Entry, b: Entry): number {
  if (a.allDay !== b.allDay) return a.allDay ? -1 : 1;
  if (!a.allDay) {
    // A later day of a several-day event begins at midnight for the reader.
    const startA = a.dayIndex > 1 ? 0 : (a.start ?? 0);
    const startB = b.dayIndex > 1 ? 0 : (b.start ?? 0);
    if (startA !== startB) return startA - startB;
    if (a.end !== b.end) return (a.end ?? 0) - (b.end ?? 0);
  } else if (a.dayCount !== b.dayCount) {
    return b.dayCount - a.dayCount;
  }
  return a.instance.title.localeCompare(b.instance.title) || (a.key < b.key ? -1 : 1);
}

/**
 * Days from `from` (inclusive) to `to` (exclusive) that have entries, in order. An event of several days
 * stands on each of them; all-day entries come first.
 */
export function groupByDay<T extends Instance>(instances: readonly T[], zone: string, from: string, to: string): Day<T>[] {
  const days = new Map<string, Entry<T>[]>();
  for (const instance of instances) {
    const { first, last, start, end } = daysOf(instance, zone);
    const dayCount = daysBetween(first, last) + 1;
    let date = first < from ? from : first;
    for (; date <= last && date < to; date = addDays(date, 1)) {
      const dayIndex = daysBetween(first, date) + 1;
      const entry: Entry<T> = { key: `${instance.id}@${date}`, instance, allDay: instance.allDay, start, end, dayIndex, dayCount };
      const list = days.get(date);
      if (list) list.push(entry);
      else days.set(date, [entry]);
    }
  }
  return [...days.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, entries]) => ({ date, entries: entries.sort(before) }));
}

/** Adds a page to what is loaded; an occurrence that came twice (it overlaps two windows) is kept once. */
export function mergeInstances(loaded: readonly Instance[], page: readonly Instance[]): Instance[] {
  const known = new Map(loaded.map((instance) => [instance.id, instance]));
  for (const instance of page) known.set(instance.id, instance);
  return [...known.values()];
}
