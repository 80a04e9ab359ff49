// Values of an event's fields as the server tells them, in words for people. Pure.

const FIELDS: Record<string, string> = {
  title: "Title",
  description: "Description",
  location: "Place",
  time: "Time",
  status: "Status",
  visibility: "Visibility",
  transparency: "Blocks time",
  attendees: "Guests",
  reminders: "Reminders",
  conference: "Conference",
  categories: "Categories",
  links: "Links",
};

export const fieldName = (field: string): string => FIELDS[field] ?? field;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const spaced = (time: unknown): string => (typeof time === "string" ? time.replace("T", " ").replace(/:00$/, "") : "");

function timeWords(value: Record<string, unknown>): string {
  const zone = typeof value["timeZone"] === "string" ? ` ${value["timeZone"]}` : "";
  const rules = isObject(value["recurrence"]) ? value["recurrence"]["rules"] : null;
  const repeats = Array.isArray(rules) && rules.length > 0 ? `, repeats ${rules.join("; ")}` : "";
  return `${spaced(value["start"])} – ${spaced(value["end"])}${zone}${repeats}`;
}

/** One side's value; `gone`: that side has deleted the event. */
export function valueWords(field: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "string") return value;
  if (field === "time" && isObject(value)) return timeWords(value);
  if (Array.isArray(value)) return value.length === 0 ? "—" : value.map((one) => (isObject(one) ? String(one["email"] ?? JSON.stringify(one)) : String(one))).join(", ");
  return JSON.stringify(value);
}
