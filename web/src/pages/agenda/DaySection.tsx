// One day of the list.
import { useMemo } from "preact/hooks";
import { calendarNames } from "../../agenda/accounts";
import type { Shown } from "../../agenda/copies";
import type { Day, Entry } from "../../agenda/days";
import type { Calendar, Instance } from "../../api/types";
import { Icon } from "../../parts/Icon";
import { calendarColor } from "../../parts/marks";
import { Tip } from "../../parts/Tip";
import { clockface } from "../../state/clock";
import { calendars, connections } from "../../state/data";
import { useStore } from "../../state/store";
import { httpUrl, meetingName } from "../../text/links";
import { plural } from "../../text/search";
import { clockTime, longDate, nearDay, ownClockTime, placeOf } from "../../time/words";
import { zoneDiffers } from "../../time/zone";
import { eventType } from "./eventType";

/** What stands in the time column: start over end, as far as they fall on this day. */
function EntryTime({ entry }: { entry: Entry }) {
  if (entry.allDay || entry.start === null || entry.end === null) return <span class="entry-time entry-allday">All day</span>;
  const beginsHere = entry.dayIndex === 1;
  const endsHere = entry.dayIndex === entry.dayCount;
  if (!beginsHere && !endsHere) return <span class="entry-time entry-allday">All day</span>;
  return (
    <span class="entry-time">
      <span>{beginsHere ? clockTime(entry.start, clockface) : "until"}</span>
      <span class={beginsHere ? "entry-end" : ""}>{endsHere ? (entry.end > entry.start ? clockTime(entry.end, clockface) : "") : "onwards"}</span>
    </span>
  );
}

/** The event's own clock when it differs from the viewer's. */
function OwnZone({ instance }: { instance: Instance }) {
  if (instance.allDay || !zoneDiffers(instance.start, clockface.zone)) return null;
  const place = instance.timeZone === null ? "its own zone" : placeOf(instance.timeZone);
  return (
    <span class="meta">
      <Icon name="globe" size={14} />
      {ownClockTime(instance.start, clockface.locale)} {place}
    </span>
  );
}

function EntryMeta({ entry, holders }: { entry: Entry<Shown>; holders: readonly Holder[] }) {
  const { instance } = entry;
  return (
    <div class="entry-meta">
      {entry.dayCount > 1 && (
        <span class="meta">
          Day {entry.dayIndex} of {entry.dayCount}
        </span>
      )}
      <OwnZone instance={instance} />
      {instance.location !== "" && httpUrl(instance.location) === null && (
        <span class="meta meta-location">
          <Icon name="pin" size={14} />
          <span>{instance.location}</span>
        </span>
      )}
      {instance.attendees.length > 0 && (
        <span class="meta">
          <Icon name="people" size={14} />
          {plural(instance.attendees.length, "person", "people")}
        </span>
      )}
      {holders.map((holder) => (
        <span key={holder.id} class="meta meta-calendar">
          {holder.name}
        </span>
      ))}
    </div>
  );
}

function EntryFlags({ instance }: { instance: Instance }) {
  return (
    <span class="entry-flags">
      {instance.recurring && (
        <span class="flag">
          <Icon name="repeat" size={14} />
          <span class="visually-hidden">Repeats</span>
        </span>
      )}
      {(instance.visibility === "private" || instance.visibility === "confidential") && (
        <span class="flag">
          <Icon name="lock" size={14} />
          <span class="visually-hidden">Private</span>
        </span>
      )}
      {instance.status === "tentative" && <span class="chip">Tentative</span>}
      {instance.zoneGuessed && (
        <Tip align="end" text="The source names a time zone that is unknown here. The time shown rests on a guess; check it with the organiser.">
          <span class="chip chip-warning">
            <Icon name="warning" size={12} /> Zone guessed
          </span>
        </Tip>
      )}
    </span>
  );
}

/** A calendar that holds the event. */
interface Holder {
  id: string;
  name: string;
  color: string;
}

interface RowProps {
  entry: Entry<Shown>;
  known: ReadonlyMap<string, Calendar>;
  names: ReadonlyMap<string, string>;
  onOpen: (instance: Shown) => void;
}

function EntryRow({ entry, known, names, onOpen }: RowProps) {
  const { instance } = entry;
  const holders = [instance.calendarId, ...instance.alsoIn].map((id, index) => {
    const own = index === 0 ? instance.color : null;
    return { id, name: names.get(id) ?? "", color: calendarColor(own ?? known.get(id)?.color, id) };
  });
  const type = eventType(instance.eventType);
  const join = httpUrl(instance.conferenceUrl);
  return (
    <li class={`entry${instance.status === "cancelled" ? " entry-cancelled" : ""}`} data-event-id={instance.eventId}>
      <EntryTime entry={entry} />
      <span class="entry-bar" aria-hidden="true">
        {holders.map((holder) => (
          <span key={holder.id} style={{ "--mark": holder.color }} />
        ))}
      </span>
      <div class="entry-text">
        <div class="entry-title">
          <span class="entry-type">
            <Icon name={type.icon} size={16} />
            <span class="visually-hidden">{type.name}: </span>
          </span>
          <button type="button" class="entry-open" onClick={() => onOpen(instance)}>
            {instance.title === "" ? "(No title)" : instance.title}
          </button>
          <EntryFlags instance={instance} />
        </div>
        <EntryMeta entry={entry} holders={holders.filter((holder) => holder.name !== "")} />
      </div>
      {join !== null && (
        <a class="button button-plain button-small entry-join" href={join} target="_blank" rel="noopener noreferrer" aria-label={`Join ${instance.title} on ${meetingName(join)}`}>
          <Icon name="video" size={15} />
          <span>Join</span>
        </a>
      )}
    </li>
  );
}

export function DaySection({ day, today, onOpen }: { day: Day<Shown>; today: string; onOpen: (instance: Shown) => void }) {
  const list = useStore(calendars.state).data;
  const sources = useStore(connections.state).data;
  const names = useMemo(() => calendarNames(list ?? [], sources ?? []), [list, sources]);
  const known = useMemo(() => new Map((list ?? []).map((calendar) => [calendar.id, calendar])), [list]);
  const near = nearDay(day.date, today);
  const date = longDate(day.date, today, clockface.locale);
  const titleId = `day-${day.date}`;
  return (
    <section class={`day${day.date === today ? " day-today" : ""}`} aria-labelledby={titleId}>
      <header class="day-head">
        <h2 id={titleId}>
          {near === null ? date : <span class="day-near">{near}</span>}
          {near !== null && <span class="day-date"> {date}</span>}
        </h2>
        <span class="day-count">{plural(day.entries.length, "event")}</span>
      </header>
      <ul class="entries">
        {day.entries.map((entry) => (
          <EntryRow key={entry.key} entry={entry} known={known} names={names} onOpen={onOpen} />
        ))}
      </ul>
    </section>
  );
}
