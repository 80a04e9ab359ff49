// Calendars that the viewer has switched off in the list; remembered in this browser.
import { createStore } from "./store";

const KEY = "tidecal.hiddenCalendars";

function remembered(): ReadonlySet<string> {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(list) ? list.filter((one) => typeof one === "string") : []);
  } catch {
    return new Set();
  }
}

export const hiddenStore = createStore<ReadonlySet<string>>(remembered());

hiddenStore.subscribe(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify([...hiddenStore.get()]));
  } catch {
    // Storage is full or forbidden: the choice holds for this visit.
  }
});

export function setHidden(ids: readonly string[], hide: boolean): void {
  const next = new Set(hiddenStore.get());
  for (const id of ids) {
    if (hide) next.add(id);
    else next.delete(id);
  }
  hiddenStore.set(next);
}
