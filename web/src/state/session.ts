// Who is signed in.
import { createSession, deleteSession, getSession, whenSignedOut } from "../api/client";
import { asProblem, type ApiProblem } from "../api/problem";
import type { Session } from "../api/types";
import { createStore } from "./store";

export type SessionState =
  | { kind: "loading" }
  | { kind: "signedOut"; ended: boolean }
  | { kind: "signedIn"; session: Session }
  | { kind: "unreachable"; problem: ApiProblem };

export const sessionStore = createStore<SessionState>({ kind: "loading" });

whenSignedOut(() => {
  if (sessionStore.get().kind === "signedIn") sessionStore.set({ kind: "signedOut", ended: true });
});

/** Asks the server who is signed in. */
export async function loadSession(): Promise<void> {
  try {
    sessionStore.set({ kind: "signedIn", session: await getSession() });
  } catch (error) {
    const problem = asProblem(error);
    sessionStore.set(problem.status === 401 ? { kind: "signedOut", ended: false } : { kind: "unreachable", problem });
  }
}

/** Signs in; throws the problem for the form to show. */
export async function signIn(email: string, password: string): Promise<void> {
  sessionStore.set({ kind: "signedIn", session: await createSession(email, password) });
}

export async function signOut(): Promise<void> {
  try {
    await deleteSession();
  } finally {
    sessionStore.set({ kind: "signedOut", ended: false });
  }
}
