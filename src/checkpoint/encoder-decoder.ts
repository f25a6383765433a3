// The folder of an EncoderDecoderModel → the checkpoints of its encoder and of its decoder. The reference holds both in one file, with
// `encoder.` and `decoder.` before their tensors' names.
import { DEFAULT_FORMATS } from "#formats";
import { BERT } from "../architectures/bert.ts";
import { EncoderDecoderConfig } from "../architectures/encoder-decoder-config.ts";
import { BertletError } from "../errors.ts";
import type { TensorView } from "../safetensors.ts";
import { type ModelSource, readJson } from "../source/source.ts";
import { type Checkpoint, type CheckpointOptions, type LoadingInfo, toCheckpoint } from "./checkpoint.ts";
import { readWeights } from "./formats.ts";
import { settingsOfConfig } from "./generation-config.ts";

export interface EncoderDecoderCheckpoint {
  readonly encoder: Checkpoint;
  readonly decoder: Checkpoint;
}

/** `formats`: those of PyTorch; TensorFlow and Flax name the tensors of a pair in ways of their own, which are not read. */
export type EncoderDecoderCheckpointOptions = Pick<CheckpointOptions, "formats" | "onLoadingInfo">;

const PARTS = ["encoder", "decoder"] as const;

/**
 * Reads what `source` holds, from PyTorch's files.
 * @throws BertletError `not_found` for missing files, `invalid_config` or `unsupported` as EncoderDecoderConfig, `unsupported` where no format
 * is PyTorch's, `invalid_checkpoint` for damaged files
 */
export async function readEncoderDecoder(
  source: ModelSource,
  { formats = DEFAULT_FORMATS, onLoadingInfo }: EncoderDecoderCheckpointOptions = {},
): Promise<EncoderDecoderCheckpoint> {
  const json = await readJson(source, "config.json");
  if (json === undefined) throw new BertletError("not_found", "config.json is missing");
  const config = EncoderDecoderConfig.fromJSON(await withOwnStart(json, source));
  const pytorch = formats.filter(({ framework }) => framework === "pytorch");
  if (pytorch.length === 0)
    throw new BertletError("unsupported", "an EncoderDecoderModel is read from PyTorch's files alone");
  const weights = await readWeights(source, pytorch, BERT.names);
  const missing: string[] = [];
  const unexpected = [...weights.keys()].filter((name) => !PARTS.some((part) => name.startsWith(`${part}.`)));
  const note = (part: string) => (info: LoadingInfo) => {
    missing.push(...info.missing_keys.map((name) => `${part}.${name}`));
    unexpected.push(...info.unexpected_keys.map((name) => `${part}.${name}`));
  };
  const [encoder, decoder] = await Promise.all([
    toCheckpoint(partOf(weights, "encoder"), source, config.encoder, {
      architecture: "BertModel",
      onLoadingInfo: note("encoder"),
    }),
    toCheckpoint(partOf(weights, "decoder"), source, config.decoder, {
      architecture: "BertLMHeadModel",
      onLoadingInfo: note("decoder"),
    }),
  ]);
  onLoadingInfo?.({ missing_keys: missing, unexpected_keys: unexpected });
  return { encoder, decoder: withSettings(decoder, json as Record<string, unknown>) };
}

/** The configuration with the first token that generation_config.json names, which counts before its own. */
async function withOwnStart(json: unknown, source: ModelSource): Promise<unknown> {
  const generation = await readJson(source, "generation_config.json");
  if (typeof generation !== "object" || generation === null || typeof json !== "object") return json;
  const { decoder_start_token_id: start } = generation as Record<string, unknown>;
  return start == null ? json : { ...json, decoder_start_token_id: start };
}

function partOf(weights: ReadonlyMap<string, TensorView>, part: string): Map<string, TensorView> {
  const prefix = `${part}.`;
  return new Map(
    [...weights]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** The settings of generation in config.json count where there is no generation_config.json. */
function withSettings(decoder: Checkpoint, json: Readonly<Record<string, unknown>>): Checkpoint {
  const heads = decoder.heads.map(({ spec, tensors }) => {
    const generation = spec.generation ?? settingsOfConfig(json);
    return { spec: generation ? { ...spec, generation } : spec, tensors };
  });
  return { ...decoder, heads };
}
