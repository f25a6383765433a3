// What both interfaces say beside an answer: what answered, and why not the large model that was to.
import * as v from "valibot";
import type { Decision } from "../../tasks/decide/question.ts";

export const told = {
  x_source: v.pipe(v.string(), v.description("head:<name>, taught:<name>, zero-shot or upstream.")),
  x_unconfirmed: v.optional(
    v.pipe(v.string(), v.description("Why the large model, which the question was to be put to, did not answer it.")),
  ),
};

export function toldOf({ source, unconfirmed }: Decision) {
  return { x_source: source, ...(unconfirmed !== undefined && { x_unconfirmed: unconfirmed }) };
}
