import { expect, test } from "vitest";
import { readDetails } from "../src/agenda/details";
import { ruleWords } from "../src/text/rule";

test.each([
  ["FREQ=DAILY", "Every day"],
  ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every week on weekdays"],
  ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR", "Every 2 weeks on Monday, Wednesday and Friday"],
  ["FREQ=MONTHLY;BYDAY=2TU", "Every month on the second Tuesday"],
  ["FREQ=MONTHLY;BYDAY=-1FR;COUNT=6", "Every month on the last Friday, 6 times"],
  ["FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day"],
  ["FREQ=YEARLY;UNTIL=20270303T090000Z", "Every year, until Wed 3 Mar 2027"],
  ["FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "Repeats"],
  ["FREQ=HOURLY", "Repeats"],
  ["nonsense", "Repeats"],
])("%s in words", (rule, words) => {
  // Versions of the Unicode data differ in the comma after the weekday.
  expect(ruleWords(rule, "en-GB").replace("Wed, ", "Wed ")).toBe(words);
});

test("details are read from the event, wrapped or not, and from nothing", () => {
  const event = { title: "x", recurrence: { rules: ["FREQ=DAILY"] }, reminders: { own: [{ minutesBefore: 10, method: "email" }] }, links: [{ url: "https://example.com" }], conference: { phone: "tel:+43 1 234" } };
  const read = { rules: ["FREQ=DAILY"], categories: [], links: [{ url: "https://example.com", title: "" }], reminders: [{ minutesBefore: 10, method: "email" }], phone: "+43 1 234" };
  expect(readDetails(event)).toEqual(read);
  expect(readDetails({ id: "1", event })).toEqual(read);
  const nothing = { rules: [], categories: [], links: [], reminders: [], phone: "" };
  for (const odd of [null, 3, [], { title: "x", reminders: "calendarDefault", recurrence: null, links: [null], categories: [1] }]) {
    expect(readDetails(odd)).toMatchObject({ ...nothing, links: expect.any(Array) });
  }
});
