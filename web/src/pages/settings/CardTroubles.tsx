// What is wrong with a calendar, and what its owner can do.
import type { Connection, Hold } from "../../api/types";
import { CopyButton } from "../../parts/CopyButton";
import { Icon } from "../../parts/Icon";
import { clockface, useNow } from "../../state/clock";
import { followLink } from "../../state/router";
import { guideUrl } from "../../text/links";
import { plural } from "../../text/search";
import { fullTime, relativeTime } from "../../time/words";

function ErrorText({ connection }: { connection: Connection }) {
  const error = connection.lastError;
  if (error === null) return null;
  const guide = guideUrl(error.guide);
  return (
    <div class="trouble trouble-error">
      <Icon name="errorCircle" />
      <div class="trouble-text">
        <p class="trouble-message">{error.message}</p>
        {error.hint !== null && error.hint !== "" && <p>{error.hint}</p>}
        <div class="trouble-foot">
          {guide !== null && (
            <a href={guide} target="_blank" rel="noopener noreferrer">
              Troubleshooting guide
            </a>
          )}
          <CopyButton text={[`${connection.name} (${connection.id})`, error.message, error.hint ?? ""].filter((line) => line !== "").join("\n")} />
        </div>
      </div>
    </div>
  );
}

/** Warns when a refresh failed: a healthy access token is renewed before its end. */
function tokenWarning(connection: Connection, present: number): string | null {
  if (connection.reauthRequired) return "Access has ended. Reconnect the account to go on; events and mapping are kept.";
  if (connection.tokenExpiry === null || !connection.enabled) return null;
  const end = Date.parse(connection.tokenExpiry);
  if (end > present) return null;
  return `The access token expired ${relativeTime(end, present)} and was not renewed. Sync Now tries again; if that fails, disconnect and reconnect.`;
}

function Warning({ text }: { text: string }) {
  return (
    <div class="trouble trouble-warning">
      <Icon name="warning" />
      <div class="trouble-text">
        <p>{text}</p>
      </div>
    </div>
  );
}

/** Nobody but a person can tell a clean-up from an accident. */
function Brake({ connection, hold }: { connection: Connection; hold: Hold }) {
  const command = `tidecal held release ${connection.id}`;
  return (
    <div class="trouble trouble-warning">
      <Icon name="warning" />
      <div class="trouble-text">
        <p class="trouble-message">{hold.deletions > 0 ? `${plural(hold.deletions, "deletion")} held back` : "A sync waits for you"}</p>
        <p>{hold.reason}</p>
        <p>
          Check at the vendor whether that is right. The owner of the calendar then lets it pass under Held back; an operator with <code>{command}</code>
        </p>
        <div class="trouble-foot">
          <a href={`${location.pathname}?tab=held`} onClick={followLink}>
            Decide
          </a>
          <CopyButton text={command} label="Copy command" />
        </div>
      </div>
    </div>
  );
}

export function CardTroubles({ connection }: { connection: Connection }) {
  const present = useNow();
  const warning = tokenWarning(connection, present);
  const wait = connection.backoffUntil === null ? null : Date.parse(connection.backoffUntil);
  return (
    <>
      {warning !== null && <Warning text={warning} />}
      {wait !== null && wait > present && <Warning text={`Waiting until ${fullTime(wait, clockface)} before the next attempt.`} />}
      {!connection.enabled && <Warning text="Paused: nothing is synced until it is resumed. Events and mapping are kept." />}
      {connection.held && <Brake connection={connection} hold={connection.held} />}
      {connection.stoppedReason !== null && connection.lastError === null && <Warning text={`Stopped: ${connection.stoppedReason}. Resync tries again.`} />}
      <ErrorText connection={connection} />
    </>
  );
}
