// Requests to every operation of the OpenAPI document. An answer is a 2xx or an error of the request, as the document says, or 503; nothing else.

import type { Random } from "../damage.ts";
import type { Outcome } from "../outcome.ts";
import { type Api, type Operation, openApi } from "./api.ts";
import { bodyFor, valueFor } from "./bodies.ts";

/**
 * Sends so many requests, one after another.
 * @throws Error for an answer that the document does not allow, or a 5xx other than 503, with the request that got it
 */
export async function fuzzRequests(
  count: number,
  random: Random,
  progress: (done: number) => void = () => {},
): Promise<Outcome> {
  const api = await openApi();
  const outcome: Outcome = { read: 0, refused: 0, slowest: 0, memory: 0 };
  for (let index = 0; index < count; index++) {
    const operation = api.operations[random(api.operations.length)]!;
    const { path, init } = requestFor(operation, api, random);
    const start = performance.now();
    const response = await api.send(path, init);
    const text = await response.text();
    outcome.slowest = Math.max(outcome.slowest, performance.now() - start);
    const wrong = problem(api, operation, response, text);
    if (wrong)
      throw new Error(
        `request ${index}, ${operation.method} ${path} ${String(init.body).slice(0, 2000)}: ${wrong}: ${text.slice(0, 500)}`,
      );
    if (response.ok) outcome.read++;
    else outcome.refused++;
    if (index % 50 === 0) {
      const { heapUsed, external } = process.memoryUsage();
      outcome.memory = Math.max(outcome.memory, (heapUsed + external) / 1e6);
      progress(index);
    }
  }
  return outcome;
}

function requestFor(operation: Operation, { components }: Api, random: Random): { path: string; init: RequestInit } {
  const query = new URLSearchParams();
  let path = operation.path;
  for (const { name, in: place, schema, content } of operation.parameters ?? []) {
    const json = content?.["application/json"]?.schema;
    const value = json
      ? JSON.stringify(valueFor(json, components, random, 0))
      : String(valueFor(schema ?? {}, components, random, 0));
    // Without a value the path would be that of another operation.
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value.toWellFormed()) || "%20");
    else if (place === "query" && (name === "inputs" || random(3) === 0)) query.append(name, value);
  }
  const method = operation.method.toUpperCase();
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type === undefined) return { path: query.size > 0 ? `${path}?${query}` : path, init: { method } };
  // One body in thirty is not JSON.
  const body = random(30) === 0 ? noise(random) : JSON.stringify(bodyFor(media?.schema ?? {}, components, random));
  return { path, init: { method, body, headers: { "content-type": type } } };
}

function noise(random: Random): string {
  return Array.from({ length: random(60) }, () => String.fromCharCode(32 + random(96))).join("");
}

function problem(api: Api, operation: Operation, response: Response, text: string): string | undefined {
  const { status, headers } = response;
  if (status >= 500 && status !== 503) return `status ${status}`;
  if (!headers.get("content-type")?.includes("json")) return undefined;
  return api.complaint(operation, status, JSON.parse(text));
}
