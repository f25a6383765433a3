// What a request costs, counted where the session runs, so that no head has to report it.
import type { InferenceSession } from "../wasm/session.ts";

export interface Usage {
  /** Tokens the model read, special tokens included. */
  tokens: number;
  /** Milliseconds in the session. */
  session_ms: number;
  /** Memory of the session that answered. */
  memory?: InferenceSession["memory"];
}

export function newUsage(): Usage {
  return { tokens: 0, session_ms: 0 };
}
