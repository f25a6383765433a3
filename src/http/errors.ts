// The one table from kinds of failure to HTTP statuses, and the bodies that errors have.
import type { Context, ErrorHandler, MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as v from "valibot";
import { BertletError, type ErrorType } from "../errors.ts";

/** The kinds of the library, and those that only a request can have. */
export type HttpErrorType =
  | ErrorType
  | "invalid_json"
  | "method_not_allowed"
  | "precondition_failed"
  | "request_timeout"
  | "unsupported_media_type"
  | "unauthorized"
  | "invalid_signature"
  | "too_many_requests"
  | "model_unavailable"
  | "internal";

const STATUS: Record<HttpErrorType, ContentfulStatusCode> = {
  empty_input: 400,
  invalid_json: 400,
  unauthorized: 401,
  invalid_signature: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  precondition_failed: 412,
  input_too_large: 413,
  unsupported_media_type: 415,
  invalid_input: 422,
  unsupported: 422,
  too_many_requests: 429,
  // The client never sees it; logs and metrics do. The number is nginx's.
  cancelled: 499 as ContentfulStatusCode,
  internal: 500,
  invalid_config: 503,
  invalid_checkpoint: 503,
  model_unavailable: 503,
  out_of_memory: 503,
  overloaded: 503,
  unavailable: 503,
};

/** The HTTP status of a kind of error. */
export function statusOf(type: HttpErrorType): number {
  return STATUS[type];
}

/** Every status that an error may have. */
export const ERROR_STATUSES: readonly number[] = [...new Set(Object.values(STATUS))];

// Seconds after which a 503 may be gone, unless the error says otherwise.
const RETRY_AFTER = 5;
// A message may quote what was sent; this keeps it from returning all of it.
const MAX_MESSAGE_CHARACTERS = 1000;

/** A failure of the request itself. */
export class RequestError extends BertletError<HttpErrorType> {
  override readonly name = "RequestError";
}

// Room is free again as soon as any request ends.
const OVERLOADED_RETRY_AFTER = 1;

/** The error for a request that there is no room for now. */
export function overloaded(message: string): RequestError {
  return new RequestError("overloaded", message, { retryAfter: OVERLOADED_RETRY_AFTER });
}

/** What an error's body is made of. */
export interface ErrorReport {
  readonly type: HttpErrorType;
  readonly message: string;
  readonly status: number;
  /** Path of the body's field that is wrong. */
  readonly field: string | null;
}

/** The shape of error bodies that the clients of some routes know. */
export interface ErrorFormat {
  /** Its name in /openapi.json. */
  readonly name: string;
  readonly schema: v.GenericSchema;
  /** Statuses that its clients know otherwise. */
  readonly statuses?: Partial<Record<HttpErrorType, ContentfulStatusCode>>;
  format(report: ErrorReport): object;
}

/** The shape used unless a group of routes has its own: {error, error_type}. */
export const ERROR_FORMAT: ErrorFormat = {
  name: "Error",
  schema: v.object({ error: v.string(), error_type: v.string() }),
  format: ({ message, type }) => ({ error: message, error_type: type }),
};

declare module "hono" {
  interface ContextVariableMap {
    /** The kind of the error that was returned. */
    error_type: HttpErrorType | undefined;
    error_format: ErrorFormat | undefined;
  }
}

/** Middleware: errors below it have this format. */
export function formatErrors(format: ErrorFormat): MiddlewareHandler {
  return (context, next) => {
    context.set("error_format", format);
    return next();
  };
}

/** Hono's onError: known failures are returned, all others logged and hidden. */
export const onError: ErrorHandler = (error, context) => {
  if (error instanceof BertletError) return errorResponse(context, error as RequestError);
  if (error instanceof HTTPException && error.status === 413)
    return errorResponse(context, new RequestError("input_too_large", error.message));
  console.error(JSON.stringify({ request_id: context.get("requestId"), error: error.stack }));
  return errorResponse(context, new RequestError("internal", "internal error"));
};

/** Hono's notFound. */
export function notFound(context: Context): Response {
  return errorResponse(context, new RequestError("not_found", `there is no ${context.req.path}`));
}

function errorResponse(context: Context, error: BertletError<HttpErrorType>): Response {
  const { type, field, message } = error;
  const format = context.get("error_format") ?? ERROR_FORMAT;
  const status = format.statuses?.[type] ?? STATUS[type];
  const retryAfter = error.retryAfter ?? (status === 503 ? RETRY_AFTER : undefined);
  if (retryAfter !== undefined) context.header("Retry-After", String(retryAfter));
  if (type === "unauthorized") context.header("WWW-Authenticate", 'Bearer realm="bertlet"');
  context.header("Cache-Control", "no-store");
  context.header("ETag", undefined);
  context.set("error_type", type);
  return context.json(format.format({ type, message: shorten(message), status, field }), status);
}

function shorten(message: string): string {
  const { length } = message;
  return length <= MAX_MESSAGE_CHARACTERS
    ? message
    : `${message.slice(0, MAX_MESSAGE_CHARACTERS)}… (${length} characters)`;
}
