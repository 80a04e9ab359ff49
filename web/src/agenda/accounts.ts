// Whose calendars they are: calendars in groups by account, and names that tell them apart. Pure.
import type { Calendar, Connection, Instance } from "../api/types";

type Source = Pick<Connection, "calendarId" | "email">;

export interface AccountCalendars {
  /** Address of the account; empty for calendars that no connection feeds. */
  account: string;
  calendars: Calendar[];
}

function accountsOf(connections: readonly Source[]): Map<string, string> {
  return new Map(connections.map((one) => [one.calendarId, one.email]));
}

/** Calendars that something is kept in step with or that hold loaded events; one that was left empty is no choice. */
export function withContent(calendars: readonly Calendar[], connections: readonly Source[], instances: readonly Pick<Instance, "calendarId">[]): Calendar[] {
  const full = new Set([...connections, ...instances].map((one) => one.calendarId));
  return calendars.filter((calendar) => full.has(calendar.id));
}

/** Calendars by account: the viewer's own address first, then by address. Within an account the main calendar leads. */
export function groupByAccount(calendars: readonly Calendar[], connections: readonly Source[], viewer: string): AccountCalendars[] {
  const accounts = accountsOf(connections);
  const groups = new Map<string, Calendar[]>();
  for (const calendar of calendars) {
    const account = accounts.get(calendar.id) ?? "";
    groups.set(account, [...(groups.get(account) ?? []), calendar]);
  }
  const rank = (account: string) => (account === viewer ? 0 : account === "" ? 2 : 1);
  return [...groups]
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([account, list]) => ({ account, calendars: list.sort((a, b) => Number(b.name === account) - Number(a.name === account) || a.name.localeCompare(b.name)) }));
}

/** The name of every calendar by its id, with the account where two have the same name. */
export function calendarNames(calendars: readonly Calendar[], connections: readonly Source[]): Map<string, string> {
  const accounts = accountsOf(connections);
  const bearers = new Map<string, number>();
  for (const calendar of calendars) bearers.set(calendar.name, (bearers.get(calendar.name) ?? 0) + 1);
  return new Map(
    calendars.map((calendar) => {
      const account = accounts.get(calendar.id) ?? "";
      const ambiguous = (bearers.get(calendar.name) ?? 0) > 1 && account !== "";
      return [calendar.id, ambiguous ? `${calendar.name} (${account})` : calendar.name];
    }),
  );
}
