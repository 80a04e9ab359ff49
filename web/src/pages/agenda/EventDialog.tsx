// Everything known about one occurrence. Foreign text is shown as text, never as markup.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { calendarNames } from "../../agenda/accounts";
import type { Shown } from "../../agenda/copies";
import { readDetails, type EventDetails } from "../../agenda/details";
import { daysOf } from "../../agenda/days";
import { getEvent } from "../../api/client";
import type { Attendee, Instance } from "../../api/types";
import { Dialog } from "../../parts/Dialog";
import { Icon, type IconName } from "../../parts/Icon";
import { Badge, calendarColor, Dot, LinkedText } from "../../parts/marks";
import { clockface } from "../../state/clock";
import { calendars, connections } from "../../state/data";
import { useStore } from "../../state/store";
import { httpUrl, meetingName } from "../../text/links";
import { plainText } from "../../text/plain";
import { ruleWords } from "../../text/rule";
import { plural } from "../../text/search";
import { allDayRange, clockTime, eventLength, offsetName, ownClockTime, placeOf, shortDate } from "../../time/words";
import { daysBetween, offsetMinutes, writtenOffset, zoneDiffers } from "../../time/zone";
import { eventType } from "./eventType";

function useDetails(eventId: string): EventDetails | null {
  const [details, setDetails] = useState<EventDetails | null>(null);
  useEffect(() => {
    const loading = new AbortController();
    // The occurrence itself says the essential; without the rest the dialog is just shorter.
    getEvent(eventId, loading.signal).then((raw) => setDetails(readDetails(raw)), () => undefined);
    return () => loading.abort();
  }, [eventId]);
  return details;
}

