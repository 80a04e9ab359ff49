// What a plan says, in sentences. Not here: where it comes from, how it is laid out.
import type { Plan } from "../api/types";
import { plural } from "./search";

/** Most names in one sentence. */
const NAMED = 8;

function side(created: number, changed: number, deleted: number): string | null {
  const parts = [
    created === 0 ? "" : `${plural(created, "event is", "events are")} created`,
    changed === 0 ? "" : `${plural(changed, "event is", "events are")} changed`,
    deleted === 0 ? "" : `${plural(deleted, "event is", "events are")} deleted`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? null : `${parts.join(", ")}.`;
}

/** The whole plan, most important first. `name`: the calendar at the vendor. */
export function planSentences(plan: Plan, name: string): string[] {
  const { counts } = plan;
  const sentences: string[] = [];
  if (plan.brake !== null) sentences.push(`The sync stops and waits for you: ${plan.brake}.`);
  const there = side(counts.createdThere, counts.changedThere, counts.deletedThere);
  const here = side(counts.createdHere, counts.changedHere, counts.deletedHere);
  if (there !== null) sentences.push(`In ${name}: ${there}`);
  if (here !== null) sentences.push(`Here: ${here}`);
  if (counts.more > 0) sentences.push(`${counts.more.toLocaleString("en")} more changes are not counted above.`);
  if (there === null && here === null && counts.more === 0) sentences.push("No event changes on either side.");
  sentences.push(mailSentence(plan.mails));
  if (plan.stops.length > 0) sentences.push(`${plural(plan.stops.length, "event waits", "events wait")} for you or cannot be written.`);
  return sentences;
}

function mailSentence(mails: readonly string[]): string {
  if (mails.length === 0) return "Nobody is mailed.";
  const named = mails.slice(0, NAMED).join(", ");
  const rest = mails.length > NAMED ? ` and ${(mails.length - NAMED).toLocaleString("en")} more` : "";
  return `${plural(mails.length, "person is", "people are")} mailed: ${named}${rest}.`;
}
