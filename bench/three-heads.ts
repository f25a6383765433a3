// Three heads of the default model in workerd: one kernel session with all of them, and an onnxruntime-web session for each, whose graph is
// the encoder with that head alone.
import type { OpenLab } from "./lab/runtime.ts";
import { workerd } from "./lab/workerd.ts";
import { prepareHeads } from "./models.ts";

export const HEADS = ["intent", "slots", "entities"] as const;

/** Sessions `kernel`, `intent`, `slots` and `entities`; undefined, and said so, where ../shared is absent. */
export async function openThreeHeads(): Promise<OpenLab | undefined> {
  const models = await prepareHeads(HEADS);
  if (!models) return undefined;
  const lab = await workerd.open();
  await lab.load({ name: "kernel", engine: "relaxed" }, models.packed);
  for (const [i, head] of HEADS.entries()) await lab.load({ name: head, engine: "ort" }, models.graphs[i]!);
  return lab;
}
