// The other hand of the real scenarios: the control interface of the sandbox that the demo runs beside itself.
const origin = () => {
  const url = process.env.E2E_SANDBOX_URL;
  if (!url) throw new Error("Set E2E_SANDBOX_URL to the address of the demo's Google sandbox; `tidecal demo` prints it.");
  return url.replace(/\/+$/, "");
};

/** Asks the sandbox; resolves with its JSON, or null for an empty answer. */
export async function sandbox(method, path, body) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await fetch(`${origin()}/_sandbox${path}`, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`the sandbox refused ${method} ${path}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

const events = (calendarId) => `/events/${encodeURIComponent(calendarId)}`;

/** The date so many days from now, as the scenarios' browser (Vienna) counts them. */
export function dayFromNow(days) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Vienna" }).format(Date.now() + days * 86_400_000);
}

/** Somebody puts an event of an hour into the calendar, tomorrow at ten or on another `day`. Resolves with it. */
export function addEvent(calendarId, summary, { day = 1 } = {}) {
  const at = (time) => ({ dateTime: `${dayFromNow(day)}T${time}:00`, timeZone: "Europe/Vienna" });
  return sandbox("POST", events(calendarId), { summary, start: at("10:00"), end: at("11:00") });
}

export const changeEvent = (calendarId, eventId, change) => sandbox("PATCH", `${events(calendarId)}/${encodeURIComponent(eventId)}`, change);
export const removeEvent = (calendarId, eventId) => sandbox("DELETE", `${events(calendarId)}/${encodeURIComponent(eventId)}`);

/** How many events the vendor has that are not cancelled. */
export async function countEvents(calendarId) {
  const { items } = await sandbox("GET", events(calendarId));
  return items.filter((one) => one.status !== "cancelled").length;
}

/** Turns habits on for the length of `work`. */
export async function withSwitches(switches, work) {
  const before = await sandbox("GET", "/switches");
  await sandbox("PATCH", "/switches", switches);
  try {
    return await work();
  } finally {
    await sandbox("PATCH", "/switches", Object.fromEntries(Object.keys(switches).map((name) => [name, before[name]])));
  }
}
