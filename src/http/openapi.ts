// OpenAPI 3.1 from the schemas that validate. Small on purpose: a path, its bodies, and one shape of error is all that we have to say.
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import packageJson from "../../package.json" with { type: "json" };
import { ERROR_STATUSES } from "./errors.ts";
import type { Operation } from "./route.ts";

const errorSchema = v.object({ error: v.string(), error_type: v.string() });

/** Under /v1. */
const openAIErrorSchema = v.object({
  error: v.object({ message: v.string(), type: v.string(), param: v.nullable(v.string()), code: v.string() }),
});

// How a key is sent.
const BEARER = { type: "http", scheme: "bearer" };

/**
 * The whole document.
 * @param isOpen tells of a path whether it can be asked without a key; left out where there are no keys
 */
export function describeApi(operations: readonly Operation[], isOpen?: (path: string) => boolean): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const { path, method } = operation;
    const security = isOpen && { security: isOpen(path) ? [] : [{ key: [] }] };
    paths[path] = { ...paths[path], [method]: { ...describe(operation), ...security } };
  }
  return {
    openapi: "3.1.0",
    info: { title: packageJson.name, version: packageJson.version, description: packageJson.description },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { Error: schemaOf(errorSchema), OpenAIError: schemaOf(openAIErrorSchema) },
      ...(isOpen && { securitySchemes: { key: BEARER } }),
    },
  };
}

function describe({ method, path, summary, query, body, answer, contentType = "application/json" }: Operation): object {
  return {
    summary,
    operationId: `${method}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W+$/, "")}`,
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...(body && { requestBody: { required: true, content: content("application/json", schemaOf(body)) } }),
    responses: {
      200: { description: "The answer", content: content(contentType, schemaOf(answer)) },
      ...(query && { 304: { description: "What the ETag stands for has not changed" } }),
      ...errors(path.startsWith("/v1/") ? "OpenAIError" : "Error"),
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

function content(type: string, schema: object): object {
  return { [type]: { schema } };
}

function pathParameters(path: string): object[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

/** A list is one parameter that holds JSON; OpenAPI would otherwise have it several times. */
function queryParameters(query: v.ObjectEntries = {}): object[] {
  return Object.entries(query).map(([name, schema]) => {
    const json = schemaOf(schema);
    const value =
      "type" in json && json.type === "array" ? { content: content("application/json", json) } : { schema: json };
    return { name, in: "query", required: schema.type !== "optional", ...value };
  });
}

/** JSON Schema of what a schema takes; what JSON Schema cannot say, such as a check by a function, is left out. */
function schemaOf(schema: v.GenericSchema): object {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    errorMode: "ignore",
  });
  return rest;
}
