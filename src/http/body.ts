// Request bodies: JSON of bounded size. Checking them is the schemas' work.
import type { Context } from "hono";
import { RequestError } from "./errors.ts";

/** @throws RequestError `unsupported_media_type`, `input_too_large` or `invalid_json` */
export async function readJson(context: Context): Promise<unknown> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json")
    throw new RequestError(
      "unsupported_media_type",
      `expected application/json, not ${type ?? "a body without a type"}`,
    );
  return parseJson(await context.req.arrayBuffer());
}

function parseJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RequestError("invalid_json", "the body is not JSON in UTF-8", { cause });
  }
}
