// Calendar arithmetic in the viewer's zone. Dates are text (YYYY-MM-DD), instants are milliseconds since 1970.
// Pure: the zone and the present are always arguments.

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function fieldsFormat(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  return format;
}

function fieldsAt(instant: number, zone: string): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const part of fieldsFormat(zone).formatToParts(instant)) {
    if (part.type !== "literal") fields[part.type] = Number(part.value);
  }
  return fields;
}

/** How far `zone` is ahead of UTC at `instant`, in minutes. */
export function offsetMinutes(instant: number, zone: string): number {
  const f = fieldsAt(instant, zone);
  const wall = Date.UTC(f.year ?? 1970, (f.month ?? 1) - 1, f.day, f.hour, f.minute, f.second);
  return Math.round((wall - Math.floor(instant / 1000) * 1000) / 60_000);
}

/** The date that a wall calendar in `zone` shows at `instant`. */
export function dateAt(instant: number, zone: string): string {
  const f = fieldsAt(instant, zone);
  const pad = (value: number | undefined, width: number) => String(value ?? 0).padStart(width, "0");
  return `${pad(f.year, 4)}-${pad(f.month, 2)}-${pad(f.day, 2)}`;
}

/** The first instant of `date` in `zone`: 01:00 local time where midnight is skipped by a clock change. */
export function startOfDay(date: string, zone: string): number {
  const utcMidnight = Date.parse(`${date}T00:00:00Z`);
  let low = utcMidnight - 16 * 3_600_000; // before the date in every zone
  let high = utcMidnight + 16 * 3_600_000; // within or after the date in every zone
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (dateAt(middle, zone) >= date) high = middle;
    else low = middle;
  }
  return high;
}

/** The instant of a wall time without offset (a floating time) in `zone`; in a skipped hour, the time after the gap. */
export function wallToInstant(wall: string, zone: string): number {
  const asUtc = Date.parse(`${wall}Z`);
  const before = offsetMinutes(asUtc - DAY_MS, zone);
  const candidate = asUtc - before * 60_000;
  if (offsetMinutes(candidate, zone) === before) return candidate;
  const after = offsetMinutes(asUtc + DAY_MS, zone);
  const second = asUtc - after * 60_000;
  return offsetMinutes(second, zone) === after ? second : candidate;
}

/** `date` moved by whole days. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from `from` to `to`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

const OFFSET = /(Z|[+-]\d{2}:?\d{2})$/i;

/** The instant that an event time names; without an offset it floats and is read in `zone`. */
export function instantOf(time: string, zone: string): number {
  return OFFSET.test(time) ? Date.parse(time) : wallToInstant(time, zone);
}

/** The offset written in an event time, in minutes; null when it floats. */
export function writtenOffset(time: string): number | null {
  const found = OFFSET.exec(time)?.[1];
  if (found === undefined) return null;
  if (found.toUpperCase() === "Z") return 0;
  const digits = found.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4));
  return found.startsWith("-") ? -minutes : minutes;
}

/** Whether the event's own clock shows another time than the viewer's at that moment. */
export function zoneDiffers(time: string, viewerZone: string): boolean {
  const own = writtenOffset(time);
  return own !== null && own !== offsetMinutes(Date.parse(time), viewerZone);
}
