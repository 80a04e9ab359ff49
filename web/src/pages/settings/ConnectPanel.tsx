// The Add buttons and the connected accounts with their calendars.
import type { Account, Connection, Provider, ProviderInfo, Session } from "../../api/types";
import { Button } from "../../parts/Button";
import { Empty, Failure, Notice } from "../../parts/Notice";
import { Badge, PROVIDER_NAMES, ProviderTile } from "../../parts/marks";
import { SkeletonCards } from "../../parts/Skeleton";
import { accounts, connections, providers, reloadConnections } from "../../state/data";
import { oauthBlock } from "../../state/gates";
import { useStore } from "../../state/store";
import { ConnectionCard } from "./ConnectionCard";
import type { Connect } from "./useConnect";

const ADD: { provider: Provider; text: string }[] = [
  { provider: "google", text: "Add Google Calendar" },
  { provider: "outlook", text: "Add Outlook Calendar" },
  { provider: "caldav", text: "Add CalDAV account" },
];

function addBlock(session: Session, known: readonly ProviderInfo[] | null, provider: Provider): string | null {
  const closed = oauthBlock(session);
  if (closed !== null) return closed;
  if (known === null) return null;
  const info = known.find((one) => one.provider === provider);
  if (!info) return `${PROVIDER_NAMES[provider]} is not part of this deployment.`;
  return info.available ? null : (info.reason ?? `${info.name} is not set up on this deployment.`);
}

function AddButtons({ session, connect }: { session: Session; connect: Connect }) {
  const known = useStore(providers.state).data;
  const closed = (known ?? []).filter((info) => !info.available && info.reason !== null && ADD.some((one) => one.provider === info.provider));
  return (
    <div class="add">
      {ADD.map(({ provider, text }) => (
        <Button key={provider} icon="plus" tipAlign="start" busy={connect.opening === provider} disabledReason={addBlock(session, known, provider)} onClick={() => connect.add(provider)}>
          {text}
        </Button>
      ))}
      {closed.map((info) => (
        <p key={info.provider} class="add-reason">
          {info.name} is not available: {info.reason}
        </p>
      ))}
    </div>
  );
}

function BlockedNotice({ connect }: { connect: Connect }) {
  const { blocked } = connect;
  if (blocked === null) return null;
  return (
    <Notice
      tone="warning"
      role="alert"
      title="Your browser blocked the sign-in window"
      actions={
        <>
          <Button onClick={connect.continueHere}>Continue in this tab</Button>
          <Button kind="quiet" onClick={connect.clearBlocked}>
            Dismiss
          </Button>
        </>
      }
    >
      <p>Allow pop-ups for this site (the icon at the end of the address bar), then press the button again. Or continue here: you will come back to this page.</p>
    </Notice>
  );
}

const ACCOUNT_STATUS: Record<Account["status"], { tone: string; text: string } | null> = {
  active: null,
  reauth_required: { tone: "warning", text: "Reconnect needed" },
  disconnected: { tone: "neutral", text: "Disconnected" },
};

function AccountSection({ account, list, session, connect }: { account: Account; list: readonly Connection[]; session: Session; connect: Connect }) {
  const status = ACCOUNT_STATUS[account.status];
  const titleId = `account-${account.id}`;
  return (
    <section class="account" aria-labelledby={titleId}>
      <header class="account-head">
        <ProviderTile provider={account.provider} />
        <div class="account-name">
          <h2 id={titleId}>{account.email || account.name}</h2>
          <p class="muted">{PROVIDER_NAMES[account.provider]}</p>
        </div>
        {status && <Badge tone={status.tone} text={status.text} />}
        <div class="account-actions">
          {account.status === "active" ? (
            <Button size="small" icon="plus" label={`Choose calendars of ${account.email}`} onClick={() => connect.choose(account)}>
              Choose calendars
            </Button>
          ) : (
            <Button size="small" kind="primary" icon="link" busy={connect.opening === account.id} onClick={() => connect.reconnect(account)}>
              Reconnect
            </Button>
          )}
          {list.length === 0 && (
            <Button size="small" kind="quiet" icon="trash" label={`Remove account ${account.email}`} onClick={() => connect.removeAccount(account)}>
              Remove
            </Button>
          )}
        </div>
      </header>
      {list.length === 0 ? (
        <p class="account-empty muted">No calendar of this account is kept in step yet. Choose at least one.</p>
      ) : (
        <div class="cards">
          {list.map((connection) => (
            <ConnectionCard key={connection.id} connection={connection} account={account} session={session} connect={connect} />
          ))}
        </div>
      )}
    </section>
  );
}

export function ConnectPanel({ session, connect }: { session: Session; connect: Connect }) {
  const loadedAccounts = useStore(accounts.state);
  const loaded = useStore(connections.state);
  const error = loaded.error ?? loadedAccounts.error;
  const ready = loaded.data !== null && loadedAccounts.data !== null;
  const none = ready && loadedAccounts.data?.length === 0;
  return (
    <>
      <AddButtons session={session} connect={connect} />
      <BlockedNotice connect={connect} />
      {error && <Failure what={ready ? "What is shown may be out of date" : "Your calendars could not be loaded"} problem={error} onRetry={() => void reloadConnections()} busy={loaded.loading} />}
      {!ready && !error && <SkeletonCards count={2} label="Loading calendars" />}
      {none && (
        <Empty icon="link" title="No calendars connected">
          <p>Press one of the buttons above. You sign in with the vendor, choose calendars, and their events appear within a minute. Nothing is written to your calendars.</p>
        </Empty>
      )}
      {ready &&
        loadedAccounts.data?.map((account) => (
          <AccountSection key={account.id} account={account} list={(loaded.data ?? []).filter((one) => one.accountId === account.id)} session={session} connect={connect} />
        ))}
    </>
  );
}
