// OpenAPI 3.1 from the schemas that validate.
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { VERSION } from "../../version.ts";
import { ERROR_FORMAT, ERROR_STATUSES, type ErrorFormat } from "../errors.ts";
import type { Operation, RouteGroup } from "../routes.ts";

// How a key is sent.
const BEARER = { type: "http", scheme: "bearer" };

/**
 * The whole document.
 * @param needsKey whether paths that are not open need a key
 */
export function describeApi(groups: readonly RouteGroup[], needsKey: boolean): object {
  const paths: Record<string, Record<string, object>> = {};
  const openPaths = groups.flatMap((group) => group.openPaths ?? []);
  const formats = groups.flatMap(({ errors }) => errors ?? []);
  for (const operation of groups.flatMap(({ operations }) => operations)) {
    const { path, method } = operation;
    const security = needsKey && { security: openPaths.some((open) => isUnder(path, open)) ? [] : [{ key: [] }] };
    // The last one is what the app applies.
    const format = formats.findLast(({ paths }) => paths.some((own) => isUnder(path, own)))?.format ?? ERROR_FORMAT;
    paths[path] = { ...paths[path], [method]: { ...describe(operation, format), ...security } };
  }
  const schemas = [ERROR_FORMAT, ...formats.map(({ format }) => format)].map(({ name, schema }) => [
    name,
    schemaOf(schema),
  ]);
  return {
    openapi: "3.1.0",
    info: { title: "bertlet", version: VERSION, description: "Answers of BERT models, by task." },
    servers: [{ url: "/" }],
    paths,
    components: { schemas: Object.fromEntries(schemas), ...(needsKey && { securitySchemes: { key: BEARER } }) },
  };
}

/** Whether a path is this one, or below one that ends in `/*`. */
function isUnder(path: string, pattern: string): boolean {
  return pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

function describe(operation: Operation, format: ErrorFormat): object {
  const { method, path, summary, query, body, answer, contentType = "application/json" } = operation;
  return {
    summary,
    operationId: `${method}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W+$/, "")}`,
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...(body && { requestBody: { required: true, content: content("application/json", schemaOf(body)) } }),
    responses: {
      200: { description: "The answer", content: content(contentType, schemaOf(answer)) },
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

/** A list is one parameter that holds JSON; by default OpenAPI would repeat the parameter. */
function queryParameters(query: v.ObjectEntries = {}): object[] {
  return Object.entries(query).map(([name, schema]) => {
    const json = schemaOf(schema);
    const value =
      "type" in json && json.type === "array" ? { content: content("application/json", json) } : { schema: json };
    return { name, in: "query", required: schema.type !== "optional", ...value };
  });
}

/** JSON Schema of what a schema accepts; what JSON Schema cannot express, such as a check by a function, is left out. */
function schemaOf(schema: v.GenericSchema): object {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    errorMode: "ignore",
  });
  return rest;
}
