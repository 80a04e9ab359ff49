// The pretended JSON interface, one entry per route. A handler gets {state, params, query, body, pace} and returns
// [status, JSON] or JSON alone.
import { addConnection, remoteCalendars, verdictRows } from "./data.mjs";
import { fullEvent } from "./events.mjs";
import { runSync, send, syncAll } from "./syncing.mjs";

export const problem = (status, code, detail, extra = {}) => [status, { type: "about:blank", title: code, status, code, detail, requestId: "req-mock", ...extra }];
const missing = () => problem(404, "not_found", "This is no longer there.");

function health(state) {
  const { connections } = state;
  const degraded = connections.some((one) => !one.isActive || one.consecutiveFailures > 0);
  return {
    status: degraded ? "degraded" : "healthy",
    timestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    syncs: [],
    summary: {
      totalSyncs: connections.length,
      activeSyncs: connections.filter((one) => one.isActive).length,
      syncsWithErrors: connections.filter((one) => one.lastError !== null).length,
      connectedProviders: new Set(connections.map((one) => one.provider)).size,
    },
  };
}

function events({ state, query }) {
  const start = Date.parse(query.get("start"));
  const end = Date.parse(query.get("end"));
  if (Number.isNaN(start) || Number.isNaN(end)) return problem(422, "invalid", "start and end must be times.", { errors: [{ field: "start", message: "not a time" }] });
  const limit = Math.min(Number(query.get("limit") ?? 100), 500);
  const offset = Number(query.get("cursor") ?? 0);
  // All-day dates are compared a day generously, as the viewer's zone is unknown here.
  const slack = (one) => (one.allDay ? 14 * 3_600_000 : 0);
  const inside = state.events.filter((one) => Date.parse(one.start) - slack(one) < end && Date.parse(one.end) + slack(one) > start);
  return { items: inside.slice(offset, offset + limit), nextCursor: offset + limit < inside.length ? String(offset + limit) : null };
}

function connectCaldav({ state, body }) {
  if (!body.url) return problem(422, "invalid", "A field is missing.", { errors: [{ field: "url", message: "Type a domain, an e-mail address or a URL." }] });
  if (body.password !== "app-password") return problem(422, "caldav_credentials", "The server refused the password.", { errors: [{ field: "password", message: "The server refused this password. Use an app password, not the one you sign in with." }] });
  if (body.accountId) {
    const known = state.accounts.find((one) => one.id === body.accountId);
    known.status = "active";
    for (const one of state.connections.filter((each) => each.accountId === known.id)) Object.assign(one, { status: "Active", isActive: true, reauthRequired: false, lastError: null, consecutiveFailures: 0 });
    return [201, known];
  }
  return [201, addAccount(state, "caldav", body.username)];
}

export function addAccount(state, provider, email) {
  state.serial += 1;
  const account = { id: `acc-new${state.serial}`, provider, email, name: email, status: "active", tokenExpiry: provider === "google" ? new Date(Date.now() + 3_600_000).toISOString() : null, connections: 0, createdAt: new Date().toISOString() };
  state.accounts.push(account);
  return account;
}

const find = (state, id) => state.connections.find((one) => one.id === id);
const withConnection = (action) => (context) => {
  const connection = find(context.state, context.params[0]);
  return connection ? action(context, connection) : missing();
};

function remove({ state, query }, connection) {
  if (query.get("confirm") !== "true") return problem(409, "confirmation_required", "Add confirm=true to delete.", { mappings: connection.counts.mirrored + connection.counts.quarantined });
  state.connections = state.connections.filter((one) => one !== connection);
  state.calendars = state.calendars.filter((one) => one.id !== connection.calendarId);
  state.events = state.events.filter((one) => one.calendarId !== connection.calendarId);
  state.accounts.find((one) => one.id === connection.accountId).connections -= 1;
  return [204, null];
}

function start({ state, pace }, connection) {
  void runSync(state, connection, pace);
  return [202, { runId: `run-${state.serial}`, connectionId: connection.id }];
}

