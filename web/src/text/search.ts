// The search box over what is loaded. Pure.
import type { Instance } from "../api/types";

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();
}

/** Whether every word of `query` stands in the title, place or people of the occurrence; accents and case do not matter. */
export function matches(instance: Instance, query: string): boolean {
  const words = folded(query).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return true;
  const people = instance.attendees.map((person) => `${person.name ?? ""} ${person.email}`);
  const text = folded([instance.title, instance.location, ...people].join(" "));
  return words.every((word) => text.includes(word));
}

/** "1 event", "2 events". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
