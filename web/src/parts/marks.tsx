// Small marks: status badges, provider tiles, calendar colours, links out of foreign text.
import type { ConnectionStatus, Provider } from "../api/types";
import { linkPieces } from "../text/links";
import { Icon, type IconName } from "./Icon";

const STATUS: Record<ConnectionStatus, { tone: string; icon: IconName }> = {
  Active: { tone: "success", icon: "checkCircle" },
  Error: { tone: "warning", icon: "warning" },
  Disabled: { tone: "error", icon: "stopCircle" },
};

/** The documented words: Active, Error, Disabled. */
export function StatusBadge({ status }: { status: ConnectionStatus }) {
  const { tone, icon } = STATUS[status];
  return <Badge tone={tone} icon={icon} text={status} />;
}

export function Badge({ tone, icon, text }: { tone: string; icon?: IconName; text: string }) {
  return (
    <span class={`badge badge-${tone}`}>
      {icon !== undefined && <Icon name={icon} size={13} />}
      {text}
    </span>
  );
}

const TILES: Record<Provider, string> = { google: "G", outlook: "O", caldav: "C", ics: "i" };
export const PROVIDER_NAMES: Record<Provider, string> = {
  google: "Google Calendar",
  outlook: "Outlook Calendar",
  caldav: "CalDAV",
  ics: "Calendar feed",
};

export function ProviderTile({ provider }: { provider: Provider }) {
  return (
    <span class={`tile tile-${provider}`} aria-hidden="true">
      {TILES[provider] ?? "?"}
    </span>
  );
}

const PALETTE = ["#2f6fed", "#0d9488", "#c2410c", "#9333ea", "#be185d", "#4d7c0f", "#0369a1", "#b45309"];

/** The vendor's colour when it is one, else a steady choice by id. */
export function calendarColor(color: string | null | undefined, id: string): string {
  if (color && /^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(color)) return color.slice(0, 7);
  let hash = 0;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return PALETTE[hash % PALETTE.length] ?? "#2f6fed";
}

export function Dot({ color }: { color: string }) {
  return <span class="dot" style={{ "--mark": color }} aria-hidden="true" />;
}

/** Foreign text: only ever text, web addresses become links. */
export function LinkedText({ text }: { text: string }) {
  return (
    <>
      {linkPieces(text).map((piece, index) =>
        piece.href === null ? (
          piece.text
        ) : (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ),
      )}
    </>
  );
}
