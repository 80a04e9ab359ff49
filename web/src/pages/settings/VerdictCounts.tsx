// What became of the calendar's events, and why some are not in the list.
import { useEffect, useState } from "preact/hooks";
import { listVerdicts } from "../../api/client";
import { asProblem, type ApiProblem } from "../../api/problem";
import type { Connection, ConnectionCounts, MappingRow, Verdict } from "../../api/types";
import { CopyButton } from "../../parts/CopyButton";
import { Dialog } from "../../parts/Dialog";
import { Failure } from "../../parts/Notice";
import { Skeleton } from "../../parts/Skeleton";
import { plural } from "../../text/search";

interface Kind {
  verdict: Verdict;
  count: keyof ConnectionCounts;
  word: string;
  title: string;
  text: string;
}

const KINDS: Kind[] = [
  { verdict: "quarantined", count: "quarantined", word: "quarantined", title: "Quarantined events", text: "These could not be read. They are kept apart so that the rest of the calendar goes on; each is tried again when it changes at the source." },
  { verdict: "held", count: "held", word: "held back", title: "Changes held back", text: "Writing these would mail somebody, so they wait for you under Held back." },
  { verdict: "filtered", count: "filtered", word: "filtered", title: "Filtered events", text: "A rule of this connection leaves these out on purpose." },
  { verdict: "out_of_window", count: "outOfWindow", word: "out of window", title: "Events out of the window", text: "These lie before or after the stretch of time that is kept in step. They appear by themselves when the window reaches them." },
];

const WHY: Partial<Record<Verdict, string>> = {
  out_of_window: "Outside the stretch of time that is kept in step",
  filtered: "Left out by a rule",
  quarantined: "Could not be read",
};

function reasonOf(row: MappingRow, verdict: Verdict): string {
  return row.reason || row.lastError || WHY[verdict] || "No reason recorded";
}

function Rows({ rows, verdict }: { rows: readonly MappingRow[]; verdict: Verdict }) {
  if (rows.length === 0) return <p>None any more.</p>;
  return (
    <ul class="verdicts">
      {rows.map((row) => (
        <li key={`${row.externalEventId}/${row.recurrenceId ?? ""}`}>
          <p class="verdict-title">{row.title || "Untitled event"}</p>
          <p>{reasonOf(row, verdict)}</p>
          <p class="verdict-id">
            <code>{row.externalEventId}</code>
            <CopyButton text={`${row.externalEventId}\n${reasonOf(row, verdict)}`} />
          </p>
        </li>
      ))}
    </ul>
  );
}

function VerdictDialog({ connection, kind, onClose }: { connection: Connection; kind: Kind; onClose: () => void }) {
  const [rows, setRows] = useState<MappingRow[] | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const loading = new AbortController();
    setProblem(null);
    listVerdicts(connection.id, kind.verdict, loading.signal).then(
      ({ items }) => setRows(items),
      (error: unknown) => !loading.signal.aborted && setProblem(asProblem(error)),
    );
    return () => loading.abort();
  }, [connection.id, kind, attempt]);
  return (
    <Dialog title={`${kind.title} of ${connection.name}`} onClose={onClose} wide>
      <p class="muted">{kind.text}</p>
      {problem && <Failure what="The list could not be loaded" problem={problem} onRetry={() => setAttempt(attempt + 1)} />}
      {rows === null && !problem && <Skeleton lines={4} label="Loading events" />}
      {rows !== null && <Rows rows={rows} verdict={kind.verdict} />}
    </Dialog>
  );
}

export function VerdictCounts({ connection }: { connection: Connection }) {
  const [open, setOpen] = useState<Kind | null>(null);
  const { counts } = connection;
  return (
    <div class="verdict-counts">
      <span>
        <strong>{plural(counts.mirrored, "event")}</strong> in step
      </span>
      {KINDS.filter((kind) => counts[kind.count] > 0).map((kind) => (
        <button key={kind.verdict} type="button" class={`verdict-link verdict-${kind.verdict}`} aria-haspopup="dialog" onClick={() => setOpen(kind)}>
          {counts[kind.count].toLocaleString("en")} {kind.word}
        </button>
      ))}
      {open && <VerdictDialog connection={connection} kind={open} onClose={() => setOpen(null)} />}
    </div>
  );
}
