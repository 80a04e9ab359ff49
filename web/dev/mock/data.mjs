// The state of the pretended server: a person with a few accounts, one of them in trouble.
import { makeEvents } from "./events.mjs";

const before = (now, minutes) => new Date(now - minutes * 60_000).toISOString().replace(/\.\d+Z$/, "Z");

function connection(now, id, accountId, fields) {
  return {
    id: `con-${id}`,
    accountId,
    provider: "google",
    name: id,
    email: "anna@example.com",
    externalCalendarId: `${id}@group.calendar.example.com`,
    calendarId: `cal-${id}`,
    color: null,
    syncDirection: "inbound",
    enabled: true,
    status: "Active",
    isActive: true,
    oauthComplete: true,
    reauthRequired: false,
    lastSync: before(now, 4),
    lastPolled: before(now, 4),
    nextSync: before(now, -11),
    syncing: false,
    progress: null,
    consecutiveFailures: 0,
    errorCount: 0,
    lastError: null,
    stoppedReason: null,
    backoffUntil: null,
    tokenExpiry: before(now, -48),
    held: null,
    metrics: { eventsSynced: 42, syncDuration: 1234 },
    counts: { mirrored: 42, filtered: 0, outOfWindow: 0, quarantined: 0, conflicted: 0, held: 0 },
    ...fields,
  };
}

const TROUBLE = {
  status: "Error",
  consecutiveFailures: 2,
  errorCount: 2,
  lastError: {
    message: "Authentication failed: caldav 401, the server refused the password",
    hint: "The app password may have been revoked by a password change. Make a new one at the provider, then reconnect.",
    guide: "/docs/calendar-sync-troubleshooting.md#1-token-expired-or-invalid",
  },
};

function connections(now, trouble) {
  const cloud = { provider: "caldav", email: "anna@cloud.example.org", oauthComplete: false, tokenExpiry: null };
  return [
    connection(now, "work", "acc-google", { name: "Anna Berger", externalCalendarId: "primary", color: "#2f6fed", metrics: { eventsSynced: 418, syncDuration: 1234 }, counts: { mirrored: 418, filtered: 3, outOfWindow: 57, quarantined: 0, conflicted: 0, held: 0 } }),
    connection(now, "team", "acc-google", { name: "Product team", color: "#0d9488", metrics: { eventsSynced: 265, syncDuration: 842 }, counts: { mirrored: 265, filtered: 0, outOfWindow: 12, quarantined: 1, conflicted: 0, held: 0 } }),
    connection(now, "birthdays", "acc-google", { name: "Birthdays", color: "#be185d", lastSync: before(now, 9), metrics: { eventsSynced: 31, syncDuration: 96 }, counts: { mirrored: 31, filtered: 0, outOfWindow: 0, quarantined: 0, conflicted: 0, held: 0 } }),
    connection(now, "home", "acc-cloud", {
      ...cloud,
      name: "Home",
      color: "#c2410c",
      lastSync: before(now, trouble ? 190 : 7),
      ...(trouble ? TROUBLE : {}),
      metrics: { eventsSynced: 96, syncDuration: 2210 },
      counts: { mirrored: 96, filtered: 0, outOfWindow: 8, quarantined: 2, conflicted: 0, held: 0 },
    }),
  ];
}

/** A fresh state as of `now`; `empty` leaves out accounts and events, `trouble` lets one calendar fail. */
export function makeState(now, { empty = false, trouble = true } = {}) {
  const list = empty ? [] : connections(now, trouble);
  return {
    started: now,
    session: {
      user: { id: "usr-anna", email: "anna@example.com", name: "Anna Berger", role: "owner" },
      tenant: { id: "ten-1", name: "Harbour Studio" },
      gates: { sync: true, oauth: true, jobs: true, webhook: true },
    },
    providers: [
      { provider: "google", name: "Google Calendar", connect: "oauth", available: true, reason: null },
      { provider: "outlook", name: "Outlook Calendar", connect: "oauth", available: false, reason: "Set OUTLOOK_CLIENT_ID and OUTLOOK_CLIENT_SECRET to connect Outlook calendars." },
      { provider: "caldav", name: "CalDAV", connect: "password", available: true, reason: null },
    ],
    accounts: empty
      ? []
      : [
          { id: "acc-google", provider: "google", email: "anna@example.com", name: "Anna Berger", status: "active", tokenExpiry: before(now, -48), connections: 3, createdAt: before(now, 90_000) },
          { id: "acc-cloud", provider: "caldav", email: "anna@cloud.example.org", name: "Cloud", status: "active", tokenExpiry: null, connections: 1, createdAt: before(now, 60_000) },
        ],
    connections: list,
    calendars: list.map((one) => ({ id: one.calendarId, name: one.name, color: one.color, timeZone: "Europe/Vienna" })),
    events: empty ? [] : makeEvents(new Date(now).toISOString().slice(0, 10)),
    sessions: new Set(),
    links: new Set(),
    faults: new Map(),
    listeners: new Set(),
    serial: 0,
  };
}

/** Calendars that an account could connect. */
export function remoteCalendars(state, accountId) {
  const own = state.connections.filter((one) => one.accountId === accountId);
  const listed = own.map((one) => ({ externalCalendarId: one.externalCalendarId, name: one.name, description: null, color: one.color, timeZone: "Europe/Vienna", readOnly: false, primary: one.externalCalendarId === "primary", connectionId: one.id }));
  const further = ["Room Danube", "Public holidays"].filter((name) => !own.some((one) => one.name === name));
  return [...listed, ...further.map((name) => ({ externalCalendarId: `${name.toLowerCase().replaceAll(" ", "-")}@resource.example.com`, name, description: null, color: "#4d7c0f", timeZone: "Europe/Vienna", readOnly: name === "Public holidays", primary: own.length === 0 && name === "Room Danube", connectionId: null }))];
}

/** Connects a calendar. */
export function addConnection(state, accountId, body) {
  state.serial += 1;
  const account = state.accounts.find((one) => one.id === accountId);
  const oauth = account.provider !== "caldav";
  const added = connection(state.started, `new${state.serial}`, accountId, { provider: account.provider, email: account.email, name: body.name, externalCalendarId: body.externalCalendarId, color: "#4d7c0f", oauthComplete: oauth, tokenExpiry: oauth ? account.tokenExpiry : null, lastSync: null, metrics: { eventsSynced: 0, syncDuration: 0 }, counts: { mirrored: 0, filtered: 0, outOfWindow: 0, quarantined: 0, conflicted: 0, held: 0 } });
  state.connections.push(added);
  state.calendars.push({ id: added.calendarId, name: added.name, color: added.color, timeZone: "Europe/Vienna" });
  account.connections += 1;
  return added;
}

/** Events without a copy, and why. */
export function verdictRows(connectionId, verdict, count) {
  const samples = {
    quarantined: ["Team lunch (imported)", "DTEND 2026-02-30T12:00:00 is no date (line 41)"],
    filtered: ["Working from the office", "rule: working locations are left out"],
    out_of_window: ["Kick-off two years ago", "ends 2025-01-14, before the window begins"],
  };
  const [title, reason] = samples[verdict] ?? ["Event", null];
  return Array.from({ length: count }, (_unused, index) => ({ externalEventId: `${connectionId}-${verdict}-${index + 1}@example.com`, recurrenceId: null, title, verdict, reason }));
}
