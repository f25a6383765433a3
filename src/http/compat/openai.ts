// Routes for clients of OpenAI: /v1/embeddings and /v1/models. Errors under /v1 have OpenAI's shape.
import { Hono } from "hono";
import * as v from "valibot";
import { embeddableSchema, embedInputs } from "../../tasks/embeddings.ts";
import { count } from "../../tasks/fields.ts";
import { defineTask } from "../../tasks/task.ts";
import type { ErrorFormat } from "../errors.ts";
import { onMethods } from "../methods.ts";
import { unknownModel } from "../models/single-model.ts";
import { type Operation, type RouteGroup, taskGroup } from "../routes.ts";

/** Vectors as numbers, or as little-endian floats in base64, which is what OpenAI's own clients ask for. */
export const openaiEmbeddings = defineTask({
  path: "/v1/embeddings",
  summary: "Embed texts or tokens, as OpenAI does",
  fields: {
    input: embeddableSchema,
    model: v.string(),
    encoding_format: v.optional(v.picklist(["float", "base64"]), "float"),
    dimensions: v.optional(count),
    user: v.optional(v.string()),
  },
  answer: v.object({
    object: v.literal("list"),
    data: v.array(
      v.object({
        object: v.literal("embedding"),
        index: v.number(),
        embedding: v.union([v.array(v.number()), v.string()]),
      }),
    ),
    model: v.string(),
    usage: v.object({ prompt_tokens: v.number(), total_tokens: v.number() }),
  }),
  modelOf: ({ model }) => model,
  async run(model, { input, model: name, encoding_format, dimensions }) {
    const vectors = await embedInputs(model, input, { dimensions, truncation: false });
    const encode = encoding_format === "base64" ? toBase64 : (vector: Float32Array) => Array.from(vector);
    const { tokens } = model.usage;
    return {
      object: "list",
      data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: encode(vector) }) as const),
      model: name,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    } as const;
  },
});

const modelSchema = v.object({ id: v.string(), object: v.literal("model"), created: v.number(), owned_by: v.string() });

const operations: readonly Operation[] = [
  {
    method: "get",
    path: "/v1/models",
    summary: "The models, as OpenAI lists them",
    answer: v.object({ object: v.literal("list"), data: v.array(modelSchema) }),
  },
  { method: "get", path: "/v1/models/{model}", summary: "One of the models", answer: modelSchema },
];

/** {error: {message, type, param, code}}. */
export const OPENAI_ERRORS: ErrorFormat = {
  name: "OpenAIError",
  schema: v.object({
    error: v.object({ message: v.string(), type: v.string(), param: v.nullable(v.string()), code: v.string() }),
  }),
  format: ({ message, type, status, field }) => {
    const kind = status >= 500 ? "server_error" : "invalid_request_error";
    return { error: { message, type: kind, param: field, code: type } };
  },
};

const embeddings = taskGroup([openaiEmbeddings]);

export const openai: RouteGroup = {
  operations: [...embeddings.operations, ...operations],
  errors: { path: "/v1/*", format: OPENAI_ERRORS },
  mount(services) {
    const { models } = services;
    const app = new Hono();
    app.route("/", embeddings.mount(services));
    onMethods(app, "/v1/models", {
      GET: async (context) => context.json({ object: "list", data: (await models.names()).map(describe) }),
    });
    onMethods(app, "/v1/models/:model", {
      GET: async (context) => {
        const name = context.req.param("model")!;
        const names = await models.names();
        if (!names.includes(name)) throw unknownModel(name, names);
        return context.json(describe(name));
      },
    });
    return app;
  },
};

function describe(id: string): v.InferInput<typeof modelSchema> {
  return { id, object: "model", created: 0, owned_by: "bertlet" };
}

function toBase64(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
