import { expect, test } from "vitest";
import type { Plan } from "../src/api/types";
import { planSentences } from "../src/text/plan";

const quiet: Plan = {
  kind: "comparison",
  brake: null,
  counts: { createdHere: 0, changedHere: 0, deletedHere: 0, createdThere: 0, changedThere: 0, deletedThere: 0, more: 0, keptOut: 3 },
  changes: [],
  stops: [],
  mails: [],
  callsMade: 1,
  callsToCome: 1,
};

test("a plan that changes nothing says so", () => {
  expect(planSentences(quiet, "Work")).toEqual(["No event changes on either side.", "Nobody is mailed."]);
});

test("a plan names what happens where, and who is mailed", () => {
  const plan: Plan = { ...quiet, counts: { ...quiet.counts, createdThere: 12, deletedThere: 1, changedHere: 2 }, mails: ["ben@example.com"], stops: [{ eventId: null, externalEventId: "x", title: null, verdict: "held", reason: "" }] };
  expect(planSentences(plan, "Work")).toEqual(["In Work: 12 events are created, 1 event is deleted.", "Here: 2 events are changed.", "1 person is mailed: ben@example.com.", "1 event waits for you or cannot be written."]);
});

test("what stops a sync comes first, and long lists are cut", () => {
  const mails = Array.from({ length: 10 }, (_unused, index) => `p${index}@example.com`);
  const sentences = planSentences({ ...quiet, brake: "60 of 80 events would be deleted", counts: { ...quiet.counts, more: 1234 }, mails }, "Work");
  expect(sentences[0]).toBe("The sync stops and waits for you: 60 of 80 events would be deleted.");
  expect(sentences[1]).toBe("1,234 more changes are not counted above.");
  expect(sentences[2]).toMatch(/^10 people are mailed: p0@example.com, .* and 2 more\.$/);
});
