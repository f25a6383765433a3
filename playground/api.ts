// The API over the network: requests, its description, and the key that goes with both.
import type { Description, KeyState } from "./description.ts";
import type { TaskRequest, TaskResponse } from "./messages.ts";

interface OpenApi {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components?: { readonly securitySchemes?: unknown };
}

let key = "";

/** Sets the bearer key for all further requests. It is kept in memory only. */
export function setKey(value: string): void {
  key = value.trim();
}

export function hasKey(): boolean {
  return key !== "";
}

export async function askApi({ path, body }: TaskRequest): Promise<TaskResponse> {
  const {
    status,
    headers,
    body: answer,
  } = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return {
    status,
    body: answer,
    cache: headers.get("x-cache"),
    modelMs: numberIn(/session;dur=([\d.]+)/.exec(headers.get("server-timing") ?? "")?.[1]),
    tokens: numberIn(headers.get("x-tokens")),
    truncated: numberIn(headers.get("x-truncated")),
  };
}

/** Reads /info and /openapi.json with the current key. Never rejects: what could not be read is undefined. */
export async function describeApi(): Promise<Description> {
  if (!isWellFormed(key)) return { model: undefined, paths: undefined, key: "malformed" };
  const [document, info] = await Promise.all(["/openapi.json", "/info"].map(readDescription));
  const { paths, components } = (document?.status === 200 ? document.body : {}) as Partial<OpenApi>;
  const { model, heads } = (info?.status === 200 ? info.body : {}) as { model?: object; heads?: object };
  return {
    model: (model && heads ? { ...model, heads } : undefined) as Description["model"],
    paths: paths && new Set(Object.keys(paths)),
    key: keyState(info?.status, components?.securitySchemes !== undefined),
  };
}

function keyState(status: number | undefined, isRequired: boolean): KeyState {
  if (status === 401) return hasKey() ? "rejected" : "required";
  if (!hasKey()) return "none";
  return isRequired ? "accepted" : "unneeded";
}

async function readDescription(path: string): Promise<{ status: number; body: unknown } | undefined> {
  return request(path, {}).catch(() => undefined);
}

async function request(path: string, { headers, ...init }: RequestInit) {
  if (!isWellFormed(key)) throw new Error("the key is not valid");
  const response = await fetch(path, { ...init, headers: { ...headers, ...authorization() } });
  return { status: response.status, headers: response.headers, body: parse(await response.text()) };
}

function authorization(): Record<string, string> {
  return hasKey() ? { Authorization: `Bearer ${key}` } : {};
}

/** Whether a header can hold it. */
function isWellFormed(value: string): boolean {
  return /^[\x21-\x7e]*$/.test(value);
}

function numberIn(text: string | null | undefined): number | undefined {
  return text ? Number(text) : undefined;
}

/** A proxy in front of the API may answer with something other than JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