function Row({ icon, name, children }: { icon: IconName; name: string; children: ComponentChildren }) {
  return (
    <div class="detail">
      <dt>
        <Icon name={icon} size={18} />
        <span class="visually-hidden">{name}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

function whenText(instance: Instance): string {
  const { first, last, start, end } = daysOf(instance, clockface.zone);
  const year = first.slice(0, 4);
  if (start === null || end === null) {
    const days = daysBetween(instance.start, instance.end);
    return `${allDayRange(instance.start, instance.end, clockface.locale)} ${year} · all day${days > 1 ? ` (${days} days)` : ""}`;
  }
  const length = end > start ? ` · ${eventLength(end - start)}` : "";
  const from = `${shortDate(first, clockface.locale)} ${year}, ${clockTime(start, clockface)}`;
  if (end === start) return from;
  const until = first === last ? clockTime(end, clockface) : `${shortDate(last, clockface.locale)}, ${clockTime(end, clockface)}`;
  return `${from} – ${until}${length}`;
}

function OwnTime({ instance }: { instance: Instance }) {
  if (instance.allDay || !zoneDiffers(instance.start, clockface.zone)) return null;
  const zone = instance.timeZone === null ? "" : ` ${placeOf(instance.timeZone)}`;
  const offset = offsetName(writtenOffset(instance.start) ?? 0);
  return (
    <p class="muted">
      {ownClockTime(instance.start, clockface.locale)} – {ownClockTime(instance.end, clockface.locale)}
      {zone} ({offset}), where it was planned
    </p>
  );
}

function When({ instance }: { instance: Instance }) {
  const viewer = `${placeOf(clockface.zone)}, ${offsetName(offsetMinutes(daysOf(instance, clockface.zone).start ?? 0, clockface.zone))}`;
  return (
    <Row icon="clock" name="When">
      <p>{whenText(instance)}</p>
      {!instance.allDay && <p class="muted">Your time ({viewer})</p>}
      <OwnTime instance={instance} />
      {instance.zoneGuessed && (
        <p class="warning-text">
          <Icon name="warning" size={14} /> The source names a time zone that is unknown here, so the time rests on a guess.
        </p>
      )}
    </Row>
  );
}

const ANSWERS: Record<string, { text: string; tone: string }> = {
  accepted: { text: "Accepted", tone: "success" },
  declined: { text: "Declined", tone: "error" },
  tentative: { text: "Maybe", tone: "warning" },
  delegated: { text: "Delegated", tone: "neutral" },
};

function Person({ person, organizer }: { person: Attendee; organizer: boolean }) {
  const answer = ANSWERS[person.response ?? ""] ?? { text: "No answer", tone: "neutral" };
  return (
    <li>
      <span class="person">
        <strong>{person.name || person.email}</strong>
        {person.self === true && <span class="muted"> (you)</span>}
        {organizer && <span class="muted"> · organiser</span>}
        {person.role === "optional" && <span class="muted"> · optional</span>}
        {person.name && <span class="muted person-mail">{person.email}</span>}
      </span>
      <Badge tone={answer.tone} text={answer.text} />
    </li>
  );
}

function People({ instance }: { instance: Instance }) {
  const organizer = instance.organizer?.email.toLowerCase() ?? "";
  const others = instance.attendees;
  const organizerListed = others.some((person) => person.email.toLowerCase() === organizer);
  if (others.length === 0 && !instance.organizer) return null;
  return (
    <Row icon="people" name="People">
      {instance.organizer && !organizerListed && (
        <p>
          {instance.organizer.name || instance.organizer.email} <span class="muted">· organiser</span>
        </p>
      )}
      {others.length > 0 && (
        <>
          <p class="muted">{plural(others.length, "person", "people")}</p>
          <ul class="people">
            {others.map((person) => (
              <Person key={person.email} person={person} organizer={person.email.toLowerCase() === organizer} />
            ))}
          </ul>
        </>
      )}
    </Row>
  );
}

function reminderText(minutes: number, method: string): string {
  const how = method === "email" ? " by e-mail" : "";
  if (minutes === 0) return `at the start${how}`;
  return `${eventLength(Math.abs(minutes) * 60_000)} ${minutes > 0 ? "before" : "after the start"}${how}`;
}

function More({ details }: { details: EventDetails }) {
  const links = details.links.flatMap((link) => {
    const href = httpUrl(link.url);
    return href === null ? [] : [{ href, title: link.title || href }];
  });
  return (
    <>
      {details.reminders.length > 0 && (
        <Row icon="info" name="Reminders">
          <p>Reminder {details.reminders.map((one) => reminderText(one.minutesBefore, one.method)).join(", ")}</p>
        </Row>
      )}
      {details.categories.length > 0 && (
        <Row icon="flag" name="Categories">
          <p>{details.categories.join(", ")}</p>
        </Row>
      )}
      {links.length > 0 && (
        <Row icon="link" name="Links">
          {links.map((link) => (
            <p key={link.href}>
              <a href={link.href} target="_blank" rel="noopener noreferrer nofollow">
                {link.title}
              </a>
            </p>
          ))}
        </Row>
      )}
    </>
  );
}

function Marks({ instance }: { instance: Instance }) {
  const type = eventType(instance.eventType);
  return (
    <p class="detail-marks">
      <Badge tone="neutral" icon={type.icon} text={type.name} />
      {instance.status === "tentative" && <Badge tone="warning" text="Tentative" />}
      {instance.status === "cancelled" && <Badge tone="error" text="Cancelled" />}
      {(instance.visibility === "private" || instance.visibility === "confidential") && <Badge tone="neutral" icon="lock" text="Private" />}
      <Badge tone="neutral" text={instance.transparency === "transparent" ? "Shown as free" : "Shown as busy"} />
    </p>
  );
}

function Meeting({ href, phone }: { href: string; phone: string }) {
  return (
    <Row icon="video" name="Video meeting">
      <p>
        <a class="button button-primary button-small" href={href} target="_blank" rel="noopener noreferrer">
          Join on {meetingName(href)}
        </a>
      </p>
      {phone !== "" && <p class="muted">or by telephone: {phone}</p>}
    </Row>
  );
}

function Foreign({ icon, name, text }: { icon: IconName; name: string; text: string }) {
  if (text === "") return null;
  return (
    <Row icon={icon} name={name}>
      <p class="foreign">
        <LinkedText text={text} />
      </p>
    </Row>
  );
}

function repeatWords(details: EventDetails | null): string {
  if (details === null || details.rules.length === 0) return "Part of a series";
  return details.rules.map((rule) => ruleWords(rule, clockface.locale)).join("; ");
}

function Holders({ instance }: { instance: Shown }) {
  const known = useStore(calendars.state).data ?? [];
  const names = calendarNames(known, useStore(connections.state).data ?? []);
  const holders = [instance.calendarId, ...instance.alsoIn].flatMap((id) => known.filter((calendar) => calendar.id === id));
  if (holders.length === 0) return null;
  return (
    <Row icon="calendar" name={holders.length === 1 ? "Calendar" : "Calendars"}>
      {holders.map((calendar) => (
        <p key={calendar.id}>
          <Dot color={calendarColor(calendar.color, calendar.id)} /> {names.get(calendar.id)}
        </p>
      ))}
    </Row>
  );
}

export function EventDialog({ instance, onClose }: { instance: Shown; onClose: () => void }) {
  const details = useDetails(instance.eventId);
  const join = httpUrl(instance.conferenceUrl);
  return (
    <Dialog title={instance.title === "" ? "(No title)" : instance.title} onClose={onClose}>
      <Marks instance={instance} />
      <dl class="details">
        <When instance={instance} />
        {instance.recurring && (
          <Row icon="repeat" name="Repeats">
            <p>{repeatWords(details)}</p>
          </Row>
        )}
        {join !== null && <Meeting href={join} phone={details?.phone ?? ""} />}
        <Foreign icon="pin" name="Where" text={instance.location} />
        <People instance={instance} />
        <Foreign icon="lines" name="Description" text={plainText(instance.description)} />
        {details !== null && <More details={details} />}
        <Holders instance={instance} />
      </dl>
    </Dialog>
  );
}
