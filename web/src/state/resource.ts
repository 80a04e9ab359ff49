// Something loaded from the server that many parts show. The last good data stays while a reload runs or fails.
import { asProblem, type ApiProblem } from "../api/problem";
import { createStore, type Store } from "./store";

export interface Loaded<T> {
  data: T | null;
  error: ApiProblem | null;
  loading: boolean;
}

export interface Resource<T> {
  state: Store<Loaded<T>>;
  /** Loads again; a slower answer of an earlier load is dropped. Never rejects. */
  reload(): Promise<void>;
  /** Puts in what is known already, e.g. the answer of a change. */
  put(change: (data: T) => T): void;
  /** Forgets everything (signing out). */
  clear(): void;
}

export function createResource<T>(load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const state = createStore<Loaded<T>>({ data: null, error: null, loading: false });
  let current: AbortController | null = null;

  return {
    state,
    async reload() {
      current?.abort();
      const mine = new AbortController();
      current = mine;
      state.set({ ...state.get(), loading: true });
      try {
        const data = await load(mine.signal);
        if (current === mine) state.set({ data, error: null, loading: false });
      } catch (error) {
        if (current === mine) state.set({ ...state.get(), error: asProblem(error), loading: false });
      }
    },
    put(change) {
      const { data } = state.get();
      if (data !== null) state.set({ ...state.get(), data: change(data) });
    },
    clear() {
      current?.abort();
      current = null;
      state.set({ data: null, error: null, loading: false });
    },
  };
}
