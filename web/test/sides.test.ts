import { expect, test } from "vitest";
import { fieldName, valueWords } from "../src/text/sides";

test("values read as words", () => {
  expect(valueWords("title", "Review")).toBe("Review");
  for (const nothing of [null, undefined, "", []]) expect(valueWords("location", nothing)).toBe("—");
  expect(valueWords("attendees", [{ email: "ben@example.com", response: "accepted" }, { email: "cleo@example.com" }])).toBe("ben@example.com, cleo@example.com");
  const time = { start: "2026-12-01T09:00:00", end: "2026-12-01T10:30:00", timeZone: "Europe/Vienna", recurrence: { rules: ["FREQ=WEEKLY"], dates: [], excluded: [] } };
  expect(valueWords("time", time)).toBe("2026-12-01 09:00 – 2026-12-01 10:30 Europe/Vienna, repeats FREQ=WEEKLY");
  expect(valueWords("time", { start: "2026-12-01", end: "2026-12-02", timeZone: null, recurrence: null })).toBe("2026-12-01 – 2026-12-02");
});

test("a field that is new to the page is shown by its own word", () => {
  expect([fieldName("location"), fieldName("colour")]).toEqual(["Place", "colour"]);
});
