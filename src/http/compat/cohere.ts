// Routes for clients of Cohere's and Jina's rerankers: /v1/rerank and /v2/rerank. Errors have Cohere's shape.
import * as v from "valibot";
import { strictObject } from "../../schemas.ts";
import { count } from "../../tasks/fields.ts";
import { rankTexts } from "../../tasks/rerank.ts";
import { defineTask, type Task } from "../../tasks/task.ts";
import type { ErrorFormat } from "../errors.ts";
import { type RouteGroup, taskGroup } from "../routes.ts";

const documentSchema = v.union([v.string(), strictObject({ text: v.string() })], "expected a text or {text}");

/** Documents ordered by how well they answer the query. The answer has the fields of both APIs. */
function rerankTask(version: "1" | "2"): Task {
  return defineTask({
    path: `/v${version}/rerank`,
    summary: `Order documents by how well they answer a query, as Cohere and Jina do (version ${version})`,
    fields: {
      query: v.string(),
      documents: v.array(documentSchema),
      model: v.optional(v.nullable(v.pipe(v.string(), v.description("Which model; the default one when omitted.")))),
      top_n: v.optional(v.nullable(v.pipe(count, v.description("How many documents; all when omitted.")))),
      return_documents: v.optional(v.nullable(v.boolean())),
    },
    answer: v.object({
      id: v.string(),
      object: v.literal("list"),
      model: v.string(),
      results: v.array(
        v.object({
          index: v.number(),
          relevance_score: v.number(),
          document: v.optional(v.object({ text: v.string() })),
        }),
      ),
      usage: v.object({ total_tokens: v.number(), prompt_tokens: v.number() }),
      meta: v.object({
        api_version: v.object({ version: v.string() }),
        billed_units: v.object({ search_units: v.number() }),
      }),
    }),
    modelOf: ({ model }) => model ?? undefined,
    async run(model, { query, documents, model: name, top_n, return_documents }) {
      const texts = documents.map((document) => (typeof document === "string" ? document : document.text));
      const ranked = await rankTexts(model, query, texts);
      const { tokens } = model.usage;
      return {
        id: crypto.randomUUID(),
        object: "list",
        model: name ?? model.origin?.name ?? "default",
        results: ranked.slice(0, top_n ?? undefined).map(({ index, score }) => ({
          index,
          relevance_score: score,
          ...(return_documents && { document: { text: texts[index]! } }),
        })),
        usage: { total_tokens: tokens, prompt_tokens: tokens },
        meta: { api_version: { version }, billed_units: { search_units: 1 } },
      } as const;
    },
  });
}

/** {message}, and the kind and field beside it. */
const COHERE_ERRORS: ErrorFormat = {
  name: "CohereError",
  schema: v.object({ message: v.string(), error_type: v.string(), field: v.nullable(v.string()) }),
  format: ({ message, type, field }) => ({ message, error_type: type, field }),
};

const tasks = [rerankTask("1"), rerankTask("2")];

export const cohere: RouteGroup = {
  ...taskGroup(tasks),
  errors: { paths: tasks.map(({ path }) => path), format: COHERE_ERRORS },
};
