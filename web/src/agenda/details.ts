// The parts of a full event that an occurrence in the list does not carry. Reads leniently: a field that is
// missing or of another shape is simply not shown. Pure.

export interface EventDetails {
  rules: string[];
  categories: string[];
  links: { url: string; title: string }[];
  /** Minutes before the start; negative: after it. */
  reminders: { minutesBefore: number; method: string }[];
  phone: string;
}

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const textsOf = (value: unknown): string[] => listOf(value).filter((one): one is string => typeof one === "string");

function rulesOf(event: Fields): string[] {
  const recurrence = event.recurrence;
  if (Array.isArray(recurrence)) return textsOf(recurrence).filter((line) => /^(RRULE:|FREQ=)/i.test(line));
  const rules = fieldsOf(recurrence).rules;
  return textsOf(rules ?? event.rules);
}

export function readDetails(raw: unknown): EventDetails {
  const outer = fieldsOf(raw);
  const event = "title" in outer ? outer : fieldsOf(outer.event ?? outer);
  const reminders = Array.isArray(event.reminders) ? event.reminders : listOf(fieldsOf(event.reminders).own);
  return {
    rules: rulesOf(event),
    categories: textsOf(event.categories),
    links: listOf(event.links).map(fieldsOf).map((link) => ({ url: textOf(link.url), title: textOf(link.title) })),
    reminders: reminders.map(fieldsOf).flatMap((one) => (typeof one.minutesBefore === "number" ? [{ minutesBefore: one.minutesBefore, method: textOf(one.method) }] : [])),
    phone: textOf(fieldsOf(event.conference).phone).replace(/^tel:/i, ""),
  };
}
