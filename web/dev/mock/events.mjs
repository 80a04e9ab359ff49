// Lifelike events around a given day, the same for the same day. Shapes as the server sends them (see src/api/types.ts).
const DAY = 86_400_000;

const iso = (ms) => new Date(ms).toISOString().slice(0, 10);
export const addDays = (date, days) => iso(Date.parse(`${date}T00:00:00Z`) + days * DAY);
const weekday = (date) => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7; // 0 = Monday

/** Offset text of a zone at a wall time, e.g. "+01:00". */
function offsetOf(zone, wall) {
  const name = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" })
    .formatToParts(Date.parse(`${wall}Z`))
    .find((part) => part.type === "timeZoneName").value;
  return name === "GMT" ? "+00:00" : name.slice(3);
}

const people = {
  anna: { email: "anna@example.com", name: "Anna Berger", self: true },
  jonas: { email: "jonas@example.com", name: "Jonas Weber" },
  mei: { email: "mei@example.com", name: "Mei Tanaka" },
  priya: { email: "priya@example.com", name: "Priya Raman" },
  sam: { email: "sam@example.org", name: "Sam O'Neill" },
  lea: { email: "lea@example.org", name: "Léa Martin" },
};
const guests = (...names) =>
  names.map((name, index) => ({ ...people[name], role: index > 3 ? "optional" : "required", response: ["accepted", "accepted", "needsAction", "tentative", "declined"][index % 5] }));

function base(calendarId, title, extra = {}) {
  return {
    calendarId,
    title,
    description: "",
    location: "",
    status: "confirmed",
    transparency: "opaque",
    visibility: "default",
    eventType: "meeting",
    attendees: [],
    organizer: null,
    conferenceUrl: null,
    recurring: false,
    recurrenceId: null,
    color: null,
    zoneGuessed: false,
    connectionIds: [`con-${calendarId.slice(4)}`],
    ...extra,
  };
}

let serial = 0;
function timed(calendarId, date, time, minutes, title, extra = {}, zone = "Europe/Vienna") {
  serial += 1;
  const wall = `${date}T${time}:00`;
  const offset = offsetOf(zone, wall);
  const endWall = new Date(Date.parse(`${wall}Z`) + minutes * 60_000).toISOString().slice(0, 19);
  const id = extra.eventId ?? `evt-${serial}`;
  return { id: `${id}/${date}`, eventId: id, ...base(calendarId, title, extra), allDay: false, start: wall + offset, end: endWall + offsetOf(zone, endWall), timeZone: zone };
}

function allDay(calendarId, date, days, title, extra = {}) {
  serial += 1;
  const id = extra.eventId ?? `evt-${serial}`;
  return { id: `${id}/${date}`, eventId: id, ...base(calendarId, title, { transparency: "transparent", ...extra }), allDay: true, start: date, end: addDays(date, days), timeZone: null };
}

const AGENDA_HTML =
  '<p>Agenda:</p><ul><li>Numbers of last week</li><li>Open questions &amp; risks</li></ul><p>Notes: <a href="https://docs.example.com/notes/weekly">the notes</a></p><script>document.title="broken"</script>';

/** What repeats: one instance per matching day. */
function series(date) {
  const day = weekday(date);
  const out = [];
  const weekdayCall = { eventId: "ser-standup", recurring: true, eventType: "call", conferenceUrl: "https://meet.google.com/abc-defg-hij", attendees: guests("anna", "jonas", "mei", "priya"), organizer: people.jonas, description: "Fifteen minutes, standing. What blocks you?" };
  if (day < 5) out.push(timed("cal-team", date, "09:15", 15, "Daily stand-up", weekdayCall));
  if (day === 0) out.push(timed("cal-work", date, "10:00", 60, "Product weekly", { eventId: "ser-weekly", recurring: true, location: "Room Danube", description: AGENDA_HTML, attendees: guests("anna", "jonas", "priya", "sam", "lea"), organizer: people.anna }));
  if (day === 1) out.push(timed("cal-work", date, "15:30", 30, "1:1 with Jonas", { eventId: "ser-oneonone", recurring: true, attendees: guests("anna", "jonas"), organizer: people.anna, visibility: "private" }));
  if (day === 2) out.push(timed("cal-team", date, "08:30", 45, "Design review with Tokyo", { eventId: "ser-tokyo", recurring: true, conferenceUrl: "https://zoom.us/j/1234567890", attendees: guests("mei", "anna", "lea"), organizer: people.mei }, "Europe/Vienna"));
  if (day === 3) out.push(timed("cal-team", date, "11:00", 45, "Customer call: Harbour Logistics", { eventId: "ser-ny", recurring: true, eventType: "call", conferenceUrl: "https://teams.microsoft.com/l/meetup-join/example", attendees: guests("sam", "anna"), organizer: people.sam }, "America/New_York"));
  if (day === 3) out.push(timed("cal-home", date, "19:00", 90, "Choir rehearsal", { eventId: "ser-choir", recurring: true, eventType: "other", location: "Parish hall, Linden Street 4" }));
  if (day === 4) out.push(timed("cal-work", date, "13:30", 150, "Focus: roadmap", { eventId: "ser-focus", recurring: true, eventType: "focus" }));
  if (day === 5) out.push(timed("cal-home", date, "09:30", 75, "Farmers' market", { eventId: "ser-market", recurring: true, eventType: "other", location: "Karmeliterplatz" }));
  return out;
}

