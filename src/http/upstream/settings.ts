// The variable UPSTREAM: a large model that answers the questions of which the edge is not certain enough.
import * as v from "valibot";
import { mapOf, strictObject } from "../../schemas.ts";

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

const fields = strictObject({
  /** The address of a System One or OpenAI decisions route. */
  url: v.optional(
    v.pipe(
      v.string(),
      v.check((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), "expected an http or https URL"),
    ),
  ),
  /** In the place of an address: the name of the Workers AI binding. */
  binding: v.optional(v.string()),
  /** Which interface the server speaks; told by the end of the URL when left out. */
  interface: v.optional(v.picklist(["systemone", "decisions"])),
  /** The model that is asked for. */
  model: v.optional(v.string(), "jev-latest"),
  /** The edge answers by itself if its most probable answer has at least this probability. */
  at_least: v.optional(share, 0.9),
  /** The same for taught questions, by their names. */
  questions: v.optional(mapOf(v.string(), share), {}),
  /** Whether zero-shot answers can be certain: their probabilities are not calibrated for the question at hand. */
  zero_shot: v.optional(v.boolean(), false),
  /** Milliseconds in which upstream must answer. */
  timeout_ms: v.optional(v.pipe(positive, v.maxValue(60_000)), 3000),
  /** Requests to upstream in a minute, of each isolate. */
  per_minute: v.optional(positive, 600),
  /** What answers when upstream does not: the edge, marked, or a 503. */
  otherwise: v.optional(v.picklist(["edge", "error"]), "edge"),
});
export const upstreamSchema = v.pipe(
  fields,
  v.check(({ url, binding }) => (url === undefined) !== (binding === undefined), "expected either url or binding"),
);
export type UpstreamSettings = v.InferOutput<typeof upstreamSchema>;

/** The interface of the URL, or of Workers AI. @throws Error when neither the setting nor the URL tells */
export function interfaceOf({ interface: named, url }: UpstreamSettings): "systemone" | "decisions" {
  if (named) return named;
  if (url === undefined) return "systemone";
  const { pathname } = new URL(url);
  if (pathname.endsWith("/systemone")) return "systemone";
  if (pathname.endsWith("/decisions")) return "decisions";
  throw new Error("UPSTREAM.interface: expected systemone or decisions, because the URL does not tell");
}
