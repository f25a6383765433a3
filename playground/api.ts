// The API over the network: requests, and what it says of itself.
import type { ApiRequest, ApiResponse } from "./messages.ts";
import { readResponse } from "./read-response.ts";

/** Of /info and /openapi.json, what the page shows. */
export interface Info {
  /** The routes that the API has. */
  readonly paths: ReadonlySet<string>;
  readonly model: {
    readonly name: string | null;
    readonly license: string | null;
    readonly quantization: string;
    readonly hidden_size: number;
    readonly num_hidden_layers: number;
  };
  readonly heads: readonly {
    readonly name: string;
    readonly architecture: string;
    readonly labels: readonly string[];
  }[];
}

let key = "";

/** A bearer key, for an API that wants one; kept in this page alone. */
export function useKey(value: string): void {
  key = value.trim();
}

export function hasKey(): boolean {
  return key !== "";
}

export async function askApi({ path, body }: ApiRequest): Promise<ApiResponse> {
  const headers = { "Content-Type": "application/json", ...authorization() };
  return readResponse(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** Undefined where the API does not say. */
export async function readInfo(): Promise<Info | undefined> {
  const read = async (path: string) => {
    const response = await fetch(path, { headers: authorization() });
    if (!response.ok) throw new Error(`${path} is refused with status ${response.status}`);
    return response.json();
  };
  try {
    const [info, { paths }] = await Promise.all([read("/info"), read("/openapi.json")]);
    return { ...info, paths: new Set(Object.keys(paths)) };
  } catch {
    return undefined;
  }
}

function authorization(): Record<string, string> {
  return hasKey() ? { Authorization: `Bearer ${key}` } : {};
}
