// One shape for every error, {error, error_type}, and the one table from kinds of failure to statuses: of the library, of a request, and of
// who may ask, or not now.
import type { Context, Handler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { BertletError, type ErrorType } from "../errors.ts";

/** Kinds of failure that only a request can have, beside those of the library. */
export type HttpErrorType =
  | ErrorType
  | "invalid_json"
  | "method_not_allowed"
  | "unsupported_media_type"
  | "unauthorized"
  | "invalid_signature"
  | "forbidden"
  | "too_many_requests"
  | "overloaded"
  | "model_unavailable"
  | "internal";

declare module "hono" {
  interface ContextVariableMap {
    /** The kind of error that was answered. */
    error_type: HttpErrorType | undefined;
  }
}

const STATUS: Record<HttpErrorType, ContentfulStatusCode> = {
  empty_input: 400,
  invalid_json: 400,
  unauthorized: 401,
  invalid_signature: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  input_too_large: 413,
  unsupported_media_type: 415,
  invalid_input: 422,
  unsupported: 422,
  too_many_requests: 429,
  internal: 500,
  invalid_config: 503,
  invalid_checkpoint: 503,
  model_unavailable: 503,
  out_of_memory: 503,
  overloaded: 503,
};

// Seconds after which what is not there now may be, unless the error says otherwise.
const RETRY_AFTER = 5;

/** What every error's body holds. */
export interface ErrorBody {
  readonly error: string;
  readonly error_type: HttpErrorType;
}

/** What every error's body holds under /v1, for clients of OpenAI. */
export interface OpenAIErrorBody {
  readonly error: { message: string; type: string; param: string | null; code: HttpErrorType };
}

/** Every status that an error may have. */
export const ERROR_STATUSES: readonly number[] = [...new Set(Object.values(STATUS))];

interface Details {
  /** The path of the body's field that is wrong. */
  readonly field?: string | null;
  /** Seconds after which asking again may help. */
  readonly retryAfter?: number | undefined;
}

/** A failure of the request itself, with a kind and a message for its sender. */
export class RequestError extends Error {
  readonly type: HttpErrorType;
  readonly field: string | null;
  readonly retryAfter: number | undefined;

  constructor(type: HttpErrorType, message: string, options: Details & ErrorOptions = {}) {
    super(message, options);
    this.type = type;
    this.field = options.field ?? null;
    this.retryAfter = options.retryAfter;
  }
}

/** Answers with an error of this kind, in the shape that the path's clients know. */
export function respond(context: Context, type: HttpErrorType, error: string, details: Details = {}): Response {
  const status = STATUS[type];
  const { field = null, retryAfter = status === 503 ? RETRY_AFTER : undefined } = details;
  if (retryAfter !== undefined) context.header("Retry-After", String(retryAfter));
  if (type === "unauthorized") context.header("WWW-Authenticate", 'Bearer realm="bertlet"');
  context.set("error_type", type);
  if (!context.req.path.startsWith("/v1/"))
    return context.json({ error, error_type: type } satisfies ErrorBody, status);
  const kind = status >= 500 ? "server_error" : "invalid_request_error";
  return context.json(
    { error: { message: error, type: kind, param: field, code: type } } satisfies OpenAIErrorBody,
    status,
  );
}

/** Hono's onError: known failures as they are, all others logged and hidden. */
export function onError(error: Error, context: Context): Response {
  if (error instanceof RequestError) return respond(context, error.type, error.message, error);
  if (error instanceof BertletError) return respond(context, error.type, error.message);
  if (error instanceof HTTPException && error.status === 413) return respond(context, "input_too_large", error.message);
  console.error(JSON.stringify({ request_id: context.get("requestId"), error: error.stack }));
  return respond(context, "internal", "something went wrong here");
}

export function notFound(context: Context): Response {
  return respond(context, "not_found", `there is no ${context.req.path}`);
}

/** For a path's other methods. */
export function methodNotAllowed(...allowed: readonly string[]): Handler {
  return (context) => {
    context.header("Allow", allowed.join(", "));
    return respond(context, "method_not_allowed", `${context.req.path} takes ${allowed.join(" or ")}`);
  };
}
