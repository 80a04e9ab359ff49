import { expect, test } from "vitest";
import { allDayRange, clockTime, eventLength, fullTime, longDate, nearDay, offsetName, ownClockTime, placeOf, relativeTime, runLength, timeAgo } from "../src/time/words";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const rel = (seconds: number) => relativeTime(NOW + seconds * 1000, NOW);

test("relative times in both directions, never a unit too many", () => {
  expect([0, -44, -45, -89, -91, -3500, -3569, -5400, -86_000, -130_000].map(rel)).toEqual(["just now", "just now", "1 minute ago", "1 minute ago", "2 minutes ago", "58 minutes ago", "59 minutes ago", "2 hours ago", "1 day ago", "2 days ago"]);
  expect([30, 60, 840, 7200].map(rel)).toEqual(["in a moment", "in 1 minute", "in 14 minutes", "in 2 hours"]);
  expect([-40 * 86_400, -700 * 86_400].map(rel)).toEqual(["1 month ago", "2 years ago"]);
});

test("no unit is ever rounded up to a full next one", () => {
  for (let seconds = 45; seconds < 40 * 86_400; seconds += 37) {
    expect(rel(-seconds)).not.toMatch(/^(60 minutes|24 hours|30 days|1[2-9] months)/);
  }
});

test("what has happened is never in the future", () => {
  expect(timeAgo(NOW + 19_000, NOW)).toBe("just now");
});

test("clock times by locale and zone", () => {
  const instant = Date.parse("2026-11-21T08:05:00Z");
  expect(clockTime(instant, { zone: "Europe/Vienna", locale: "en-GB" })).toBe("09:05");
  expect(clockTime(instant, { zone: "America/New_York", locale: "en-US" })).toMatch(/^3:05\sAM$/);
  expect(fullTime(instant, { zone: "Asia/Tokyo", locale: "en-GB" })).toBe("21 November 2026, 17:05");
  expect(ownClockTime("2026-11-21T09:00:00-05:00", "en-GB")).toBe("09:00");
});

// Versions of the Unicode data differ in commas after the weekday.
const flat = (text: string) => text.replaceAll(",", "");

test("dates near and far", () => {
  expect(["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"].map((date) => nearDay(date, "2026-11-21"))).toEqual(["Yesterday", "Today", "Tomorrow", null]);
  expect(flat(longDate("2026-11-23", "2026-11-21", "en-GB"))).toBe("Monday 23 November");
  expect(flat(longDate("2027-01-04", "2026-11-21", "en-GB"))).toBe("Monday 4 January 2027");
  expect(flat(allDayRange("2026-11-21", "2026-11-22", "en-GB"))).toBe("Sat 21 Nov");
  expect(flat(allDayRange("2026-11-21", "2026-11-24", "en-GB"))).toBe("Sat 21 Nov – Mon 23 Nov");
});

test("lengths", () => {
  expect([0, 850, 1234, 59_940, 59_990, 185_000].map(runLength)).toEqual(["0 ms", "850 ms", "1.2 s", "59.9 s", "1 min 0 s", "3 min 5 s"]);
  expect([15, 60, 90, 1440, 2940].map((minutes) => eventLength(minutes * 60_000))).toEqual(["15 min", "1 h", "1 h 30 min", "1 day", "2 days 1 h"]);
});

test("zones by place and offset", () => {
  expect([placeOf("America/Argentina/Buenos_Aires"), placeOf("UTC")]).toEqual(["Buenos Aires", "UTC"]);
  expect([offsetName(0), offsetName(60), offsetName(-210)]).toEqual(["GMT", "GMT+1", "GMT−3:30"]);
});
