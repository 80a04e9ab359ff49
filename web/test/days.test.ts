import { describe, expect, test } from "vitest";
import { groupByDay, mergeInstances } from "../src/agenda/days";
import { instance } from "./instances";

const group = (list: Parameters<typeof groupByDay>[0], zone = "Europe/Vienna", from = "2026-11-01", to = "2026-12-31") =>
  groupByDay(list, zone, from, to).map((day) => [day.date, day.entries.map((entry) => entry.instance.title)]);

describe("grouping by day", () => {
  test("an occurrence stands on the day that the viewer's clock shows, not on its own", () => {
    const late = instance({ title: "Late in New York", start: "2026-11-21T22:00:00-05:00", end: "2026-11-21T23:00:00-05:00" });
    expect(group([late])).toEqual([["2026-11-22", ["Late in New York"]]]);
    expect(group([late], "America/New_York")).toEqual([["2026-11-21", ["Late in New York"]]]);
  });

  test("all-day dates are the same in every zone", () => {
    const trip = instance({ title: "Trip", allDay: true, start: "2026-11-21", end: "2026-11-22" });
    for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"]) {
      expect(group([trip], zone)).toEqual([["2026-11-21", ["Trip"]]]);
    }
  });

  test("an event of several days stands on each of them and says which", () => {
    const trip = instance({ title: "Trip", allDay: true, start: "2026-11-21", end: "2026-11-24" });
    const days = groupByDay([trip], "UTC", "2026-11-01", "2026-12-01");
    expect(days.map((day) => [day.date, day.entries[0]?.dayIndex, day.entries[0]?.dayCount])).toEqual([
      ["2026-11-21", 1, 3],
      ["2026-11-22", 2, 3],
      ["2026-11-23", 3, 3],
    ]);
  });

  test("an event under way on the first day is not drawn on days before it", () => {
    const trip = instance({ title: "Trip", allDay: true, start: "2026-10-28", end: "2026-11-03" });
    const days = groupByDay([trip], "UTC", "2026-11-01", "2026-12-01");
    expect(days.map((day) => day.date)).toEqual(["2026-11-01", "2026-11-02"]);
    expect(days[0]?.entries[0]?.dayIndex).toBe(5);
  });

  test("an end at midnight does not touch the next day, a minute later does", () => {
    const until = (end: string) => group([instance({ title: "Night", start: "2026-11-21T22:00:00+01:00", end })]).map(([date]) => date);
    expect(until("2026-11-22T00:00:00+01:00")).toEqual(["2026-11-21"]);
    expect(until("2026-11-22T00:01:00+01:00")).toEqual(["2026-11-21", "2026-11-22"]);
  });

  test("an event without length stands on its day, also at midnight", () => {
    const due = instance({ title: "Due", start: "2026-11-21T00:00:00+01:00", end: "2026-11-21T00:00:00+01:00" });
    expect(group([due])).toEqual([["2026-11-21", ["Due"]]]);
  });

  test("all-day entries come first, then by start, then by title", () => {
    const list = [
      instance({ title: "Noon", start: "2026-11-21T12:00:00+01:00", end: "2026-11-21T13:00:00+01:00" }),
      instance({ title: "B early", start: "2026-11-21T08:00:00+01:00", end: "2026-11-21T09:00:00+01:00" }),
      instance({ title: "A early", start: "2026-11-21T07:00:00Z", end: "2026-11-21T08:00:00Z" }),
      instance({ title: "Holiday", allDay: true, start: "2026-11-21", end: "2026-11-22" }),
      instance({ title: "Since yesterday", start: "2026-11-20T23:00:00+01:00", end: "2026-11-21T06:00:00+01:00" }),
    ];
    expect(group(list)[1]).toEqual(["2026-11-21", ["Holiday", "Since yesterday", "A early", "B early", "Noon"]]);
  });

  test("the long day of the clock change keeps both sides on one date", () => {
    const list = ["00:30:00+02:00", "02:30:00+02:00", "02:30:00+01:00", "23:30:00+01:00"].map((time) => instance({ title: time, start: `2026-10-25T${time}`, end: `2026-10-25T${time}` }));
    expect(group(list, "Europe/Vienna", "2026-10-01")).toEqual([["2026-10-25", ["00:30:00+02:00", "02:30:00+02:00", "02:30:00+01:00", "23:30:00+01:00"]]]);
  });

  test("a floating time is read in the viewer's zone", () => {
    const floating = instance({ title: "Alarm", start: "2026-11-21T23:30:00", end: "2026-11-21T23:45:00", timeZone: null });
    for (const zone of ["Asia/Tokyo", "America/Los_Angeles"]) expect(group([floating], zone)).toEqual([["2026-11-21", ["Alarm"]]]);
  });
});

test("a page that repeats an occurrence replaces it", () => {
  const first = instance({ id: "one", title: "Old" });
  const merged = mergeInstances([first], [instance({ id: "one", title: "New" }), instance({ id: "two", title: "Other" })]);
  expect(merged.map((one) => one.title)).toEqual(["New", "Other"]);
});
