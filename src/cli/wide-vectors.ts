// V8's 256-bit WebAssembly, for the commands that run a model.
import { enableRevectorization } from "../wasm/kernel/revectorization.ts";

/** The option of these commands. */
export const NARROW = { type: "boolean", summary: "leave V8's 256-bit WebAssembly off" } as const;

/** Switches it on before the first session, unless it is to be left off; a probe has to give the same bits with it. */
export async function widenVectors(narrow: boolean | undefined): Promise<void> {
  if (!narrow) await enableRevectorization();
}
