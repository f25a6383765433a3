// What both interfaces add to an answer: its source, and why the large model did not confirm it.
import * as v from "valibot";
import type { Decision } from "../../tasks/decide/question.ts";

export const told = {
  x_source: v.pipe(v.string(), v.description("head:<name>, taught:<name>, zero-shot or upstream.")),
  x_unconfirmed: v.optional(
    v.pipe(v.string(), v.description("The edge was not certain: why the large model behind it did not answer.")),
  ),
};

export function toldOf({ source, unconfirmed }: Decision) {
  return { x_source: source, ...(unconfirmed !== undefined && { x_unconfirmed: unconfirmed }) };
}
