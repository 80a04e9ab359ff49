// Connecting, reconnecting and choosing calendars: the steps and the dialogs they open.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { deleteAccount, disconnectAccount } from "../../api/client";
import type { Account, Provider } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { accounts, reloadConnections } from "../../state/data";
import { authorize, authorizeHere } from "../../state/oauth";
import { dismissToasts, showToast } from "../../state/toasts";
import { plural } from "../../text/search";
import { CaldavDialog } from "./CaldavDialog";
import { CalendarPicker } from "./CalendarPicker";

const NOT_CONNECTED = "Not connected";

interface Blocked {
  provider: Provider;
  accountId: string | undefined;
}

type Open =
  | { kind: "caldav"; account: Account | null }
  | { kind: "picker"; accountId: string }
  | { kind: "disconnect"; account: Account }
  | { kind: "remove"; account: Account };

/** What the settings page can do about accounts. */
export interface Connect {
  /** Provider or account id whose sign-in window is open. */
  opening: string | null;
  blocked: Blocked | null;
  dialogs: ComponentChildren;
  add: (provider: Provider) => void;
  reconnect: (account: Account) => void;
  choose: (account: Account) => void;
  disconnect: (account: Account) => void;
  removeAccount: (account: Account) => void;
  continueHere: () => void;
  clearBlocked: () => void;
}

const stamp = (list: readonly Account[] | null) => new Map((list ?? []).map((account) => [account.id, account.status]));

/** The account that appeared or came back while a sign-in window was open without a message from it. */
async function arrived(before: Map<string, string>): Promise<string | null> {
  await reloadConnections();
  const found = (accounts.state.get().data ?? []).find((account) => account.status === "active" && before.get(account.id) !== "active");
  return found?.id ?? null;
}

/** The sign-in window of a vendor: which one is open, which one was blocked, and what came of it. */
function useOauth(onConnected: (accountId: string, again: boolean) => Promise<void>) {
  const [opening, setOpening] = useState<string | null>(null);
  const [blocked, setBlocked] = useState<Blocked | null>(null);
  const start = async (provider: Provider, accountId?: string) => {
    setBlocked(null);
    dismissToasts(NOT_CONNECTED);
    setOpening(accountId ?? provider);
    const before = stamp(accounts.state.get().data);
    const outcome = await authorize(provider, accountId);
    setOpening(null);
    const again = accountId !== undefined;
    if (outcome.kind === "blocked") return setBlocked({ provider, accountId });
    if (outcome.kind === "failed") return showToast("error", NOT_CONNECTED, outcome.message);
    const connected = outcome.kind === "connected" ? outcome.accountId : await arrived(before);
    if (connected !== null) return onConnected(connected, again);
    return showToast("info", "Sign-in window closed", "Nothing was connected. Press the button again to start over.");
  };
  return { opening, blocked, clearBlocked: () => setBlocked(null), start };
}

interface DialogsProps {
  open: Open | null;
  onClose: () => void;
  onConnected: (accountId: string, again: boolean) => Promise<void>;
}

function Dialogs({ open, onClose, onConnected }: DialogsProps) {
  if (open === null) return null;
  if (open.kind === "picker") return <CalendarPicker accountId={open.accountId} onClose={onClose} />;
  if (open.kind === "disconnect") return <DisconnectDialog account={open.account} onClose={onClose} />;
  if (open.kind === "remove") return <RemoveDialog account={open.account} onClose={onClose} />;
  const connected = (account: Account) => {
    onClose();
    void onConnected(account.id, open.account !== null);
  };
  return <CaldavDialog again={open.account} onClose={onClose} onConnected={connected} />;
}

export function useConnect(): Connect {
  const [open, setOpen] = useState<Open | null>(null);
  const finish = async (accountId: string, again: boolean) => {
    showToast("success", again ? "Account reconnected" : "Account connected", again ? "Everything it had is kept." : "Now choose its calendars.");
    await reloadConnections();
    if (!again) setOpen({ kind: "picker", accountId });
  };
  const { opening, blocked, clearBlocked, start } = useOauth(finish);
  return {
    opening,
    blocked,
    clearBlocked,
    dialogs: <Dialogs open={open} onClose={() => setOpen(null)} onConnected={finish} />,
    add: (provider) => (provider === "caldav" ? setOpen({ kind: "caldav", account: null }) : void start(provider)),
    reconnect: (account) => (account.provider === "google" || account.provider === "outlook" ? void start(account.provider, account.id) : setOpen({ kind: "caldav", account })),
    choose: (account) => setOpen({ kind: "picker", accountId: account.id }),
    disconnect: (account) => setOpen({ kind: "disconnect", account }),
    removeAccount: (account) => setOpen({ kind: "remove", account }),
    continueHere: () => blocked && authorizeHere(blocked.provider, blocked.accountId),
  };
}

function DisconnectDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  return (
    <Confirm
      title={`Disconnect ${account.email}?`}
      action="Disconnect"
      onClose={onClose}
      onConfirm={async () => {
        await disconnectAccount(account.id);
        await reloadConnections();
        showToast("success", `${account.email} disconnected`, "Reconnect at any time; events, mapping and history are kept.");
      }}
    >
      <p>
        The stored access is wiped and {plural(account.connections, "calendar stops", "calendars stop")} syncing. Events, mapping and history stay, so that reconnecting goes on where it stopped.
      </p>
    </Confirm>
  );
}

function RemoveDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  return (
    <Confirm
      title={`Remove ${account.email}?`}
      action="Remove account"
      danger
      onClose={onClose}
      onConfirm={async () => {
        await deleteAccount(account.id);
        await reloadConnections();
        showToast("success", `${account.email} removed`);
      }}
    >
      <p>Tidecal forgets this account and gives its access back to the vendor. No calendar of it is kept in step.</p>
    </Confirm>
  );
}
