// Search query understanding: intent, slots, entities, the cleaned query and its vector, from one pass of the encoder. Dictionaries and
// synonyms are left to the search engine.
import * as v from "valibot";
import type { HeadKind } from "../../architectures/head-spec.ts";
import type { Label } from "../../heads/labels.ts";
import { findHead, type HeadAnswer, readTexts } from "../../heads/run.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { readSetting } from "../../runtime/settings.ts";
import { named, strictObject } from "../../schemas.ts";
import { labelSchema, truncation } from "../fields.ts";
import { likeInputs, listSingleTexts } from "../inputs.ts";
import { aggregation, min_score, offset_unit } from "../span-fields.ts";
import { definePipelineTask, type Task } from "../task.ts";
import { cleanQuery } from "./clean-query.ts";

// The parts that a head answers, each with the kind that the head must have.
const HEAD_KINDS = {
  intent: "sequence-classification",
  slots: "token-classification",
  entities: "token-classification",
  sentiment: "sequence-classification",
} as const satisfies Record<string, HeadKind>;
const HEAD_PARTS = ["intent", "slots", "entities", "sentiment"] as const;
const PARTS = ["query", ...HEAD_PARTS, "vector"] as const;
type HeadPart = (typeof HEAD_PARTS)[number];
type Part = (typeof PARTS)[number];

// The label of queries that belong to no intent.
const OUT_OF_SCOPE = "oos";
// With the default model this flags 77 % of CLINC150's out-of-scope test queries and 2 % of the others; the label alone flags 51 % and
// 0.4 %.
const OOS_THRESHOLD = 0.5;

const parts = v.pipe(v.array(v.picklist(PARTS)), v.minLength(1), v.description("What to return for each query."));
const oos_threshold = v.pipe(
  v.number(),
  v.minValue(0),
  v.maxValue(1),
  v.description("An intent less probable than this is out of scope, like one with the label oos."),
);
const heads = v.pipe(
  strictObject(v.entriesFromList(HEAD_PARTS, v.optional(v.pipe(v.string(), v.minLength(1))))),
  v.description("The heads that answer; a part's head has the part's name when omitted."),
);

/** The variable UNDERSTAND: defaults of requests. */
const settingsSchema = strictObject({
  parts: v.optional(parts, ["query", "intent", "slots", "entities", "vector"]),
  heads: v.optional(heads, {}),
  oos_threshold: v.optional(oos_threshold, OOS_THRESHOLD),
});
type Settings = v.InferOutput<typeof settingsSchema>;

const entitySchema = named(
  "QueryEntity",
  v.object({
    entity_group: v.optional(v.string()),
    entity: v.optional(v.pipe(v.string(), v.description("A token's label, if tokens are not aggregated."))),
    index: v.optional(v.number()),
    score: v.number(),
    word: v.string(),
    start: v.number(),
    end: v.number(),
  }),
);
const answerSchema = named(
  "Understanding",
  v.object({
    query: v.optional(v.string()),
    intent: v.optional(named("Intent", v.object({ label: v.string(), score: v.number(), out_of_scope: v.boolean() }))),
    slots: v.optional(v.array(entitySchema)),
    entities: v.optional(v.array(entitySchema)),
    sentiment: v.optional(labelSchema),
    vector: v.optional(v.array(v.number())),
    truncated: v.optional(
      v.pipe(v.literal(true), v.description("Present if the query was too long and was truncated.")),
    ),
  }),
);
/** The answer to a query: the requested parts. */
export type Understanding = v.InferInput<typeof answerSchema>;

/** One object for a single query, a list of them for several; UNDERSTAND sets its defaults. */
export const understand: Task = defineUnderstand(v.parse(settingsSchema, {}));

function defineUnderstand(defaults: Settings): Task {
  return definePipelineTask({
    path: "/understand",
    summary: "Understand search queries",
    description: "The requested parts of a query: one object for a single query, a list of them for several.",
    example: { inputs: "play some jazz in Berlin", parameters: { parts: ["query", "intent", "slots"] } },
    inputs: v.union([v.string(), v.array(v.string())], "expected a query or an array of queries"),
    parameters: {
      parts: v.optional(parts, defaults.parts),
      // Merged here, so that the parsed body, which is the cache key, depends on the settings.
      heads: v.optional(
        v.pipe(
          heads,
          v.transform((own) => ({ ...defaults.heads, ...own })),
        ),
        {},
      ),
      oos_threshold: v.optional(oos_threshold, defaults.oos_threshold),
      aggregation_strategy: v.optional(aggregation, "first"),
      min_score,
      offset_unit,
      truncation,
    },
    answer: v.union([answerSchema, v.array(answerSchema)]),
    configure: (environment) => {
      const settings = readSetting("UNDERSTAND", settingsSchema, environment);
      return settings ? defineUnderstand(settings) : understand;
    },
    async run(model, inputs, { parts, heads, oos_threshold, ...options }) {
      const queries = listSingleTexts(inputs);
      const wanted = PARTS.filter((part) => parts.includes(part));
      const chosen = chooseHeads(model, wanted, heads);
      const names = [...new Set(Object.values(chosen))];
      const aggregation = { aggregationStrategy: options.aggregation_strategy, minScore: options.min_score };
      const abstains = model.heads.some(({ name, out_of_scope }) => name === chosen.intent && out_of_scope);
      const readings = await readTexts(model, queries, {
        heads: names,
        parameters: Object.fromEntries(
          names.map((name) => [name, { ...aggregation, ...(name === chosen.intent && { abstain: abstains }) }]),
        ),
        offsetUnit: options.offset_unit,
        truncation: options.truncation,
        vector: wanted.includes("vector") ? {} : undefined,
      });
      const answers = readings.map(({ answers, vector, truncated }, index): Understanding => {
        const answerOf = (part: HeadPart) => answers[chosen[part]!]!;
        const read: Record<Part, () => unknown> = {
          query: () => cleanQuery(queries[index]!),
          intent: () => intentOf(answerOf("intent"), oos_threshold),
          slots: () => answerOf("slots"),
          entities: () => answerOf("entities"),
          sentiment: () => answerOf("sentiment")[0],
          vector: () => Array.from(vector!),
        };
        return {
          ...Object.fromEntries(wanted.map((part) => [part, read[part]()])),
          ...(truncated && { truncated }),
        };
      });
      return likeInputs(inputs, answers);
    },
  });
}

/** @throws BertletError `not_found` for a head that the model does not have, or that is of another kind than the part needs */
function chooseHeads(
  model: LoadedModel,
  parts: readonly Part[],
  heads: Settings["heads"],
): Partial<Record<HeadPart, string>> {
  const wanted = HEAD_PARTS.filter((part) => parts.includes(part));
  return Object.fromEntries(wanted.map((part) => [part, findHead(model, HEAD_KINDS[part], heads[part] ?? part).name]));
}

function intentOf(labels: HeadAnswer, threshold: number): Understanding["intent"] {
  const [{ label: first, score: sure, abstained }] = labels as readonly [Label];
  const { label, score } = abstained?.[0] ?? { label: first, score: sure };
  if (abstained) return { label, score, out_of_scope: true };
  return { label, score, out_of_scope: label === OUT_OF_SCOPE || score < threshold };
}
