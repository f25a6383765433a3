// What is asked: the gateway with the default model, whose /generate has a decoder, and what its OpenAPI document says of each operation.
import { readFile } from "node:fs/promises";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { apiDocs, cohere, createApp, endpoint, huggingFace, openai, TASKS, tei } from "../../../src/http/index.ts";
import { loadOnce } from "../../../src/http/models/load-once.ts";
import { generate } from "../../../src/tasks/generate.ts";
import { loadTinyDecoder } from "../../tiny-decoder.ts";
import type { Components, Schema } from "./bodies.ts";

export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

/** A parameter that is text, or JSON. */
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: Schema;
  readonly content?: Content;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Components };
}

export interface Api {
  readonly operations: readonly Operation[];
  readonly components: Components;
  send(path: string, init: RequestInit): Promise<Response>;
  /** What is wrong with the answer, according to the document; undefined for an answer as described. */
  complaint(operation: Operation, status: number, body: unknown): string | undefined;
}

export async function openApi(): Promise<Api> {
  const model = new Uint8Array(await readFile("models/minilm-l6-heads/model.safetensors"));
  const groups = [tei, openai, cohere, huggingFace(TASKS), endpoint(TASKS)];
  const app = createApp({ model, tasks: TASKS, groups, docs: apiDocs, env: {} });
  const decoder = createApp({ model: loadOnce(() => loadTinyDecoder()), tasks: [generate], env: {} });
  const document = (await (await app.request("/openapi.json")).json()) as Document;
  const check = validator(document);
  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
    ),
    components: document.components.schemas,
    send: async (path, init) => (path.startsWith("/generate") ? decoder : app).request(path, init),
    complaint: ({ path, method, responses }, status, body) => {
      const response = responses[status];
      if (!response) return `status ${status} is not in the document`;
      if (!response.content?.["application/json"]) return undefined;
      const validate = check(path, method, status);
      return validate(body) ? undefined : `the body differs from its schema: ${JSON.stringify(validate.errors?.[0])}`;
    },
  };
}

function validator(document: Document): (path: string, method: string, status: number) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: "api" });
  const escaped = (path: string) => encodeURIComponent(path.replaceAll("~", "~0").replaceAll("/", "~1"));
  return (path, method, status) => {
    const where = `api#/paths/${escaped(path)}/${method}/responses/${status}/content/application~1json/schema`;
    const found = ajv.getSchema(where);
    if (!found) throw new Error(`there is no schema at ${where}`);
    return found as ValidateFunction;
  };
}
