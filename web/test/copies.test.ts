import { describe, expect, it } from "vitest";
import { calendarNames, groupByAccount, withContent } from "../src/agenda/accounts";
import { joinCopies } from "../src/agenda/copies";
import { instance } from "./instances";

describe("joining copies", () => {
  const standup = { title: "Stand-up", start: "2026-11-25T15:00:00+01:00", end: "2026-11-25T15:15:00+01:00" };
  const holders = (list: ReturnType<typeof joinCopies>) => list.map((one) => [one.calendarId, ...one.alsoIn]);

  it("shows a meeting that colleagues' calendars both hold once, with both", () => {
    const ada = instance({ ...standup, id: "1", calendarId: "ada", color: "#112233", attendees: [{ email: "Ada@example.com", self: true }, { email: "ben@example.com" }] });
    const ben = instance({ ...standup, id: "2", calendarId: "ben", attendees: [{ email: "ben@example.com", self: true }, { email: "ada@example.com" }] });
    const joined = joinCopies([ada, ben, instance({ ...standup, id: "3", calendarId: "team", attendees: ada.attendees })]);
    expect(holders(joined)).toEqual([["ada", "ben", "team"]]);
    expect(joined[0]?.id).toBe("1");
  });

  it("keeps apart what a reader could tell apart", () => {
    const first = instance({ ...standup, id: "1", calendarId: "ada" });
    for (const change of [{ title: "Standup" }, { end: "2026-11-25T15:30:00+01:00" }, { location: "Hall" }, { description: "x" }, { status: "tentative" }, { visibility: "private" }, { conferenceUrl: "https://meet.example.com/x" }, { attendees: [{ email: "eva@example.com" }] }]) {
      expect(joinCopies([first, instance({ ...standup, id: "2", calendarId: "ben", ...change })])).toHaveLength(2);
    }
  });

  it("keeps a duplicate within one calendar to be seen", () => {
    const twice = ["1", "2"].flatMap((id) => ["ada", "ben"].map((calendarId) => instance({ ...standup, id: `${id}${calendarId}`, calendarId })));
    expect(holders(joinCopies(twice))).toEqual([["ada", "ben"], ["ada", "ben"]]);
  });

  it("leaves what it is given as it was", () => {
    const given = [instance({ calendarId: "a" }), instance({ calendarId: "b" })];
    joinCopies(given);
    expect(given[0]).not.toHaveProperty("alsoIn");
  });
});

describe("calendars by account", () => {
  const calendar = (id: string, name: string) => ({ id, name, color: null, timeZone: null });
  const list = [calendar("1", "Birthdays"), calendar("2", "Birthdays"), calendar("3", "ada@example.com"), calendar("4", "Loose"), calendar("5", "ben@example.com")];
  const sources = [
    { calendarId: "1", email: "ada@example.com" },
    { calendarId: "2", email: "ben@example.com" },
    { calendarId: "3", email: "ada@example.com" },
    { calendarId: "5", email: "ben@example.com" },
  ];

  it("puts the viewer's account first and the main calendar at the head of its account", () => {
    const groups = groupByAccount(list, sources, "ben@example.com");
    expect(groups.map((group) => [group.account, group.calendars.map((one) => one.id)])).toEqual([
      ["ben@example.com", ["5", "2"]],
      ["ada@example.com", ["3", "1"]],
      ["", ["4"]],
    ]);
  });

  it("does not offer a calendar that was left empty", () => {
    expect(withContent(list, sources, [{ calendarId: "3" }]).map((one) => one.id)).toEqual(["1", "2", "3", "5"]);
    expect(withContent(list, [], [{ calendarId: "4" }]).map((one) => one.id)).toEqual(["4"]);
  });

  it("names the account only where names are the same", () => {
    expect([...calendarNames(list, sources).values()]).toEqual(["Birthdays (ada@example.com)", "Birthdays (ben@example.com)", "ada@example.com", "Loose", "ben@example.com"]);
  });
});
