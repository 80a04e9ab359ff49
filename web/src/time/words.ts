// Times in words. Pure: the present, the zone and the locale are arguments.
import { addDays, daysBetween, writtenOffset } from "./zone";

/** Where and how times are shown. */
export interface Clockface {
  zone: string;
  locale: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${zone}|${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    formats.set(key, format);
  }
  return format;
}

/** "14:30" or "2:30 pm", as the locale has it. */
export function clockTime(instant: number, face: Clockface): string {
  const twelveHours = formatter(face.locale, face.zone, { hour: "numeric" }).resolvedOptions().hour12 === true;
  return formatter(face.locale, face.zone, { hour: twelveHours ? "numeric" : "2-digit", minute: "2-digit" }).format(instant);
}

/** The wall time in an event's own zone, from the text of its time, e.g. "09:00". */
export function ownClockTime(time: string, locale: string): string {
  const offset = writtenOffset(time) ?? 0;
  return clockTime(Date.parse(time) + offset * 60_000, { zone: "UTC", locale });
}

/** "21 November 2026, 14:30". */
export function fullTime(instant: number, face: Clockface): string {
  const date = formatter(face.locale, face.zone, { day: "numeric", month: "long", year: "numeric" }).format(instant);
  return `${date}, ${clockTime(instant, face)}`;
}

function dateFormat(date: string, locale: string, options: Intl.DateTimeFormatOptions): string {
  return formatter(locale, "UTC", options).format(Date.parse(`${date}T12:00:00Z`));
}

/** "Saturday 21 November", with the year when it is not `today`'s. */
export function longDate(date: string, today: string, locale: string): string {
  const options: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  if (date.slice(0, 4) !== today.slice(0, 4)) options.year = "numeric";
  return dateFormat(date, locale, options);
}

/** "Sat 21 Nov". */
export function shortDate(date: string, locale: string): string {
  return dateFormat(date, locale, { weekday: "short", day: "numeric", month: "short" });
}

/** "November 2026". */
export function monthName(date: string, locale: string): string {
  return dateFormat(date, locale, { month: "long", year: "numeric" });
}

/** "Today", "Tomorrow", "Yesterday" or null. */
export function nearDay(date: string, today: string): string | null {
  const distance = daysBetween(today, date);
  if (distance === 0) return "Today";
  if (distance === 1) return "Tomorrow";
  return distance === -1 ? "Yesterday" : null;
}

const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** How long ago or until, in words: "just now", "5 minutes ago", "in 2 hours", "3 days ago". */
export function relativeTime(then: number, now: number): string {
  const seconds = Math.round((then - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return seconds <= 0 ? "just now" : "in a moment";
  const steps: [number, number, Intl.RelativeTimeFormatUnit][] = [
    [3570, 60, "minute"],
    [84_600, 3600, "hour"],
    [2_548_800, 86_400, "day"],
    [31_104_000, 2_592_000, "month"],
  ];
  for (const [limit, unit, name] of steps) {
    if (size < limit) return words.format(Math.sign(seconds) * Math.max(1, Math.round(size / unit)), name);
  }
  return words.format(Math.sign(seconds) * Math.max(1, Math.round(size / 31_536_000)), "year");
}

/** The same for what has happened: a clock that is a little behind never makes it the future. */
export function timeAgo(then: number, now: number): string {
  return relativeTime(Math.min(then, now), now);
}

/** A run's length: "850 ms", "1.2 s", "3 min 5 s". */
export function runLength(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** An event's length: "45 min", "1 h 30 min", "2 days". */
export function eventLength(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const days = Math.floor(minutes / 1440);
  const hours = Math.round((minutes % 1440) / 60);
  return `${days} ${days === 1 ? "day" : "days"}${hours === 0 ? "" : ` ${hours} h`}`;
}

/** Dates of an all-day event (end exclusive): "Sat 21 Nov" or "Sat 21 Nov – Tue 24 Nov". */
export function allDayRange(start: string, end: string, locale: string): string {
  const last = addDays(end, -1);
  return last <= start ? shortDate(start, locale) : `${shortDate(start, locale)} – ${shortDate(last, locale)}`;
}

/** "America/New_York" as "New York"; names without a place stay as they are. */
export function placeOf(zone: string): string {
  const last = zone.split("/").pop() ?? zone;
  return last.replaceAll("_", " ");
}

/** "GMT+5:30" for an offset in minutes. */
export function offsetName(minutes: number): string {
  if (minutes === 0) return "GMT";
  const size = Math.abs(minutes);
  const rest = size % 60;
  return `GMT${minutes < 0 ? "−" : "+"}${Math.floor(size / 60)}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}
