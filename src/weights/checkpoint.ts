// A checkpoint's folder → a packed model. It finds the config, the weights, the heads and the tokenizer; packing is pack.ts's work.
// Two layouts: one class's checkpoint as the Hub has it (config.json, model.safetensors), or an encoder with a folder a head
// (config.json, encoder.safetensors, heads/<name>/config.json and head.safetensors).
import { BertConfig } from "../config.ts";
import { BertletError } from "../errors.ts";
import { type ModelSource, readJson, readRequired } from "../source.ts";
import { packTokenizer } from "../tokenizer/packed.ts";
import { headSpec } from "./architectures.ts";
import type { HeadSpec } from "./head-spec.ts";
import { canonicalNames } from "./names.ts";
import { type HeadInput, packModel } from "./pack.ts";
import type { PackedOrigin, Quantization } from "./packed.ts";
import { readSafetensors, type TensorView } from "./safetensors.ts";

export interface PackOptions {
  readonly quantization: Quantization;
  /** Which of several heads, in this order (all, by name, when left out). */
  readonly heads?: readonly string[];
  /** Recorded in the file. */
  readonly origin?: PackedOrigin;
}

const HEAD_CONFIG = /^heads\/([\w-]+)\/config\.json$/;

/**
 * Packs what `source` holds.
 * @throws BertletError `not_found` for missing files, `invalid_config`, `invalid_checkpoint`, `unsupported` for another architecture
 * @example
 * const file = await packCheckpoint(await openSource("all-minilm-l6-v2"), { quantization: "int8" });
 */
export async function packCheckpoint(source: ModelSource, options: PackOptions): Promise<Uint8Array<ArrayBuffer>> {
  const config = BertConfig.fromJSON(await requiredJson(source, "config.json"));
  const names = await source.list();
  const several = names.includes("encoder.safetensors");
  const encoder = await readWeights(source, several ? "encoder.safetensors" : "model.safetensors");
  const heads = several ? await readHeads(source, options.heads ?? headNames(names)) : ownHead(config, encoder);
  const { quantization, origin } = options;
  return packModel({ config, encoder, heads, tokenizer: await packTokenizer(source), quantization, origin });
}

function headNames(files: readonly string[]): string[] {
  return files.flatMap((name) => HEAD_CONFIG.exec(name)?.[1] ?? []).sort();
}

async function readHeads(source: ModelSource, names: readonly string[]): Promise<HeadInput[]> {
  return Promise.all(
    names.map(async (name) => {
      const config = BertConfig.fromJSON(await requiredJson(source, `heads/${name}/config.json`));
      const spec = specOf(config.architectures[0] ?? "none", config, name);
      return { spec, tensors: await readWeights(source, `heads/${name}/head.safetensors`) };
    }),
  );
}

/** The head of a single class's checkpoint, named by its task. */
function ownHead(config: BertConfig, tensors: ReadonlyMap<string, TensorView>): HeadInput[] {
  const [architecture = "BertModel"] = config.architectures;
  return architecture === "BertModel" ? [] : [{ spec: specOf(architecture, config), tensors }];
}

function specOf(architecture: string, config: BertConfig, name?: string): HeadSpec {
  const spec = headSpec(architecture, config, name);
  if (!spec) throw new BertletError("unsupported", `there is no head for the architecture ${architecture}`);
  return spec;
}

async function readWeights(source: ModelSource, name: string): Promise<Map<string, TensorView>> {
  return canonicalNames(readSafetensors(await readRequired(source, name)).tensors);
}

async function requiredJson(source: ModelSource, name: string): Promise<unknown> {
  const json = await readJson(source, name);
  if (json === undefined) throw new BertletError("not_found", `${name} is missing`);
  return json;
}
