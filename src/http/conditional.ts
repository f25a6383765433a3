// Conditional requests (RFC 9110, section 13): whether a client already has a representation, by its entity tag.
import type { Context } from "hono";
import { sha256 } from "../digest.ts";
import { RequestError } from "./errors.ts";

/** Whether the method reads, so that its response may be cached and conditions apply. */
export function isRead({ req: { method } }: Context): boolean {
  return method === "GET" || method === "HEAD";
}

/**
 * Whether the representation with this tag has not changed for the client, which then gets 304.
 * @param etag a strong entity tag, in its quotes
 * @throws RequestError `precondition_failed` if `If-Match` asks for another representation
 */
export function isUnmodified(context: Context, etag: string): boolean {
  const wanted = context.req.header("if-match");
  if (wanted !== undefined && !isAny(wanted) && !listTags(wanted).includes(etag))
    throw new RequestError("precondition_failed", "If-Match does not name the current representation");
  const known = context.req.header("if-none-match");
  return known !== undefined && (isAny(known) || namesTag(known, etag));
}

/**
 * Whether `If-None-Match` names this very tag and nothing else is asked: the client was given it with a 200, so a 304 is right without
 * looking the representation up.
 */
export function hasTag(context: Context, etag: string): boolean {
  const known = context.req.header("if-none-match");
  return known !== undefined && context.req.header("if-match") === undefined && namesTag(known, etag);
}

/** The response to a GET of a document that a client may keep but has to validate each time. */
export async function respondWithDocument(
  context: Context,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const ETag = `"${await sha256(new TextEncoder().encode(body))}"`;
  const all = { ...headers, "Cache-Control": "no-cache", ETag };
  return isUnmodified(context, ETag) ? context.body(null, 304, all) : context.body(body, 200, all);
}

/** If-None-Match compares weakly. */
function namesTag(list: string, etag: string): boolean {
  return listTags(list).some((tag) => tag.replace(/^W\//, "") === etag);
}

function isAny(list: string): boolean {
  return list.trim() === "*";
}

/** A tag may contain commas, so the list cannot simply be split at them. */
function listTags(list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? [];
}