/** What happens once, by distance from the first day. */
function singles(today) {
  const d = (days) => addDays(today, days);
  const markup = '<img src=x onerror="document.title=1"><b>Please bring</b> your passport.<br>Directions: https://www.example.com/office';
  return [
    timed("cal-work", d(0), "12:30", 60, "Lunch with Priya", { eventType: "other", location: "Café Orient, Mill Lane 12" }),
    timed("cal-home", d(0), "17:45", 45, "Dentist", { eventType: "other", location: "Dr. Huber, Market Square 3", visibility: "private" }),
    timed("cal-team", d(0), "16:00", 60, "Quarterly planning", { status: "tentative", conferenceUrl: "https://meet.google.com/xyz-planning", attendees: guests("priya", "anna", "jonas", "mei", "sam", "lea"), organizer: people.priya, description: "Draft: https://docs.example.com/plan. Comments until noon, please." }),
    allDay("cal-work", d(1), 3, "Offsite in Salzburg", { eventType: "travel", location: "Salzburg" }),
    timed("cal-work", d(1), "06:52", 148, "Train to Salzburg", { eventType: "travel", location: "Central station, platform 8" }),
    timed("cal-work", d(2), "14:00", 90, "Interview: platform engineer", { attendees: guests("anna", "mei"), organizer: people.anna, location: "Room Traun", description: markup }),
    timed("cal-work", d(3), "22:30", 210, "Release night", { eventType: "task", attendees: guests("jonas", "anna"), organizer: people.jonas }),
    allDay("cal-birthdays", d(4), 1, "Mei's birthday", { eventType: "birthday", recurring: true }),
    timed("cal-work", d(5), "18:00", 15, "Tax papers due", { eventType: "deadline" }),
    timed("cal-team", d(6), "10:00", 60, "Vendor workshop", { zoneGuessed: true, location: "https://webex.com/meet/vendor", attendees: guests("lea", "anna"), organizer: people.lea }),
    allDay("cal-home", d(9), 1, "School is closed", { eventType: "holiday" }),
    allDay("cal-work", d(12), 5, "Vacation", { eventType: "out_of_office", transparency: "opaque" }),
    timed("cal-work", d(13), "16:00", 30, "Call with the bank", { eventType: "call", status: "cancelled" }),
    timed("cal-home", d(20), "20:00", 130, "Concert: string quartet", { eventType: "other", location: "Konzerthaus" }),
    timed("cal-work", d(38), "09:00", 480, "Conference day", { eventType: "meeting", location: "Exhibition centre" }, "America/New_York"),
  ];
}

/** All occurrences from 20 days before `today` to a year after it, sorted by start. */
export function makeEvents(today) {
  serial = 0;
  const out = singles(today);
  for (let day = -20; day < 365; day += 1) out.push(...series(addDays(today, day)));
  return out.sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
}

const RULES = { "ser-standup": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "ser-weekly": "FREQ=WEEKLY;BYDAY=MO", "ser-oneonone": "FREQ=WEEKLY;BYDAY=TU", "ser-tokyo": "FREQ=WEEKLY;BYDAY=WE", "ser-ny": "FREQ=WEEKLY;BYDAY=TH", "ser-choir": "FREQ=WEEKLY;BYDAY=TH", "ser-focus": "FREQ=WEEKLY;BYDAY=FR", "ser-market": "FREQ=WEEKLY;BYDAY=SA" };

/** The full event behind an occurrence. */
export function fullEvent(instance) {
  const rule = RULES[instance.eventId];
  return {
    ...instance,
    id: instance.eventId,
    recurrence: rule ? { rules: [rule] } : null,
    reminders: { own: [{ minutesBefore: 10, method: "popup" }] },
    categories: instance.eventType === "travel" ? ["Travel", "Team"] : [],
    links: instance.title === "Product weekly" ? [{ url: "https://docs.example.com/notes/weekly", title: "Weekly notes" }] : [],
  };
}
