// Routes for clients of OpenAI: /v1/embeddings and /v1/models, and /embeddings as Text Embeddings Inference has it. Errors have OpenAI's
// shape.
import { Hono } from "hono/tiny";
import * as v from "valibot";
import { readSetting } from "../../runtime/settings.ts";
import { strictObject } from "../../schemas.ts";
import { embeddableSchema, embedInputs, listVectors } from "../../tasks/embeddings.ts";
import { count } from "../../tasks/fields.ts";
import { defineTask, type Task } from "../../tasks/task.ts";
import type { ErrorFormat } from "../errors.ts";
import { onMethods } from "../methods.ts";
import { unknownModel } from "../models/single-model.ts";
import { type Operation, type RouteGroup, taskGroup } from "../routes.ts";

/** The variable OPENAI. */
const settingsSchema = strictObject({
  /** Whether inputs may be token ids, which then are ids of this model's vocabulary. */
  token_ids: v.optional(v.boolean(), false),
});
type Settings = v.InferOutput<typeof settingsSchema>;

const TOKEN_IDS_REFUSED =
  "token ids are not accepted, because clients count them in the vocabulary of another model: send texts " +
  "(LangChain: check_embedding_ctx_length=False), or allow ids of this model's vocabulary with the variable " +
  'OPENAI = {"token_ids": true}';

const textsOnlySchema = v.pipe(
  embeddableSchema,
  v.check((inputs) => [inputs].flat().every((item) => typeof item === "string"), TOKEN_IDS_REFUSED),
);

/** Vectors as numbers, or as little-endian floats in base64, which is what OpenAI's own clients ask for. */
function embeddingsTask(path: string, { token_ids }: Settings): Task {
  return defineTask({
    path,
    summary: "Embed texts, as OpenAI does",
    fields: {
      input: token_ids ? embeddableSchema : textsOnlySchema,
      model: v.optional(v.nullable(v.pipe(v.string(), v.description("Which model; the default one when omitted.")))),
      encoding_format: v.optional(v.nullable(v.picklist(["float", "base64"])), "float"),
      dimensions: v.optional(v.nullable(v.pipe(count, v.description("Keep only the first so many.")))),
      user: v.optional(v.nullable(v.pipe(v.string(), v.description("Accepted without effect; stored nowhere.")))),
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
    modelOf: ({ model }) => model ?? undefined,
    async run(model, { input, model: name, encoding_format, dimensions }) {
      const options = { dimensions: dimensions ?? undefined, normalize: true, truncation: false };
      const vectors = await embedInputs(model, input, options);
      const embeddings = encoding_format === "base64" ? vectors.map(toBase64) : listVectors(vectors);
      const { tokens } = model.usage;
      return {
        object: "list",
        data: embeddings.map((embedding, index) => ({ object: "embedding", index, embedding }) as const),
        model: name ?? model.origin?.name ?? "default",
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      } as const;
    },
  });
}

const modelSchema = v.object({ id: v.string(), object: v.literal("model"), created: v.number(), owned_by: v.string() });

const systemOneModelSchema = v.object({ name: v.string(), description: v.string(), release_date: v.string() });

const operations: readonly Operation[] = [
  {
    method: "get",
    path: "/v1/models",
    summary: "The models, as OpenAI lists them",
    answer: v.object({
      object: v.literal("list"),
      data: v.array(modelSchema),
      models: v.array(systemOneModelSchema),
    }),
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

function defineOpenAI(settings: Settings): RouteGroup {
  const embeddings = taskGroup(["/v1/embeddings", "/embeddings"].map((path) => embeddingsTask(path, settings)));
  return {
    tag: { name: "OpenAI", description: "For clients of OpenAI." },
    operations: [...embeddings.operations, ...modelList.operations],
    errors: { paths: ["/v1/*", "/embeddings"], format: OPENAI_ERRORS },
    configure(environment) {
      const settings = readSetting("OPENAI", settingsSchema, environment);
      return settings ? defineOpenAI(settings) : openai;
    },
    mount(services) {
      const app = new Hono();
      app.route("/", embeddings.mount(services));
      app.route("/", modelList.mount(services));
      return app;
    },
  };
}

/** The models, as clients of OpenAI and of System One list them. */
export const modelList: RouteGroup = {
  operations,
  errors: { paths: ["/v1/*"], format: OPENAI_ERRORS },
  mount({ models }) {
    const app = new Hono();
    onMethods(app, "/v1/models", {
      GET: async (context) => {
        const names = await models.names();
        return context.json({ object: "list", data: names.map(describe), models: names.map(describeSystemOne) });
      },
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

export const openai: RouteGroup = defineOpenAI(v.parse(settingsSchema, {}));

/** As clients of System One read the list. */
function describeSystemOne(name: string): v.InferInput<typeof systemOneModelSchema> {
  return { name, description: "a bertlet model", release_date: "" };
}

function describe(id: string): v.InferInput<typeof modelSchema> {
  return { id, object: "model", created: 0, owned_by: "bertlet" };
}

function toBase64(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
