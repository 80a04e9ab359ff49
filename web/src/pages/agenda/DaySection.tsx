// One day of the list.
import type { Day, Entry } from "../../agenda/days";
import type { Instance } from "../../api/types";
import { Icon } from "../../parts/Icon";
import { calendarColor } from "../../parts/marks";
import { Tip } from "../../parts/Tip";
import { clockface } from "../../state/clock";
import { calendars } from "../../state/data";
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

function EntryMeta({ entry, calendarName }: { entry: Entry; calendarName: string | null }) {
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
      {calendarName !== null && <span class="meta meta-calendar">{calendarName}</span>}
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

function EntryRow({ entry, onOpen }: { entry: Entry; onOpen: (instance: Instance) => void }) {
  const { instance } = entry;
  const calendar = (useStore(calendars.state).data ?? []).find((one) => one.id === instance.calendarId) ?? null;
  const type = eventType(instance.eventType);
  const join = httpUrl(instance.conferenceUrl);
  const color = calendarColor(instance.color ?? calendar?.color, instance.calendarId);
  return (
    <li class={`entry${instance.status === "cancelled" ? " entry-cancelled" : ""}`} style={{ "--mark": color }} data-event-id={instance.eventId}>
      <EntryTime entry={entry} />
      <span class="entry-bar" aria-hidden="true" />
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
        <EntryMeta entry={entry} calendarName={calendar?.name ?? null} />
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

export function DaySection({ day, today, onOpen }: { day: Day; today: string; onOpen: (instance: Instance) => void }) {
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
          <EntryRow key={entry.key} entry={entry} onOpen={onOpen} />
        ))}
      </ul>
    </section>
  );
}
