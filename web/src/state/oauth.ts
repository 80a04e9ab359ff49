// The sign-in window of a vendor. It ends with a message from our own callback page.
import { startOauth } from "../api/client";
import { asProblem } from "../api/problem";
import type { Provider } from "../api/types";

export type OauthOutcome =
  | { kind: "connected"; accountId: string }
  | { kind: "blocked" }
  | { kind: "closed" }
  | { kind: "failed"; message: string };

interface CallbackMessage {
  type: "tidecal:oauth";
  ok: boolean;
  accountId?: string;
  error?: { code?: string; detail?: string };
}

function isCallbackMessage(data: unknown): data is CallbackMessage {
  return typeof data === "object" && data !== null && (data as { type?: unknown }).type === "tidecal:oauth";
}

function outcomeOf(message: CallbackMessage): OauthOutcome {
  if (message.ok && typeof message.accountId === "string") return { kind: "connected", accountId: message.accountId };
  return { kind: "failed", message: message.error?.detail ?? "The vendor did not give access. Try again." };
}

function openWindow(): Window | null {
  const width = 520;
  const height = 680;
  const left = Math.max(0, Math.round(screenX + (outerWidth - width) / 2));
  const top = Math.max(0, Math.round(screenY + (outerHeight - height) / 3));
  return window.open("", "tidecal-oauth", `popup=yes,width=${width},height=${height},left=${left},top=${top}`);
}

/** Resolves with the callback's message, or when the window is gone. */
function waitFor(popup: Window): Promise<OauthOutcome> {
  return new Promise((resolve) => {
    let closedSince = 0;
    const finish = (outcome: OauthOutcome) => {
      removeEventListener("message", listen);
      clearInterval(timer);
      resolve(outcome);
    };
    const listen = (event: MessageEvent<unknown>) => {
      // Only our own callback page may say how it went.
      if (event.origin === location.origin && isCallbackMessage(event.data)) finish(outcomeOf(event.data));
    };
    const timer = setInterval(() => {
      // The message of a page that closes itself may arrive a moment after the window is gone.
      closedSince = popup.closed ? closedSince + 1 : 0;
      if (closedSince >= 3) finish({ kind: "closed" });
    }, 400);
    addEventListener("message", listen);
  });
}

/** Opens the vendor's consent page. Must be called straight from a click, or the browser blocks the window. */
export async function authorize(provider: Provider, accountId?: string): Promise<OauthOutcome> {
  const popup = openWindow();
  if (popup === null) return { kind: "blocked" };
  try {
    popup.document.title = "Opening the sign-in page…";
    const { authorizationUrl } = await startOauth(provider, accountId);
    popup.location.href = authorizationUrl;
  } catch (error) {
    popup.close();
    return { kind: "failed", message: asProblem(error).message };
  }
  return waitFor(popup);
}

/** The same without a window: this tab goes to the consent page and comes back. */
export function authorizeHere(provider: Provider, accountId?: string): void {
  const query = accountId === undefined ? "" : `?accountId=${encodeURIComponent(accountId)}`;
  location.assign(`/api/calendar/oauth/${encodeURIComponent(provider)}/start${query}`);
}
