// Which calendars the list shows.
import { useEffect, useRef } from "preact/hooks";
import { groupByAccount, type AccountCalendars } from "../../agenda/accounts";
import type { Calendar, Connection, Session } from "../../api/types";
import { calendarColor } from "../../parts/marks";
import { connections } from "../../state/data";
import { hiddenStore, setHidden } from "../../state/hidden";
import { useStore } from "../../state/store";

type Hidden = ReadonlySet<string>;

function Choices({ calendars, hidden }: { calendars: readonly Calendar[]; hidden: Hidden }) {
  return (
    <ul class="filter-list">
      {calendars.map((calendar) => (
        <li key={calendar.id}>
          <label style={{ "--mark": calendarColor(calendar.color, calendar.id) }}>
            <input type="checkbox" checked={!hidden.has(calendar.id)} onChange={(event) => setHidden([calendar.id], !event.currentTarget.checked)} />
            <span>{calendar.name}</span>
          </label>
        </li>
      ))}
    </ul>
  );
}

/** One account: its box shows or hides all of its calendars at once. */
function Group({ group, hidden }: { group: AccountCalendars; hidden: Hidden }) {
  const box = useRef<HTMLInputElement>(null);
  const ids = group.calendars.map((calendar) => calendar.id);
  const visible = ids.filter((id) => !hidden.has(id)).length;
  const mixed = visible > 0 && visible < ids.length;
  useEffect(() => {
    if (box.current) box.current.indeterminate = mixed;
  }, [mixed]);
  const name = group.account === "" ? "Other calendars" : group.account;
  return (
    <div class="filter-group" role="group" aria-label={name}>
      <label class="filter-account">
        <input ref={box} type="checkbox" checked={visible === ids.length} onChange={(event) => setHidden(ids, !event.currentTarget.checked)} />
        <span>
          <span class="visually-hidden">All of </span>
          {name}
        </span>
      </label>
      <Choices calendars={group.calendars} hidden={hidden} />
    </div>
  );
}

function Groups({ calendars, sources, hidden, session }: { calendars: readonly Calendar[]; sources: readonly Connection[]; hidden: Hidden; session: Session }) {
  const groups = groupByAccount(calendars, sources, session.user.email);
  if (groups.length < 2) return <Choices calendars={groups[0]?.calendars ?? []} hidden={hidden} />;
  return (
    <>
      {groups.map((group) => (
        <Group key={group.account} group={group} hidden={hidden} />
      ))}
    </>
  );
}

interface FilterProps {
  calendars: readonly Calendar[];
  session: Session;
  /** The form for narrow windows. */
  folded?: boolean;
}

export function CalendarFilter({ calendars, session, folded = false }: FilterProps) {
  const hidden = useStore(hiddenStore);
  const sources = useStore(connections.state);
  // Whose calendars they are comes with the connections; without it the groups would jump into place.
  if (calendars.length === 0 || (sources.data === null && sources.error === null)) return null;
  const groups = <Groups calendars={calendars} sources={sources.data ?? []} hidden={hidden} session={session} />;
  if (!folded) {
    return (
      <section class="filter filter-open" aria-labelledby="filter-title">
        <h2 id="filter-title">Calendars</h2>
        {groups}
      </section>
    );
  }
  const visible = calendars.filter((calendar) => !hidden.has(calendar.id)).length;
  return (
    <details class="filter filter-folded">
      <summary>
        Calendars <span class="muted">{visible === calendars.length ? `all ${visible} shown` : `${visible} of ${calendars.length} shown`}</span>
      </summary>
      {groups}
    </details>
  );
}
