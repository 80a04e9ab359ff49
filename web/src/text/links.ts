// Links out of foreign text. Only http and https ever become links. Pure.

/** The address if it is a well-formed http(s) URL without credentials, else null. */
export function httpUrl(text: string | null | undefined): string | null {
  if (!text) return null;
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed)) return null;
  try {
    const url = new URL(trimmed);
    return url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null;
  }
}

/** The same, but also a path of this site (troubleshooting links). */
export function guideUrl(text: string | null | undefined): string | null {
  if (text && /^\/(?![/\\])/.test(text)) return text;
  return httpUrl(text);
}

export type Piece = { text: string; href: string | null };

/** Cuts text into pieces, those that are web addresses with their link. */
export function linkPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
    // Punctuation behind an address belongs to the sentence.
    const address = found[0].replace(/[.,;:!?)\]}'*]+$/, "");
    const href = httpUrl(address);
    if (href === null) continue;
    if (found.index > end) pieces.push({ text: text.slice(end, found.index), href: null });
    pieces.push({ text: address, href });
    end = found.index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: null });
  return pieces;
}

const MEETINGS: [RegExp, string][] = [
  [/(^|\.)meet\.google\.com$/, "Google Meet"],
  [/(^|\.)zoom\.us$/, "Zoom"],
  [/(^|\.)teams\.(microsoft|live)\.com$/, "Microsoft Teams"],
  [/(^|\.)webex\.com$/, "Webex"],
  [/(^|\.)whereby\.com$/, "Whereby"],
  [/^meet\.jit\.si$/, "Jitsi Meet"],
];

/** A reader's name for a meeting link: the service, else the host. */
export function meetingName(href: string): string {
  const host = new URL(href).hostname;
  return MEETINGS.find(([pattern]) => pattern.test(host))?.[1] ?? host;
}
