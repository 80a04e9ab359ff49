// Compares what Tidecal writes to Outlook with Microsoft's own types, by TypeScript's compiler: a member that the types do
// not know, a word that is none of theirs, a value of another type is an error.
//
//   graph_bodies | node types.mjs        each line is {"operation", "body"}
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

// The bodies of actions are no entities, so the package has no types of them: these are from the pages of
// event: accept, decline, tentativelyAccept.
const ANSWER = "interface Answer { comment?: string; sendResponse?: boolean }";
const TYPES = new Map([
  ["graph.events.create", "graph.Event"],
  ["graph.events.patch", "graph.Event"],
  ["graph.events.accept", "Answer"],
  ["graph.events.decline", "Answer"],
  ["graph.events.tentativelyAccept", "Answer"],
]);
const HEAD = `import type * as graph from "@microsoft/microsoft-graph-types";\n${ANSWER}\n`;

// What has to be refused, or the judge is blind.
const WRONG = [
  { subjekt: "An unknown member" },
  { showAs: "maybe" },
  { isAllDay: "yes" },
  { start: { dateTime: "2026-12-01T09:00:00", zone: "UTC" } },
  { recurrence: { pattern: { type: "hourly" } } },
  { attendees: [{ emailAddress: { mail: "ben@example.com" } }] },
];

const lines = readFileSync(0, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
const kinds = new Map();
let text = HEAD;
for (const [number, { operation, body }] of lines.entries()) {
  const type = TYPES.get(operation);
  if (type === undefined) throw new Error(`no type is known for ${operation}`);
  kinds.set(operation, (kinds.get(operation) ?? 0) + 1);
  text += `export const body${number}: ${type} = ${JSON.stringify(body)};\n`;
}
let wrong = HEAD;
for (const [number, body] of WRONG.entries()) wrong += `// @ts-expect-error\nexport const wrong${number}: graph.Event = ${JSON.stringify(body)};\n`;

const folder = mkdtempSync(join(here, "node_modules", "bodies-"));
const compiler = join(here, "node_modules", ".bin", "tsc");
const flags = ["--noEmit", "--strict", "--module", "preserve", "--types", "", "--pretty", "false"];
let failed = false;
try {
  writeFileSync(join(folder, "bodies.ts"), text);
  writeFileSync(join(folder, "wrong.ts"), wrong);
  execFileSync(compiler, [...flags, "bodies.ts", "wrong.ts"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
} catch (error) {
  failed = true;
  console.log(String(error.stdout ?? error));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const missing = [...TYPES.keys()].filter((operation) => !kinds.has(operation));
if (missing.length > 0) console.log(`nothing was sent as ${missing.join(", ")}`);
console.log(`${lines.length} bodies: ${[...kinds].map(([operation, count]) => `${operation} ${count}`).join(", ")}`);
process.exit(failed || missing.length > 0 || lines.length < 40 ? 1 : 0);
