// Search query understanding at /understand: what is wanted, what is named, where it stands, and the query's vector, from one pass of
// the encoder. Dictionaries and synonyms are the search engine's business.
import * as v from "valibot";
import type { Label } from "../src/heads/labels.ts";
import { likeInputs, listSingleTexts } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { aggregation, labelSchema, offset_unit, truncation } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { readSetting } from "../src/http/settings.ts";
import { findHead, type LoadedModel } from "../src/models/loaded-model.ts";
import type { HeadAnswer } from "../src/models/several-heads.ts";
import { defaultModel } from "./default-model.ts";
import { runPass } from "./understand-pass.ts";
import { cleanQuery } from "./understand-query.ts";

// The parts that a head answers, each with the class that the head must have.
const HEAD_CLASSES = {
  intent: "BertForSequenceClassification",
  slots: "BertForTokenClassification",
  entities: "BertForTokenClassification",
  sentiment: "BertForSequenceClassification",
} as const;
const HEAD_PARTS = ["intent", "slots", "entities", "sentiment"] as const;
const PARTS = ["query", ...HEAD_PARTS, "vector"] as const;
type HeadPart = (typeof HEAD_PARTS)[number];
type Part = (typeof PARTS)[number];

// The label of queries that belong to no intent.
const OUT_OF_SCOPE = "oos";
// With the default model this flags 77 % of CLINC150's out-of-scope test queries and 2 % of the others; without it the label alone
// flags 51 % and 0.4 %.
const OOS_THRESHOLD = 0.5;

const parts = v.pipe(v.array(v.picklist(PARTS)), v.minLength(1), v.description("What to tell of each query."));
const oos_threshold = v.pipe(
  v.number(),
  v.minValue(0),
  v.maxValue(1),
  v.description("An intent less probable than this is out of scope, as one with the label oos is."),
);
const heads = v.pipe(
  v.strictObject(v.entriesFromList(HEAD_PARTS, v.optional(v.pipe(v.string(), v.minLength(1))))),
  v.description("The heads that answer; each part's is called like the part when left out."),
);

/** The variable UNDERSTAND: what a request gets that does not say. */
const settingsSchema = v.strictObject({
  parts: v.optional(parts, ["query", "intent", "slots", "entities", "vector"]),
  heads: v.optional(heads, {}),
  oos_threshold: v.optional(oos_threshold, OOS_THRESHOLD),
});
const settings = readSetting("UNDERSTAND", settingsSchema) ?? v.parse(settingsSchema, {});

const entitySchema = v.object({
  entity_group: v.optional(v.string()),
  entity: v.optional(v.pipe(v.string(), v.description("A token's label, where tokens are not brought together."))),
  index: v.optional(v.number()),
  score: v.number(),
  word: v.string(),
  start: v.number(),
  end: v.number(),
});
const answerSchema = v.object({
  query: v.optional(v.string()),
  intent: v.optional(v.object({ ...labelSchema.entries, out_of_scope: v.boolean() })),
  slots: v.optional(v.array(entitySchema)),
  entities: v.optional(v.array(entitySchema)),
  sentiment: v.optional(labelSchema),
  vector: v.optional(v.array(v.number())),
});
/** A query's answer; the parts that were asked for. */
export type Understanding = v.InferInput<typeof answerSchema>;

/** One object for a single query, a list of them for several. */
export const understand = task({
  path: "/understand",
  summary: "Understand search queries",
  inputs: v.union([v.string(), v.array(v.string())], "expected a query or an array of queries"),
  parameters: {
    parts: v.optional(parts, settings.parts),
    // Written out, so that answers of one setting are never given under another.
    heads: v.optional(
      v.pipe(
        heads,
        v.transform((own) => ({ ...settings.heads, ...own })),
      ),
      {},
    ),
    oos_threshold: v.optional(oos_threshold, settings.oos_threshold),
    aggregation_strategy: v.optional(aggregation, "first"),
    offset_unit,
    truncation,
  },
  answer: v.union([answerSchema, v.array(answerSchema)]),
  async run(model, inputs, { parts, heads, oos_threshold, ...options }) {
    const queries = listSingleTexts(inputs);
    const wanted = PARTS.filter((part) => parts.includes(part));
    const chosen = chooseHeads(model, wanted, heads);
    const pass = await runPass(model, queries, [...new Set(Object.values(chosen))], {
      aggregationStrategy: options.aggregation_strategy,
      offsetUnit: options.offset_unit,
      truncation: options.truncation,
      maxTokens: LIMITS.batch_tokens,
      vectors: wanted.includes("vector"),
    });
    const answers = pass.map(({ answers, vector }, index): Understanding => {
      const of = (part: HeadPart) => answers[chosen[part]!]!;
      const tell: Record<Part, () => unknown> = {
        query: () => cleanQuery(queries[index]!),
        intent: () => intentOf(of("intent"), oos_threshold),
        slots: () => of("slots"),
        entities: () => of("entities"),
        sentiment: () => of("sentiment")[0],
        vector: () => Array.from(vector!),
      };
      return Object.fromEntries(wanted.map((part) => [part, tell[part]()]));
    });
    return likeInputs(inputs, answers);
  },
});

/** @throws BertletError `not_found` for a head that the model does not have, or that is of another class than the part needs */
function chooseHeads(
  model: LoadedModel,
  parts: readonly Part[],
  heads: v.InferOutput<typeof settingsSchema>["heads"],
): Partial<Record<HeadPart, string>> {
  const wanted = HEAD_PARTS.filter((part) => parts.includes(part));
  return Object.fromEntries(
    wanted.map((part) => [part, findHead(model, HEAD_CLASSES[part], heads[part] ?? part).name]),
  );
}

function intentOf(labels: HeadAnswer, threshold: number): Understanding["intent"] {
  const [{ label, score }] = labels as readonly [Label];
  return { label, score, out_of_scope: label === OUT_OF_SCOPE || score < threshold };
}

export default serve(defaultModel, understand);
