// Shapes of the JSON that the server sends and takes. Times are RFC 3339 text in UTC unless said otherwise.
// Nothing is computed here.

export type Provider = "google" | "outlook" | "caldav" | "ics";

/** Who is signed in, in which tenant, and which kill switches are open (true = open). */
export interface Session {
  user: { id: string; email: string; name: string; role: "owner" | "admin" | "member" };
  tenant: { id: string; name: string };
  gates: { sync: boolean; oauth: boolean; jobs: boolean; webhook: boolean };
}

/** Body of every error answer (RFC 9457). */
export interface ProblemBody {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  requestId?: string;
  errors?: { field: string; message: string }[];
  [extra: string]: unknown;
}

export interface List<T> {
  items: T[];
}

/** A vendor and whether this deployment can connect it; `reason` says why not. */
export interface ProviderInfo {
  provider: Provider;
  name: string;
  connect: "oauth" | "password" | "url";
  available: boolean;
  reason: string | null;
}

/** An OAuth grant or a CalDAV login. */
export interface Account {
  id: string;
  provider: Provider;
  email: string;
  name: string;
  status: "active" | "reauth_required" | "disconnected";
  tokenExpiry: string | null;
  connections: number;
  createdAt: string;
}

/** A calendar that an account can see; `connectionId` is set once it is connected. */
export interface RemoteCalendar {
  externalCalendarId: string;
  name: string;
  description: string | null;
  color: string | null;
  timeZone: string | null;
  readOnly: boolean;
  primary: boolean;
  connectionId: string | null;
}

export type ConnectionStatus = "Active" | "Error" | "Disabled";
export type SyncPhase = "listing" | "fetching" | "comparing";

export interface ConnectionCounts {
  mirrored: number;
  filtered: number;
  outOfWindow: number;
  quarantined: number;
  conflicted: number;
  held: number;
}

/** A brake on mass deletion: so many deletions wait for a person. */
export interface Hold {
  reason: string;
  deletions: number;
}

/** One remote calendar that is kept in step; `syncDuration` is in milliseconds. */
export interface Connection {
  id: string;
  accountId: string;
  provider: Provider;
  name: string;
  email: string;
  externalCalendarId: string;
  calendarId: string;
  color: string | null;
  syncDirection: "inbound" | "outbound" | "bidirectional";
  enabled: boolean;
  status: ConnectionStatus;
  isActive: boolean;
  oauthComplete: boolean;
  reauthRequired: boolean;
  lastSync: string | null;
  lastPolled: string | null;
  nextSync: string | null;
  syncing: boolean;
  progress: { phase: SyncPhase; seen: number } | null;
  consecutiveFailures: number;
  errorCount: number;
  lastError: { message: string; hint: string | null; guide: string | null } | null;
  stoppedReason: string | null;
  backoffUntil: string | null;
  tokenExpiry: string | null;
  metrics: { eventsSynced: number; syncDuration: number };
  counts: ConnectionCounts;
  held: Hold | null;
}

export type Verdict = "mirrored" | "filtered" | "out_of_window" | "quarantined" | "conflicted" | "held";

/** What became of one remote event, and why. */
export interface MappingRow {
  externalEventId: string;
  recurrenceId?: string | null;
  title?: string | null;
  verdict: Verdict;
  reason?: string | null;
  lastError?: string | null;
}

/** One event that the next sync would change. */
export interface PlannedChange {
  side: "here" | "there";
  action: "create" | "update" | "delete" | "answer";
  eventId: string | null;
  title: string;
  /** A date, or a local date and time. */
  start: string;
  recurrenceId: string | null;
  fields: { field: string; before: unknown; after: unknown }[];
  mails: string[];
}

/** One event that would wait for a person, or be refused. */
export interface PlannedStop {
  eventId: string | null;
  externalEventId: string;
  title: string | null;
  verdict: "held" | "quarantined" | "conflicted";
  reason: string;
}

/** What the next sync would do; counts are of those changes that are listed, `more` of the others. */
export interface Plan {
  kind: string;
  brake: string | null;
  counts: { createdHere: number; changedHere: number; deletedHere: number; createdThere: number; changedThere: number; deletedThere: number; more: number; keptOut: number };
  changes: PlannedChange[];
  stops: PlannedStop[];
  mails: string[];
  callsMade: number;
  callsToCome: number;
}

/** An event that both sides changed; empty `fields`: one side deleted it. */
export interface Conflict {
  id: string;
  connectionId: string;
  eventId: string | null;
  title: string | null;
  externalEventId: string;
  recurrenceId: string | null;
  fields: string[];
  open: boolean;
  resolution: string | null;
  resolvedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** A conflict side by side: a value per field; a side that is null was deleted. */
export interface ConflictSides extends Conflict {
  base: Record<string, unknown> | null;
  local: Record<string, unknown> | null;
  remote: Record<string, unknown> | null;
  differing: string[];
  localVersion: number | null;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** A run that a brake has stopped. */
export interface HeldRun {
  connectionId: string;
  name: string;
  reason: string;
  deletions: number;
  releasedAt: string | null;
}

/** A write that waits for a person. */
export interface HeldEvent {
  id: string;
  connectionId: string;
  eventId: string | null;
  title: string | null;
  start: string | null;
  reason: string;
}

export interface HeldList {
  runs: HeldRun[];
  events: HeldEvent[];
}

export interface Health {
  status: "healthy" | "degraded";
  timestamp: string;
  summary: { totalSyncs: number; activeSyncs: number; syncsWithErrors: number; connectedProviders: number };
}

/** One calendar's part in the answer of a manual sync. */
export interface SyncResult {
  connectionId: string;
  email: string;
  calendarName: string;
  status: "success" | "error" | "running";
  synced: number;
  updated: number;
  skipped: number;
  total: number;
  error?: string;
}

/** Answer of a manual sync of all calendars; `timestamp` has milliseconds. */
export interface ManualSync {
  success: boolean;
  message: string;
  synced: number;
  updated: number;
  skipped: number;
  total: number;
  results: SyncResult[];
  timestamp: string;
}

/** A local calendar. */
export interface Calendar {
  id: string;
  name: string;
  color: string | null;
  timeZone: string | null;
}

export interface Attendee {
  email: string;
  name?: string | null;
  response?: string | null;
  role?: string | null;
  self?: boolean;
}

/**
 * One occurrence of an event. All-day: `start` and `end` are dates (YYYY-MM-DD) and `end` is exclusive;
 * otherwise RFC 3339 with the offset of the event's own zone, or without an offset when the time floats.
 */
export interface Instance {
  id: string;
  eventId: string;
  recurrenceId: string | null;
  calendarId: string;
  title: string;
  description: string;
  location: string;
  allDay: boolean;
  start: string;
  end: string;
  timeZone: string | null;
  status: string;
  transparency: string;
  visibility: string;
  eventType: string;
  attendees: Attendee[];
  organizer: { email: string; name?: string | null } | null;
  conferenceUrl: string | null;
  recurring: boolean;
  color: string | null;
  zoneGuessed: boolean;
  connectionIds: string[];
}

/** A page of occurrences, sorted by start. */
export interface InstancePage {
  items: Instance[];
  nextCursor: string | null;
}

/** `event: sync` of the live stream. */
export interface SyncSignal {
  connectionId: string;
  runId: string;
  phase: "started" | SyncPhase | "finished" | "failed";
  synced: number;
  updated: number;
  skipped: number;
  seen: number;
  message: string | null;
}
