// Short messages at the edge of the window. Good news goes after 5 s, errors stay until closed.
import { createStore } from "./store";

export interface Toast {
  id: number;
  tone: "success" | "error" | "info";
  text: string;
  detail: string | null;
}

const SUCCESS_MS = 5000;

export const toastStore = createStore<Toast[]>([]);
let nextId = 1;

export function dismissToast(id: number): void {
  toastStore.set(toastStore.get().filter((toast) => toast.id !== id));
}

/** Takes back what was said under this title: whoever tries again knows it. */
export function dismissToasts(text: string): void {
  toastStore.set(toastStore.get().filter((toast) => toast.text !== text));
}

export function showToast(tone: Toast["tone"], text: string, detail: string | null = null): void {
  const toast: Toast = { id: nextId, tone, text, detail };
  nextId += 1;
  toastStore.set([...toastStore.get().slice(-3), toast]);
  if (tone !== "error") setTimeout(() => dismissToast(toast.id), SUCCESS_MS);
}

/** The toast for something that failed. */
export function showFailure(text: string, error: unknown): void {
  showToast("error", text, error instanceof Error ? error.message : null);
}
