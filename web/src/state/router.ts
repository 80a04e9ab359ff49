// The three pages and their addresses; everything else lands on the agenda.
import { createStore } from "./store";

export type Page = "agenda" | "settings";

export interface Place {
  page: Page;
  path: string;
  query: string;
}

const SETTINGS = new Set(["/settings/calendars", "/sales/settings/calendar"]);

export function placeOf(path: string, query: string): Place {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, "") : path;
  return { page: SETTINGS.has(trimmed) ? "settings" : "agenda", path: trimmed, query };
}

const present = () => placeOf(location.pathname, location.search);
export const placeStore = createStore<Place>(present());

addEventListener("popstate", () => placeStore.set(present()));

/** Goes to a page without loading it anew. */
export function go(href: string): void {
  history.pushState(null, "", href);
  placeStore.set(present());
}

/** Changes the query of the present page without a step in the history. */
export function replaceQuery(query: string): void {
  history.replaceState(null, "", `${location.pathname}${query}`);
  placeStore.set(present());
}

/** Lets links with a modifier key, another target or another site be the browser's business. */
export function followLink(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
}
