import type { Calendar } from "../../api/types";
import { calendarColor } from "../../parts/marks";
import { hiddenStore, toggleHidden } from "../../state/hidden";
import { useStore } from "../../state/store";

function Choices({ calendars, hidden }: { calendars: readonly Calendar[]; hidden: ReadonlySet<string> }) {
  return (
    <ul class="filter-list">
      {calendars.map((calendar) => (
        <li key={calendar.id}>
          <label style={{ "--mark": calendarColor(calendar.color, calendar.id) }}>
            <input type="checkbox" checked={!hidden.has(calendar.id)} onChange={() => toggleHidden(calendar.id)} />
            <span>{calendar.name}</span>
          </label>
        </li>
      ))}
    </ul>
  );
}

/** Which calendars the list shows; `folded` is the form for narrow windows. */
export function CalendarFilter({ calendars, folded = false }: { calendars: readonly Calendar[]; folded?: boolean }) {
  const hidden = useStore(hiddenStore);
  if (calendars.length === 0) return null;
  if (!folded) {
    return (
      <section class="filter filter-open" aria-labelledby="filter-title">
        <h2 id="filter-title">Calendars</h2>
        <Choices calendars={calendars} hidden={hidden} />
      </section>
    );
  }
  const visible = calendars.filter((calendar) => !hidden.has(calendar.id)).length;
  return (
    <details class="filter filter-folded">
      <summary>
        Calendars <span class="muted">{visible === calendars.length ? `all ${visible} shown` : `${visible} of ${calendars.length} shown`}</span>
      </summary>
      <Choices calendars={calendars} hidden={hidden} />
    </details>
  );
}