function disconnect({ state, params }) {
  const account = state.accounts.find((one) => one.id === params[0]);
  if (!account) return missing();
  account.status = "disconnected";
  for (const one of state.connections.filter((each) => each.accountId === account.id)) Object.assign(one, { status: "Disabled", isActive: false, reauthRequired: true, oauthComplete: false, tokenExpiry: null });
  return account;
}

/** Switching on writing would send one event; everything else changes nothing. */
function plan(body) {
  const writes = body.syncDirection === "outbound" || body.syncDirection === "bidirectional";
  const change = { side: "there", action: "create", eventId: "evt-1", title: "Dentist", start: "2026-12-03T09:00:00", recurrenceId: null, fields: [], mails: [] };
  const counts = { createdHere: 0, changedHere: 0, deletedHere: 0, createdThere: writes ? 1 : 0, changedThere: 0, deletedThere: 0, more: 0, keptOut: 0 };
  return { kind: "comparison", brake: null, counts, changes: writes ? [change] : [], stops: [], mails: [], callsMade: 2, callsToCome: writes ? 3 : 2 };
}

const VERDICT_COUNTS = { quarantined: "quarantined", filtered: "filtered", out_of_window: "outOfWindow" };
const C = "/api/calendar";

/** [method, pattern, handler]; `*` in a pattern is one path part. */
export const ROUTES = [
  ["GET", `${C}/health`, ({ state }) => health(state)],
  ["POST", `${C}/sync/manual`, ({ state, pace }) => syncAll(state, pace)],
  ["GET", `${C}/providers`, ({ state }) => ({ items: state.providers })],
  ["GET", `${C}/accounts`, ({ state }) => ({ items: state.accounts })],
  ["POST", `${C}/accounts/caldav`, connectCaldav],
  ["GET", `${C}/accounts/*/calendars`, ({ state, params }) => ({ items: remoteCalendars(state, params[0]) })],
  ["POST", `${C}/accounts/*/disconnect`, disconnect],
  ["DELETE", `${C}/accounts/*`, ({ state, params }) => ((state.accounts = state.accounts.filter((one) => one.id !== params[0])), [204, null])],
  ["GET", `${C}/oauth/google/start`, ({ query }) => ({ authorizationUrl: `/mock/consent?accountId=${query.get("accountId") ?? ""}` })],
  ["GET", `${C}/connections`, ({ state }) => ({ items: state.connections })],
  ["POST", `${C}/connections`, ({ state, body, pace }) => { const added = addConnection(state, body.accountId, body); void runSync(state, added, pace); return [201, added]; }],
  ["PATCH", `${C}/connections/*`, withConnection(({ body, state }, one) => { Object.assign(one, body); if ("enabled" in body) { one.status = body.enabled ? "Active" : "Disabled"; one.isActive = body.enabled; } send(state, "connection", { connectionId: one.id }); return one; })],
  ["DELETE", `${C}/connections/*`, withConnection(remove)],
  ["POST", `${C}/connections/*/sync`, withConnection(start)],
  ["POST", `${C}/connections/*/resync`, withConnection(start)],
  ["GET", `${C}/connections/*/events`, withConnection(({ query }, one) => ({ items: verdictRows(one.id, query.get("verdict"), one.counts[VERDICT_COUNTS[query.get("verdict")]] ?? 0) }))],
  ["POST", `${C}/connections/*/plan`, withConnection(({ body }) => plan(body))],
  ["POST", `${C}/connections/*/release`, withConnection((_context, one) => ((one.held = null), [204, null]))],
  ["POST", `${C}/connections/*/discard`, withConnection((_context, one) => ((one.held = null), { restored: 0 }))],
  ["GET", `${C}/conflicts`, () => ({ items: [], nextCursor: null })],
  ["GET", `${C}/held`, ({ state }) => ({ runs: state.connections.filter((one) => one.held).map((one) => ({ connectionId: one.id, name: one.name, reason: one.held.reason, deletions: one.held.deletions, releasedAt: null })), events: [] })],
  ["GET", `${C}/calendars`, ({ state }) => ({ items: state.calendars })],
  ["GET", `${C}/events`, events],
  ["GET", `${C}/events/*`, ({ state, params }) => { const found = state.events.find((one) => one.eventId === params[0]); return found ? fullEvent(found) : missing(); }],
];
