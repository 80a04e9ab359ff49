// Coming events as a list by day.
import { useEffect, useMemo, useState } from "preact/hooks";
import { withContent } from "../../agenda/accounts";
import { joinCopies, type Shown } from "../../agenda/copies";
import { groupByDay, type Day } from "../../agenda/days";
import type { Session } from "../../api/types";
import { Button } from "../../parts/Button";
import { Empty, Failure } from "../../parts/Notice";
import { Skeleton } from "../../parts/Skeleton";
import { SyncReport } from "../../parts/SyncReport";
import { agendaStore, loadMore, openAgenda, reloadAgenda, type AgendaState } from "../../state/agenda";
import { clockface, useNow } from "../../state/clock";
import { calendars, connections, useMine } from "../../state/data";
import { hiddenStore } from "../../state/hidden";
import { onEventsChanged } from "../../state/live";
import { followLink } from "../../state/router";
import { useStore } from "../../state/store";
import { syncStore } from "../../state/sync";
import { matches, plural } from "../../text/search";
import { addDays, dateAt } from "../../time/zone";
import { shortDate } from "../../time/words";
import { CalendarFilter } from "./CalendarFilter";
import { DaySection } from "./DaySection";
import { EventDialog } from "./EventDialog";
import { MiniMonth } from "./MiniMonth";
import { AgendaToolbar } from "./AgendaToolbar";

/** Days up to which the list is complete: beyond the last loaded start, more pages may still add to them. */
function completeUpTo(state: AgendaState): string {
  if (state.cursor === null || state.instances === null) return state.to;
  const lastStart = state.instances.reduce((latest, one) => (one.start.slice(0, 10) > latest ? one.start.slice(0, 10) : latest), state.from);
  const next = addDays(lastStart, 1);
  return next < state.to ? next : state.to;
}

function useAgenda(today: string): { state: AgendaState; from: string; setFrom: (date: string) => void } {
  const state = useStore(agendaStore);
  // Null follows the day, also past midnight.
  const [chosen, setChosen] = useState<string | null>(null);
  const from = chosen ?? today;
  useEffect(() => void openAgenda(from, clockface.zone), [from]);
  useEffect(() => onEventsChanged(() => void reloadAgenda(clockface.zone)), []);
  const sync = useStore(syncStore);
  useEffect(() => {
    if (sync.kind === "report") void reloadAgenda(clockface.zone);
  }, [sync.kind]);
  return { state, from, setFrom: (date) => setChosen(date === today ? null : date) };
}

function NothingHere({ state, query, onClear }: { state: AgendaState; query: string; onClear: () => void }) {
  const connected = useMine();
  if (connected !== null && connected.length === 0) {
    return (
      <Empty
        icon="link"
        title="No calendar is connected yet"
        actions={
          <a class="button button-primary button-normal" href="/settings/calendars" onClick={followLink}>
            Connect a calendar
          </a>
        }
      >
        <p>Connect an account at Google, Outlook or any CalDAV server, such as iCloud, Fastmail or Nextcloud. Its events appear here within a minute.</p>
      </Empty>
    );
  }
  if ((state.instances?.length ?? 0) > 0) {
    return (
      <Empty icon="filter" title="Nothing matches" actions={<Button onClick={onClear}>Show everything</Button>}>
        <p>{query === "" ? "All loaded events belong to calendars that are hidden." : `No loaded event matches “${query}”. Load more days below, or clear the search.`}</p>
      </Empty>
    );
  }
  return (
    <Empty icon="calendar" title="Nothing in these days">
      <p>
        No events from {shortDate(state.from, clockface.locale)} to {shortDate(addDays(state.to, -1), clockface.locale)}. Look further ahead below, or sync if you expect some.
      </p>
    </Empty>
  );
}

function MoreButton({ state }: { state: AgendaState }) {
  const until = shortDate(addDays(state.to, -1), clockface.locale);
  return (
    <div class="more">
      <p class="muted">{state.cursor === null ? `Shown up to ${until}` : "There is more in these days"}</p>
      <Button icon="down" busy={state.loading === "more"} onClick={() => void loadMore(clockface.zone)}>
        {state.loading === "more" ? "Loading…" : "Load more"}
      </Button>
    </div>
  );
}

interface ListProps {
  state: AgendaState;
  days: Day<Shown>[];
  today: string;
  query: string;
  onOpen: (instance: Shown) => void;
  onClear: () => void;
}

function AgendaList({ state, days, today, query, onOpen, onClear }: ListProps) {
  const mine = useMine();
  const retry = () => void (state.instances === null ? openAgenda(state.from, clockface.zone) : reloadAgenda(clockface.zone));
  if (state.instances === null) {
    if (state.error) return <Failure what="The events could not be loaded" problem={state.error} onRetry={retry} busy={state.loading !== null} />;
    return <Skeleton lines={10} label="Loading events" />;
  }
  const unconnected = mine?.length === 0 && state.instances.length === 0;
  return (
    <>
      {state.error && <Failure what="The events shown may be out of date" problem={state.error} onRetry={retry} busy={state.loading !== null} />}
      {days.length === 0 ? <NothingHere state={state} query={query} onClear={onClear} /> : days.map((day) => <DaySection key={day.date} day={day} today={today} onOpen={onOpen} />)}
      {!unconnected && <MoreButton state={state} />}
    </>
  );
}

export function AgendaPage({ session }: { session: Session }) {
  const today = dateAt(useNow(), clockface.zone);
  const { state, from, setFrom } = useAgenda(today);
  const hidden = useStore(hiddenStore);
  const known = useStore(calendars.state).data;
  const sources = useStore(connections.state).data;
  const choices = useMemo(() => withContent(known ?? [], sources ?? [], state.instances ?? []), [known, sources, state.instances]);
  const [query, setQuery] = useState("");
  const [opened, setOpened] = useState<Shown | null>(null);
  useEffect(() => void (document.title = "Coming events · Tidecal"), []);

  const shown = useMemo(() => joinCopies((state.instances ?? []).filter((one) => !hidden.has(one.calendarId) && matches(one, query))), [state.instances, hidden, query]);
  const days = useMemo(() => groupByDay(shown, clockface.zone, state.from, completeUpTo(state)), [shown, state]);
  const clear = () => {
    setQuery("");
    hiddenStore.set(new Set());
  };
  const found = query === "" ? null : `${plural(shown.length, "event")} found`;

  return (
    <div class="agenda">
      <div class="agenda-main">
        <AgendaToolbar session={session} query={query} onQuery={setQuery} busy={state.loading === "again"} from={from} today={today} onToday={() => setFrom(today)} />
        <CalendarFilter calendars={choices} session={session} folded />
        <SyncReport />
        <p class="visually-hidden" role="status">
          {found}
        </p>
        <AgendaList state={state} days={days} today={today} query={query} onOpen={setOpened} onClear={clear} />
      </div>
      <aside class="agenda-side" aria-label="Date and calendars">
        <MiniMonth today={today} selected={from} onSelect={setFrom} instances={shown} />
        <CalendarFilter calendars={choices} session={session} />
      </aside>
      {opened && <EventDialog instance={opened} onClose={() => setOpened(null)} />}
    </div>
  );
}
