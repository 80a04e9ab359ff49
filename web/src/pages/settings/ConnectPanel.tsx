// The Add buttons and the connected accounts with their calendars.
import type { Account, Calendar, Connection, Provider, ProviderInfo, Session } from "../../api/types";
import { Button } from "../../parts/Button";
import { Empty, Failure, Notice } from "../../parts/Notice";
import { Badge, PROVIDER_NAMES, ProviderTile } from "../../parts/marks";
import { SkeletonCards } from "../../parts/Skeleton";
import { accounts, calendars, connections, providers, reloadConnections } from "../../state/data";
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

interface SectionProps {
  account: Account;
  list: readonly Connection[];
  session: Session;
  connect: Connect;
  /** It is another person's, whom the viewer looks after. */
  foreign: boolean;
}

function AccountSection({ account, list, session, connect, foreign }: SectionProps) {
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
          {account.status === "active" && !foreign && (
            <Button size="small" icon="plus" label={`Choose calendars of ${account.email}`} onClick={() => connect.choose(account)}>
              Choose calendars
            </Button>
          )}
          {account.status !== "active" && (
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

/** Accounts of other people: all that they are connected to feeds calendars that the viewer does not have. */
function splitAccounts(list: readonly Account[], known: readonly Connection[], own: readonly Calendar[] | null): { mine: Account[]; others: Account[] } {
  const ids = new Set(own?.map((calendar) => calendar.id));
  const isForeign = (account: Account) => {
    const fed = known.filter((connection) => connection.accountId === account.id);
    return own !== null && fed.length > 0 && fed.every((connection) => !ids.has(connection.calendarId));
  };
  return { mine: list.filter((account) => !isForeign(account)), others: list.filter(isForeign) };
}

function Sections({ session, connect, list, known }: { session: Session; connect: Connect; list: readonly Account[]; known: readonly Connection[] }) {
  const { mine, others } = splitAccounts(list, known, useStore(calendars.state).data);
  const section = (account: Account, foreign: boolean) => (
    <AccountSection key={account.id} account={account} list={known.filter((one) => one.accountId === account.id)} session={session} connect={connect} foreign={foreign} />
  );
  return (
    <>
      {mine.length === 0 && (
        <Empty icon="link" title="No calendars connected">
          <p>Press one of the buttons above. You sign in with the vendor, choose calendars, and their events appear within a minute. Nothing is written to your calendars.</p>
        </Empty>
      )}
      {mine.map((account) => section(account, false))}
      {others.length > 0 && (
        <header class="others-head">
          <h2>Other people of {session.tenant.name}</h2>
          <p class="muted">As {session.user.role} you keep their calendars running; what is in them only they can see.</p>
        </header>
      )}
      {others.map((account) => section(account, true))}
    </>
  );
}

export function ConnectPanel({ session, connect }: { session: Session; connect: Connect }) {
  const loadedAccounts = useStore(accounts.state);
  const loaded = useStore(connections.state);
  const error = loaded.error ?? loadedAccounts.error;
  const own = useStore(calendars.state);
  // Whose they are is known with the calendars; without them sections would jump.
  const ready = loaded.data !== null && loadedAccounts.data !== null && (own.data !== null || own.error !== null);
  return (
    <>
      <AddButtons session={session} connect={connect} />
      <BlockedNotice connect={connect} />
      {error && <Failure what={ready ? "What is shown may be out of date" : "Your calendars could not be loaded"} problem={error} onRetry={() => void reloadConnections()} busy={loaded.loading} />}
      {!ready && !error && <SkeletonCards count={2} label="Loading calendars" />}
      {ready && <Sections session={session} connect={connect} list={loadedAccounts.data ?? []} known={loaded.data ?? []} />}
    </>
  );
}
