// Why an action cannot be used just now. Null = it can. Pure.
import type { Connection, Session } from "../api/types";

/** Reasons against "Sync Now" of all calendars. */
export function syncBlock(session: Session, connections: readonly Connection[] | null): string | null {
  if (!session.gates.sync) return "Syncing is switched off for this deployment (CALENDAR_SYNC_ENABLED).";
  if (connections !== null && connections.length === 0) return "No calendars connected";
  return null;
}

/** Reasons against starting an OAuth connection. */
export function oauthBlock(session: Session): string | null {
  return session.gates.oauth ? null : "Connecting accounts is switched off for this deployment (CALENDAR_OAUTH_ENABLED).";
}

/** Reasons against Sync Now and Resync of one calendar. */
export function connectionBlock(session: Session, connection: Connection): string | null {
  if (!session.gates.sync) return syncBlock(session, null);
  if (connection.reauthRequired) return "Reconnect the account first.";
  if (!connection.enabled) return "Resume this calendar first.";
  return null;
}
