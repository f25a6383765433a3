// Refusals of those who may not ask, or not now: kinds of failure that come before any function, in the one shape of errors. What is wrong
// with a request itself is in errors.ts.
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { RequestError } from "./errors.ts";

export type RefusalType = "unauthorized" | "invalid_signature" | "forbidden" | "too_many_requests" | "overloaded";

const STATUS: Record<RefusalType, ContentfulStatusCode> = {
  unauthorized: 401,
  invalid_signature: 401,
  forbidden: 403,
  too_many_requests: 429,
  overloaded: 503,
};

/** A request that is refused; `retryAfter` in seconds, where asking again may help. */
export class Refusal extends RequestError {
  readonly refusal: RefusalType;
  readonly retryAfter: number | undefined;

  constructor(refusal: RefusalType, message: string, retryAfter?: number) {
    super("unsupported", message);
    this.refusal = refusal;
    this.retryAfter = retryAfter;
  }
}

/** Answers with the refusal, in the shape that the path's clients know. */
export function refuse(context: Context, { refusal, message, retryAfter }: Refusal): Response {
  const status = STATUS[refusal];
  if (retryAfter !== undefined) context.header("Retry-After", String(retryAfter));
  if (refusal === "unauthorized") context.header("WWW-Authenticate", 'Bearer realm="bertlet"');
  if (!context.req.path.startsWith("/v1/")) return context.json({ error: message, error_type: refusal }, status);
  return context.json({ error: { message, type: "invalid_request_error", param: null, code: refusal } }, status);
}
