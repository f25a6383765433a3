// OpenAPI 3.1 from the schemas that validate.
import type * as v from "valibot";
import { VERSION } from "../../version.ts";
import { ERROR_FORMAT, ERROR_STATUSES, type ErrorFormat } from "../errors.ts";
import type { Operation, RouteGroup, Tag } from "../routes.ts";
import { Components } from "./components.ts";

// How a key is sent.
const BEARER = { type: "http", scheme: "bearer" };

const DEFAULT_TAG: Tag = { name: "Other", description: "Other routes." };

/** The request's header that chooses a model, and what responses say of an answer. */
const MODEL_PARAMETER = {
  name: "X-Model",
  in: "header",
  required: false,
  description: "The name of the model that answers, where a deployment has several; its default when omitted.",
  schema: { type: "string" },
};
const ANSWER_HEADERS: Readonly<Record<string, object>> = {
  "X-Tokens": { description: "Tokens that the model read, special tokens included.", schema: { type: "integer" } },
  "X-Truncated": {
    description: "How many texts (or pairs of texts) were too long and were truncated.",
    schema: { type: "integer" },
  },
  "X-Cache": {
    description: "HIT for an answer from a cache, MISS for one computed now.",
    schema: { type: "string", enum: ["HIT", "MISS"] },
  },
};
const READ_HEADERS: Readonly<Record<string, object>> = {
  ETag: { description: "For If-None-Match.", schema: { type: "string" } },
  "Cache-Control": { description: "For how long the answer may be kept.", schema: { type: "string" } },
};

/**
 * The whole document.
 * @param needsKey whether paths that are not open need a key
 */
export function describeApi(groups: readonly RouteGroup[], needsKey: boolean): object {
  const components = new Components();
  const openPaths = groups.flatMap((group) => group.openPaths ?? []);
  const formats = groups.flatMap(({ errors }) => errors ?? []);
  for (const { name, schema } of [ERROR_FORMAT, ...formats.map(({ format }) => format)]) components.name(name, schema);

  const paths: Record<string, Record<string, object>> = {};
  for (const { tag = DEFAULT_TAG, operations } of groups) {
    for (const operation of operations) {
      const { path, method } = operation;
      const isOpen = !needsKey || openPaths.some((open) => isUnder(path, open));
      // The last one is what the app applies.
      const format = formats.findLast(({ paths }) => paths.some((own) => isUnder(path, own)))?.format ?? ERROR_FORMAT;
      const described = describe(operation, components, format);
      paths[path] = {
        ...paths[path],
        [method]: { tags: [tag.name], ...described, security: isOpen ? [] : [{ key: [] }] },
      };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "bertlet",
      version: VERSION,
      description: "Answers of BERT models, by task.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      contact: { url: "https://github.com/bertlet/bertlet" },
    },
    servers: [{ url: "/" }],
    tags: [...new Map(groups.map(({ tag = DEFAULT_TAG }) => [tag.name, tag])).values()],
    paths,
    components: { schemas: components.schemas, ...(needsKey && { securitySchemes: { key: BEARER } }) },
  };
}

/** Whether a path is this one, or below one that ends in `/*`. */
function isUnder(path: string, pattern: string): boolean {
  return pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

function describe(operation: Operation, components: Components, format: ErrorFormat): object {
  const { method, path, summary, query, body, answer, contentType = "application/json" } = operation;
  const name = path.replace(/[\W_]+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W+$/, "");
  const isTask = body !== undefined || query !== undefined;
  const headers = { ...(isTask && ANSWER_HEADERS), ...(query && READ_HEADERS) };
  return {
    summary,
    description: operation.description ?? `${summary}.`,
    operationId: `${method}${name}`,
    parameters: [
      ...pathParameters(path),
      ...queryParameters(operation, components),
      ...(isTask ? [MODEL_PARAMETER] : []),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: content("application/json", components.name(`${name}Request`, body), operation.example),
      },
    }),
    responses: {
      200: {
        description: "The answer",
        ...(isTask && { headers }),
        content: content(contentType, components.name(`${name}Response`, answer)),
      },
      ...(query && { 304: { description: "The answer with this ETag has not changed" } }),
      ...errors(format.name),
    },
  };
}

function errors(name: string): object {
  const error = {
    description: "What went wrong",
    content: content("application/json", { $ref: `#/components/schemas/${name}` }),
  };
  return Object.fromEntries(ERROR_STATUSES.map((status) => [status, error]));
}

function content(type: string, schema: object, example?: unknown): object {
  return { [type]: { schema, ...(example !== undefined && { example }) } };
}

function pathParameters(path: string): object[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

/** A list is one parameter that holds JSON; by default OpenAPI would repeat the parameter. */
function queryParameters({ query = {}, example }: Operation, components: Components): object[] {
  return Object.entries<v.GenericSchema>(query).map(([name, schema]) => {
    const json = components.describe(schema);
    const value = json.type === "array" ? { content: content("application/json", json) } : { schema: json };
    const shown =
      name === "inputs" && typeof example === "object" ? (example as { inputs?: unknown } | null)?.inputs : undefined;
    return {
      name,
      in: "query",
      required: schema.type !== "optional",
      ...value,
      ...(typeof shown === "string" && { example: shown }),
    };
  });
}
