// What a request costs: tokens and time in the model, counted where the session runs, so that no head need report it.
import type { LoadedModel } from "../models/loaded-model.ts";
import { type InferenceSession, withRun } from "../wasm/session.ts";

export interface Usage {
  /** Tokens that the model read, special ones included. */
  tokens: number;
  /** Milliseconds in the session. */
  session_ms: number;
  /** Memory of the session that answered. */
  memory?: InferenceSession["memory"];
}

declare module "hono" {
  interface ContextVariableMap {
    usage: Usage;
  }
}

/** The same model, whose runs are added to `usage`. */
export function metered(model: LoadedModel, usage: Usage): LoadedModel {
  const { session } = model;
  const counted = withRun(session, async (feeds, fetches) => {
    const start = performance.now();
    try {
      return await session.run(feeds, fetches);
    } finally {
      usage.tokens += feeds.input_ids?.data.length ?? 0;
      usage.session_ms += performance.now() - start;
      usage.memory = session.memory;
    }
  });
  return { ...model, session: counted };
}
