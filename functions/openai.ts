// A service that clients of OpenAI can talk to: /v1/embeddings and /v1/models. Errors under /v1 have OpenAI's shape.
import { Hono } from "hono";
import * as v from "valibot";
import { embed, embeddableSchema } from "../src/http/embeddings.ts";
import { methodNotAllowed, RequestError } from "../src/http/errors.ts";
import type { ModelLoader } from "../src/http/model-loader.ts";
import { count } from "../src/http/parameters.ts";
import { type Operation, route } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { defaultModel } from "./default-model.ts";

/** Vectors as numbers, or as the bytes of little-endian floats in base64, which is what OpenAI's own clients ask for. */
export const openaiEmbeddings = route({
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
  async run(model, { input, model: name, encoding_format, dimensions }, usage) {
    const vectors = await embed(model, input, { dimensions, truncation: false });
    const encode = encoding_format === "base64" ? toBase64 : (vector: Float32Array) => Array.from(vector);
    return {
      object: "list",
      data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: encode(vector) }) as const),
      model: name,
      usage: { prompt_tokens: usage.tokens, total_tokens: usage.tokens },
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
  { method: "get", path: "/v1/models/{model}", summary: "One of them", answer: modelSchema },
];

function mountModels(model: ModelLoader): Hono {
  const app = new Hono();
  app.get("/v1/models", async (context) => {
    const names = await namesOf(model);
    return context.json({ object: "list", data: names.map(describe) });
  });
  app.get("/v1/models/:model", async (context) => {
    const name = context.req.param("model");
    const names = await namesOf(model);
    if (!names.includes(name)) throw new RequestError("not_found", `there is no model ${name}`, { field: "model" });
    return context.json(describe(name));
  });
  for (const path of ["/v1/models", "/v1/models/:model"]) app.all(path, methodNotAllowed("GET"));
  return app;
}

/** The list of models. */
export const openaiModels = Object.assign(mountModels, { operations });

/** A model that is alone goes by the name in its file, or by that of this project. No other is loaded to be listed. */
async function namesOf(model: ModelLoader): Promise<readonly string[]> {
  return model.names ?? [(await model()).origin?.name ?? "bertlet"];
}

function describe(id: string): v.InferInput<typeof modelSchema> {
  return { id, object: "model", created: 0, owned_by: "bertlet" };
}

function toBase64(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export default serve(defaultModel, openaiEmbeddings, openaiModels);
