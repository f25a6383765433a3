// What only Text Embeddings Inference (TEI) has: /predict, and headers that say what an answer took. Its other routes are the tasks embed,
// embedAll, rerank, similarity, tokenize and decode, and those of openai.ts and endpoint.ts.
import type { MiddlewareHandler } from "hono";
import { Hono } from "hono/tiny";
import * as v from "valibot";
import { findHead, runHead } from "../../heads/run.ts";
import { sequenceClassifier } from "../../heads/sequence-classification.ts";
import { head, labelsSchema } from "../../tasks/fields.ts";
import { checkTexts } from "../../tasks/inputs.ts";
import { defineTask } from "../../tasks/task.ts";
import { truncate } from "../../tasks/vector-fields.ts";
import type { TextInput } from "../../tokenizer/tokenizer.ts";
import { type RouteGroup, taskGroup } from "../routes.ts";

const single = v.strictTuple([v.string()]);
const pair = v.strictTuple([v.string(), v.string()]);

/** The labels of a text or a pair, best first; a list of such lists for a batch. A flat pair of strings is one pair, not two texts. */
export const predict = defineTask({
  path: "/predict",
  summary: "Label texts or pairs of texts, as Text Embeddings Inference does",
  fields: {
    inputs: v.union(
      [v.string(), single, pair, v.array(v.union([single, pair]))],
      "expected a string, a pair of strings [string, string] or a batch [[string], [string, string], ...]",
    ),
    raw_scores: v.optional(v.boolean(), false),
    head,
    ...truncate,
  },
  answer: v.union([labelsSchema, v.array(labelsSchema)]),
  async run(model, { inputs, raw_scores, head, truncate }) {
    const texts = checkTexts(isBatch(inputs) ? inputs.map(toText) : [toText(inputs)]);
    const classifier = sequenceClassifier(findHead(model, "sequence-classification", head));
    const labels = await runHead(model, classifier, texts, {
      topK: null,
      functionToApply: raw_scores ? "none" : undefined,
      truncation: truncate ?? true,
    });
    return isBatch(inputs) ? labels : labels[0]!;
  },
});

const METERED = [
  "/",
  "/invocations",
  "/embed",
  "/embed_all",
  "/predict",
  "/rerank",
  "/similarity",
  "/embeddings",
  "/v1/embeddings",
];

const predictions = taskGroup([predict]);

/** /predict, and TEI's headers on all of its routes, whichever group they belong to. */
export const tei: RouteGroup = {
  ...predictions,
  mount(services) {
    const app = new Hono();
    for (const path of METERED) app.use(path, sayWhatItTook());
    return app.route("/", predictions.mount(services));
  },
};

/** Middleware: characters and tokens that the model read, and milliseconds; nothing of it for an answer from a cache. */
function sayWhatItTook(): MiddlewareHandler {
  return async (context, next) => {
    const start = performance.now();
    await next();
    if (!context.res.ok) return;
    const { characters, tokens, tokenization_ms, queue_ms, session_ms } = context.var.scope.usage;
    const total = performance.now() - start;
    context.header("X-Compute-Type", "cpu");
    context.header("X-Compute-Characters", String(characters));
    context.header("X-Compute-Tokens", String(tokens));
    const times = {
      Compute: total,
      Total: total,
      Tokenization: tokenization_ms,
      Queue: queue_ms,
      Inference: session_ms,
    };
    for (const [name, time] of Object.entries(times)) context.header(`X-${name}-Time`, String(Math.round(time)));
  };
}

type One = string | v.InferOutput<typeof single | typeof pair>;

function isBatch(inputs: One | One[]): inputs is Exclude<One, string>[] {
  return Array.isArray(inputs) && typeof inputs[0] !== "string";
}

function toText(input: One): TextInput {
  if (typeof input === "string") return input;
  const [first, second] = input;
  return second === undefined ? first : [first, second];
}
