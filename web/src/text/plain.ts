// Descriptions arrive as HTML or as text from strangers. They are only ever shown as text; this turns
// the HTML of calendar vendors into readable lines. Pure: no DOM, nothing is ever parsed as markup.

const NAMED: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ndash: "–",
  mdash: "—",
  hellip: "…",
  bull: "•",
  auml: "ä",
  ouml: "ö",
  uuml: "ü",
  Auml: "Ä",
  Ouml: "Ö",
  Uuml: "Ü",
  szlig: "ß",
  eacute: "é",
  egrave: "è",
  euro: "€",
  copy: "©",
};

const TAG = /<\/?([a-z][a-z0-9]*)\b[^>]*>/gi;
const BLOCK = new Set(["p", "div", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section"]);
const KNOWN = /<\/?(a|b|i|u|p|br|hr|div|span|ul|ol|li|table|tr|td|th|tbody|strong|em|font|html|body|head|meta|img|style|script|h[1-6]|blockquote|pre|section|center|small)\b[^>]*>/i;

function decodeEntities(text: string): string {
  return text.replace(/&(#x?[0-9a-f]+|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return NAMED[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    const allowed = code === 10 || (code >= 32 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff));
    return allowed ? String.fromCodePoint(code) : "";
  });
}

function tagAsText(whole: string, name: string): string {
  const tag = name.toLowerCase();
  if (tag === "br" || tag === "hr") return "\n";
  if (tag === "li") return whole.startsWith("</") ? "" : "\n• ";
  if (tag === "td" || tag === "th") return whole.startsWith("</") ? " " : "";
  return BLOCK.has(tag) ? "\n" : "";
}

/** Text of a description, HTML or not. Links keep their label; scripts, styles and comments vanish. */
export function plainText(source: string): string {
  const text = source.replace(/\r\n?/g, "\n");
  if (!KNOWN.test(text)) return decodeEntities(text).trim();
  const stripped = text
    .replace(/<!--[\s\S]*?(-->|$)/g, "")
    .replace(/<(script|style|head|title)\b[\s\S]*?(<\/\1\s*>|$)/gi, "")
    // A label that differs from its target would hide it: keep both.
    .replace(/<a\b[^>]*\bhref\s*=\s*["']?(https?:[^"'\s>]+)[^>]*>([\s\S]*?)<\/a\s*>/gi, (_all, href: string, label: string) => {
      const words = label.replace(TAG, "").trim();
      return words === "" || href.includes(words) || words.includes(href) ? href : `${words} (${href})`;
    })
    .replace(TAG, tagAsText);
  return decodeEntities(stripped)
    .replace(/[ \t ]+/g, " ")
    .replace(/ *\n */g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
