// The one error type of the interface: what went wrong and what the reader can do.
import type { ProblemBody } from "./types";

/** A refused or failed request. `status` is 0 when no answer arrived; `detail` is fit to be shown. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly fields: { field: string; message: string }[];
  readonly body: ProblemBody;

  constructor(status: number, code: string, detail: string, body: ProblemBody = {}) {
    super(detail);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.requestId = typeof body.requestId === "string" ? body.requestId : null;
    this.fields = Array.isArray(body.errors) ? body.errors : [];
    this.body = body;
  }

  /** The message for a form field, if the server named one. */
  fieldMessage(field: string): string | null {
    return this.fields.find((entry) => entry.field === field)?.message ?? null;
  }
}

/** No answer: server down, network gone, request cut. */
export function networkProblem(): ApiProblem {
  return new ApiProblem(0, "network", "Tidecal cannot be reached. Check that the server is running and that you are online, then try again.");
}

/** Builds the problem for an answer that is not a success. `text` is the raw body, JSON or not. */
export function problemFrom(status: number, text: string): ApiProblem {
  let body: ProblemBody = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed !== null && typeof parsed === "object") body = parsed as ProblemBody;
  } catch {
    // A proxy's HTML page or nothing at all: the status alone has to do.
  }
  return new ApiProblem(status, body.code ?? `http_${status}`, body.detail ?? body.title ?? fallbackDetail(status), body);
}

function fallbackDetail(status: number): string {
  if (status === 401) return "You are signed out. Sign in again to go on.";
  if (status === 403) return "You may not do this. Ask the owner of the tenant for the role you need.";
  if (status === 404) return "This is no longer there. Reload the page to see the present state.";
  if (status === 429) return "Too many requests. Wait a minute, then try again.";
  if (status >= 500) return `The server failed (${status}). Try again; its log says more.`;
  return `The server refused the request (${status}).`;
}

/** Turns whatever was thrown into a problem. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(0, "unexpected", error instanceof Error ? error.message : "Something unexpected happened. Reload the page.");
}
