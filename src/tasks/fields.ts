// Parameters that most tasks take, and the answer of those that label. Their descriptions appear in /openapi.json. What fewer tasks take has
// a module of its own (…-fields.ts), so that a Worker without those tasks does not carry it.
import * as v from "valibot";
import { named } from "../schemas.ts";
import { LIMITS } from "./limits.ts";

/** An integer of at least 1. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(1));
/** An integer of at least 0. */
export const natural = v.pipe(v.number(), v.integer(), v.minValue(0));

export const head = v.optional(
  v.pipe(v.string(), v.description("Which head; the model's first of this kind when omitted.")),
);
export const truncation = v.optional(
  v.pipe(v.boolean(), v.description("Whether a text that is too long is truncated, or refused.")),
  true,
);
export const top_k = (otherwise: number) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.top_k), v.description("How many, best first.")),
    otherwise,
  );

/** Token ids. */
export const ids = v.array(natural);

const label = { label: v.string(), score: v.number() };
const abstained = v.pipe(
  v.array(v.object(label)),
  v.description("What the head would have answered, had it not abstained."),
);
export const labelSchema = named("Label", v.object({ ...label, abstained: v.optional(abstained) }));
export const labelsSchema = v.array(labelSchema);
