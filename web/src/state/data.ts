// What several pages show, and when it is loaded again.
import { getHealth, listAccounts, listCalendars, listConflicts, listConnections, listHeld, listProviders } from "../api/client";
import type { Account, Calendar, Conflict, Connection, Health, HeldList, ProviderInfo } from "../api/types";
import { createResource } from "./resource";
import { useStore } from "./store";

export const connections = createResource<Connection[]>(async (signal) => (await listConnections(signal)).items);
export const accounts = createResource<Account[]>(async (signal) => (await listAccounts(signal)).items);
export const calendars = createResource<Calendar[]>(async (signal) => (await listCalendars(signal)).items);
export const providers = createResource<ProviderInfo[]>(async (signal) => (await listProviders(signal)).items);
export const health = createResource<Health>((signal) => getHealth(signal));

export const conflicts = createResource<Conflict[]>(async (signal) => (await listConflicts(signal)).items);
export const held = createResource<HeldList>((signal) => listHeld(signal));

/** What a decision, or news of one, moves. What nobody has looked at yet is not loaded for it. */
export async function reloadDecisions(): Promise<void> {
  const seen = [conflicts.state.get().data !== null && conflicts.reload(), held.state.get().data !== null && held.reload()];
  await Promise.all([...seen, reloadConnections()]);
}

/** Everything that a sync or a change of a connection can move. */
export async function reloadConnections(): Promise<void> {
  await Promise.all([connections.reload(), accounts.reload(), health.reload()]);
}

/** Everything the settings page shows. */
export async function reloadSettings(): Promise<void> {
  await Promise.all([reloadConnections(), providers.reload(), calendars.reload()]);
}

export function clearData(): void {
  for (const resource of [connections, accounts, calendars, providers, health, conflicts, held]) resource.clear();
}

/** Puts a changed connection in place without waiting for the next load. */
export function putConnection(changed: Connection): void {
  connections.put((list) => list.map((known) => (known.id === changed.id ? changed : known)));
}

/**
 * The viewer's own connections; null while they load. Who looks after a tenant also sees the connections of its other
 * people, but their local calendars are theirs alone and not in the viewer's list.
 */
export function useMine(): Connection[] | null {
  const list = useStore(connections.state).data;
  const own = useStore(calendars.state);
  if (list === null) return null;
  if (own.data === null) return own.error === null ? null : list;
  const ids = new Set(own.data.map((calendar) => calendar.id));
  return list.filter((connection) => ids.has(connection.calendarId));
}

/** The youngest successful sync of all calendars in milliseconds, or null. */
export function lastSyncOf(list: readonly Connection[]): number | null {
  const times = list.flatMap((connection) => (connection.lastSync === null ? [] : [Date.parse(connection.lastSync)]));
  return times.length === 0 ? null : Math.max(...times);
}
