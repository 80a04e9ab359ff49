// A recurrence rule (RFC 5545 RECUR) in words. What it cannot say well it leaves to the word "Repeats". Pure.
import { shortDate } from "../time/words";

const UNITS: Record<string, [string, string]> = {
  DAILY: ["Every day", "days"],
  WEEKLY: ["Every week", "weeks"],
  MONTHLY: ["Every month", "months"],
  YEARLY: ["Every year", "years"],
};
const DAYS: Record<string, string> = { MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday", SA: "Saturday", SU: "Sunday" };
const PLACES: Record<string, string> = { "1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last", "-2": "last but one" };
const UNSPOKEN = ["BYSETPOS", "BYWEEKNO", "BYYEARDAY", "BYHOUR", "BYMINUTE", "BYSECOND"];

function list(words: string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1] ?? ""}`;
}

function dayWords(value: string): string | null {
  if (value === "MO,TU,WE,TH,FR") return " on weekdays";
  const words: string[] = [];
  for (const part of value.split(",")) {
    const found = /^([+-]?\d+)?([A-Z]{2})$/.exec(part);
    const day = DAYS[found?.[2] ?? ""];
    if (!found || day === undefined) return null;
    const place = found[1] === undefined ? null : PLACES[String(Number(found[1]))];
    if (place === undefined) return null;
    words.push(place === null ? day : `the ${place} ${day}`);
  }
  return ` on ${list(words)}`;
}

function monthDayWords(value: string): string {
  return value === "-1" ? " on the last day" : ` on day ${list(value.split(","))}`;
}

function endWords(fields: Map<string, string>, locale: string): string {
  const count = fields.get("COUNT");
  if (count !== undefined) return `, ${count} times`;
  const until = fields.get("UNTIL");
  if (until === undefined || !/^\d{8}/.test(until)) return "";
  const date = `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}`;
  return `, until ${shortDate(date, locale)} ${until.slice(0, 4)}`;
}

/** "Every 2 weeks on Monday and Wednesday, until Wed 3 Mar 2027". */
export function ruleWords(rule: string, locale: string): string {
  const fields = new Map(rule.replace(/^RRULE:/i, "").toUpperCase().split(";").map((pair): [string, string] => {
    const [key = "", value = ""] = pair.split("=");
    return [key, value];
  }));
  const unit = UNITS[fields.get("FREQ") ?? ""];
  if (!unit || UNSPOKEN.some((key) => fields.has(key))) return "Repeats";
  const interval = Number(fields.get("INTERVAL") ?? "1");
  const start = interval > 1 ? `Every ${interval} ${unit[1]}` : unit[0];
  const byDay = fields.get("BYDAY");
  const byMonthDay = fields.get("BYMONTHDAY");
  const days = byDay === undefined ? "" : dayWords(byDay);
  if (days === null) return "Repeats";
  const monthDays = byMonthDay === undefined ? "" : monthDayWords(byMonthDay);
  return `${start}${days}${monthDays}${endWords(fields, locale)}`;
}
