// From what createApp is given to a provider of models.
import { environment } from "#runtime";
import { readPackedHeader } from "../../model-file/packed.ts";
import { type LoadedModel, loadPacked } from "../../models/loaded-model.ts";
import { Models } from "./models.ts";
import type { ModelProvider, ModelSource } from "./provider.ts";
import { readModelSettings } from "./settings.ts";
import { singleModel } from "./single-model.ts";
import { openStored } from "./stored.ts";

/**
 * Bytes are the bundled model, beside which the variable MODELS may name others (docs/models.md).
 * @throws Error for settings that are wrong; BertletError `invalid_checkpoint` for bytes that are not a packed file
 */
export function provideModels(
  source: ModelSource,
  env: Readonly<Record<string, unknown>> = environment,
): ModelProvider {
  if (typeof source === "function") return singleModel(source);
  if ("lease" in source) return source;
  const { origin, digest } = readPackedHeader(new Uint8Array(toBuffer(source), offsetOf(source), source.byteLength));
  const bundled = { name: origin?.name ?? "default", bytes: source.byteLength, digest };
  const settings = readModelSettings(env, bundled);
  if (![...settings.models.values()].some(({ spec }) => spec.from === "bundled")) detach(source);
  return new Models(settings, async (spec, maximumMemory, heard): Promise<LoadedModel> => {
    if (spec.from !== "bundled") return loadPacked(openStored(spec, env, heard), { maximumMemory });
    const model = await loadPacked(source, { maximumMemory });
    detach(source);
    return model;
  });
}

function toBuffer(source: ArrayBuffer | Uint8Array): ArrayBufferLike {
  return source instanceof Uint8Array ? source.buffer : source;
}

function offsetOf(source: ArrayBuffer | Uint8Array): number {
  return source instanceof Uint8Array ? source.byteOffset : 0;
}

/** Frees the script's own copy. A view may share its buffer with others and is left alone. */
function detach(source: ArrayBuffer | Uint8Array): void {
  if (source instanceof ArrayBuffer) source.transfer(0);
}
