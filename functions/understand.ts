// Search query understanding at POST /understand: what is wanted, what is named, where it stands, and the query's vector, from one
// pass of the encoder. Dictionaries and synonyms are the search engine's business.
import { Hono } from "hono";
import * as v from "valibot";
import type { Entity } from "../src/heads/entities.ts";
import type { Label } from "../src/heads/labels.ts";
import { findHead, type Pretrained } from "../src/heads/pretrained.ts";
import type { HeadAnswer } from "../src/heads/several-heads.ts";
import { answer } from "../src/http/answers.ts";
import { listTexts, readBody } from "../src/http/body.ts";
import { methodNotAllowed } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";
import type { ModelLoader } from "../src/http/model-loader.ts";
import { serve } from "../src/http/serve.ts";
import { readSetting } from "../src/http/settings.ts";
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

const partsSchema = v.pipe(v.array(v.picklist(PARTS)), v.minLength(1));
const thresholdSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const headsSchema = v.strictObject(v.entriesFromList(HEAD_PARTS, v.optional(v.pipe(v.string(), v.minLength(1)))));

/** The variable UNDERSTAND: what a request that says nothing gets. */
const settingsSchema = v.strictObject({
  parts: v.optional(partsSchema, ["query", "intent", "slots", "entities", "vector"]),
  heads: v.optional(headsSchema, {}),
  oos_threshold: v.optional(thresholdSchema, OOS_THRESHOLD),
});
export type UnderstandSettings = v.InferOutput<typeof settingsSchema>;

const requestSchema = v.object({
  inputs: v.union([v.string(), v.array(v.string())], "expected a query or an array of queries"),
  parameters: v.optional(
    v.strictObject({
      /** What to tell of each query. */
      parts: v.optional(partsSchema),
      /** The head that each part is read by. */
      heads: v.optional(headsSchema, {}),
      /** The probability below which an intent counts as out of scope, too. */
      oos_threshold: v.optional(thresholdSchema),
      aggregation_strategy: v.optional(v.picklist(["none", "simple", "first", "average", "max"]), "first"),
      offset_unit: v.optional(v.picklist(["utf16", "codepoint"]), "utf16"),
      truncation: v.optional(v.boolean(), true),
    }),
    {},
  ),
});

/** A query's answer; the parts that were asked for. */
export interface Understanding {
  readonly query?: string;
  readonly intent?: Label & { readonly out_of_scope: boolean };
  readonly slots?: readonly Entity[];
  readonly entities?: readonly Entity[];
  readonly sentiment?: Label;
  readonly vector?: readonly number[];
}

/** What is to be done: the request's parameters over the deployment's settings. */
interface Plan {
  readonly parts: readonly Part[];
  /** The head of each part that has one. */
  readonly heads: Readonly<Partial<Record<HeadPart, string>>>;
  readonly oosThreshold: number;
  readonly parameters: v.InferOutput<typeof requestSchema>["parameters"];
}

/** One object for a single query, a list of them for several. */
export function understand(model: ModelLoader, settings = readSetting("UNDERSTAND", settingsSchema)): Hono {
  const defaults = settings ?? v.parse(settingsSchema, {});
  const app = new Hono();
  app.post("/understand", async (context) => {
    const { inputs, parameters } = await readBody(context, requestSchema);
    const queries = listTexts(inputs) as readonly string[];
    const pretrained = await model();
    const plan = planOf(pretrained, parameters, defaults);
    return answer(context, [pretrained.digest, inputs, plan], async () => {
      const answers = await understandQueries(pretrained, queries, plan);
      return typeof inputs === "string" ? answers[0] : answers;
    });
  });
  app.all("/understand", methodNotAllowed("POST"));
  return app;
}

/** @throws BertletError `not_found` for a head that the model does not have, or that is of another class than the part needs */
function planOf(pretrained: Pretrained, parameters: Plan["parameters"], defaults: UnderstandSettings): Plan {
  const parts = PARTS.filter((part) => (parameters.parts ?? defaults.parts).includes(part));
  const heads: Partial<Record<HeadPart, string>> = {};
  for (const part of HEAD_PARTS.filter((part) => parts.includes(part))) {
    const name = parameters.heads[part] ?? defaults.heads[part] ?? part;
    heads[part] = findHead(pretrained, HEAD_CLASSES[part], name).name;
  }
  return { parts, heads, oosThreshold: parameters.oos_threshold ?? defaults.oos_threshold, parameters };
}

async function understandQueries(
  pretrained: Pretrained,
  queries: readonly string[],
  { parts, heads, oosThreshold, parameters }: Plan,
): Promise<Understanding[]> {
  const wanted = [...new Set(Object.values(heads))];
  const { aggregation_strategy: aggregationStrategy, offset_unit: offsetUnit, truncation } = parameters;
  const options = {
    parameters: Object.fromEntries(wanted.map((head) => [head, { aggregationStrategy }])),
    offsetUnit,
    truncation,
    maxTokens: LIMITS.batch_tokens,
  };
  const pass = await runPass(pretrained, queries, wanted, options, parts.includes("vector"));
  const vectors = pass.vectors();
  const of = (part: HeadPart, index: number) => pass.answers[index]![heads[part]!]!;
  const tell: Record<Part, (index: number) => unknown> = {
    query: (index) => cleanQuery(queries[index]!),
    intent: (index) => intentOf(of("intent", index), oosThreshold),
    slots: (index) => of("slots", index),
    entities: (index) => of("entities", index),
    sentiment: (index) => of("sentiment", index)[0],
    vector: (index) => Array.from(vectors[index]!),
  };
  return queries.map((_, index) => Object.fromEntries(parts.map((part) => [part, tell[part](index)])));
}

function intentOf(labels: HeadAnswer, threshold: number): Understanding["intent"] {
  const [{ label, score }] = labels as readonly [Label];
  return { label, score, out_of_scope: label === OUT_OF_SCOPE || score < threshold };
}

export default serve(defaultModel, understand);
