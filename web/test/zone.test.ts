import { expect, test } from "vitest";
import { addDays, dateAt, daysBetween, instantOf, offsetMinutes, startOfDay, wallToInstant, writtenOffset, zoneDiffers } from "../src/time/zone";
import { monthWeeks, shiftMonth } from "../src/agenda/month";

const at = (text: string) => Date.parse(text);

test("a day begins at its first instant, in every zone", () => {
  expect(startOfDay("2026-11-21", "Europe/Vienna")).toBe(at("2026-11-20T23:00:00Z"));
  expect(startOfDay("2026-11-21", "Pacific/Kiritimati")).toBe(at("2026-11-20T10:00:00Z"));
  expect(startOfDay("2026-11-21", "Pacific/Pago_Pago")).toBe(at("2026-11-21T11:00:00Z"));
  expect(startOfDay("2026-11-21", "Asia/Kathmandu")).toBe(at("2026-11-20T18:15:00Z"));
});

test("days of 23 and 25 hours", () => {
  const length = (date: string) => (startOfDay(addDays(date, 1), "Europe/Vienna") - startOfDay(date, "Europe/Vienna")) / 3_600_000;
  expect([length("2026-03-29"), length("2026-10-25"), length("2026-11-21")]).toEqual([23, 25, 24]);
});

test("where midnight is skipped, the day begins at one", () => {
  // Chile moves its clocks at midnight: 6 September 2026 begins at 01:00 (-03:00).
  const start = startOfDay("2026-09-06", "America/Santiago");
  expect(start).toBe(at("2026-09-06T01:00:00-03:00"));
  expect(dateAt(start - 1000, "America/Santiago")).toBe("2026-09-05");
});

test("offsets follow the clock change", () => {
  expect(offsetMinutes(at("2026-07-01T00:00:00Z"), "Europe/Vienna")).toBe(120);
  expect(offsetMinutes(at("2026-12-01T00:00:00Z"), "Europe/Vienna")).toBe(60);
  expect(offsetMinutes(at("2026-12-01T00:00:00Z"), "America/St_Johns")).toBe(-210);
});

test("wall times become instants, also in skipped and doubled hours", () => {
  expect(wallToInstant("2026-11-21T09:00:00", "Europe/Vienna")).toBe(at("2026-11-21T08:00:00Z"));
  expect(wallToInstant("2026-10-25T02:30:00", "Europe/Vienna")).toBe(at("2026-10-25T00:30:00Z"));
  expect(wallToInstant("2026-03-29T02:30:00", "Europe/Vienna")).toBe(at("2026-03-29T01:30:00Z"));
  expect(wallToInstant("2026-03-29T03:30:00", "Europe/Vienna")).toBe(at("2026-03-29T01:30:00Z"));
});

test("offsets written in times", () => {
  expect(["2026-11-21T10:00:00Z", "2026-11-21T10:00:00+05:30", "2026-11-21T10:00:00-03:30", "2026-11-21T10:00:00"].map(writtenOffset)).toEqual([0, 330, -210, null]);
  expect(instantOf("2026-11-21T10:00:00+05:30", "UTC")).toBe(at("2026-11-21T04:30:00Z"));
  expect(instantOf("2026-11-21T10:00:00", "Asia/Tokyo")).toBe(at("2026-11-21T01:00:00Z"));
});

test("a zone differs by what its clock shows, not by its name", () => {
  expect(zoneDiffers("2026-11-21T10:00:00+01:00", "Europe/Vienna")).toBe(false);
  expect(zoneDiffers("2026-11-21T10:00:00-05:00", "Europe/Vienna")).toBe(true);
  expect(zoneDiffers("2026-11-21T10:00:00", "Europe/Vienna")).toBe(false);
});

test("days are counted over clock changes and years", () => {
  expect(daysBetween("2026-03-28", "2026-03-30")).toBe(2);
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(addDays("2028-03-01", -1)).toBe("2028-02-29");
});

test("months in whole weeks from Monday", () => {
  const weeks = monthWeeks("2026-11-21");
  expect(weeks.map((week) => week.length)).toEqual([7, 7, 7, 7, 7, 7]);
  expect(weeks[0]?.[0]).toEqual({ date: "2026-10-26", inMonth: false });
  expect(weeks[0]?.[6]).toEqual({ date: "2026-11-01", inMonth: true });
  expect(monthWeeks("2027-02-10")).toHaveLength(4);
  expect([shiftMonth("2026-11-21", 2), shiftMonth("2026-01-31", -1)]).toEqual(["2027-01-01", "2025-12-01"]);
});
