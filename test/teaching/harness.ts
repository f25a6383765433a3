// The Worker that teaches and the gateway, which binds its object, in one workerd; with keys of several rights.
import { expect } from "vitest";
import { createTestHarness } from "wrangler";
import { sha256 } from "../../src/digest.ts";

const KEYS = {
  teacher: { name: "teacher", teach: true },
  narrow: { name: "narrow", teach: true, heads: ["topic"] },
  reader: { name: "reader" },
};

export interface Asked {
  readonly key?: keyof typeof KEYS;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
/** A GET, or a POST of the body. */
export type Ask = (path: string, asked?: Asked) => Promise<Response>;

export interface Deployment {
  /** The Worker that teaches. */
  readonly teach: Ask;
  readonly gateway: Ask;
  close(): Promise<void>;
}

/** API_KEYS with the keys above. */
export async function apiKeys(): Promise<string> {
  const hashes = Object.entries(KEYS).map(async ([key, allows]) => {
    return [await sha256(new TextEncoder().encode(key)), allows];
  });
  return JSON.stringify(Object.fromEntries(await Promise.all(hashes)));
}

/** @param more variables of both Workers */
export async function startDeployment(more: Readonly<Record<string, unknown>> = {}): Promise<Deployment> {
  const vars = { API_KEYS: await apiKeys(), ...more };
  const gateway = {
    name: "bertlet",
    main: "functions/index.ts",
    compatibility_date: "2026-10-01",
    rules: [{ type: "Data" as const, globs: ["**/*.safetensors"], fallthrough: false }],
    durable_objects: { bindings: [{ name: "HEADS", class_name: "Heads", script_name: "bertlet-teach" }] },
  };
  const harness = createTestHarness({
    workers: [
      { configPath: "./functions/wrangler.toml", env: "teach", vars },
      { config: gateway, vars },
    ],
  });
  await harness.listen();
  const to = (name: string) => askBy((url, init) => harness.getWorker(name).fetch(url, init as object));
  return { teach: to("bertlet-teach"), gateway: to("bertlet"), close: () => harness.close() };
}

/** @param send a fetch to some Worker */
export function askBy(send: (url: string, init: RequestInit) => Promise<unknown>): Ask {
  return async (path, { key = "teacher", method, body, headers: more } = {}) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...more };
    const isRead = body === undefined;
    const init = {
      method: method ?? (isRead ? "GET" : "POST"),
      headers,
      ...(!isRead && { body: JSON.stringify(body) }),
    };
    return (await send(new URL(path, "http://localhost").href, init)) as Response;
  };
}

/** Texts by what they are about. */
export const TOPICS: Readonly<Record<string, readonly string[]>> = {
  delivery: [
    "Where is my parcel?",
    "The package has not arrived",
    "My order is late again",
    "Has it been shipped yet?",
  ],
  refund: ["I want my money back", "Please refund the purchase", "When will I be repaid?", "Return it and pay me back"],
  login: ["I forgot my password", "I cannot sign in", "My account is locked", "The site rejects my user name"],
};

/** How long a change may take to be seen by other Workers. */
export const SEEN = { timeout: 5000, interval: 100 };

/** The answer's JSON. */
export async function answer<T>(response: Promise<Response>, status = 200): Promise<T> {
  const got = await response;
  const text = await got.text();
  expect(got.status, text).toBe(status);
  return JSON.parse(text) as T;
}
