// A sentence-transformers folder: modules.json lists what makes one vector of a text, and each module has a folder with its settings and
// weights. After sentence-transformers 3.3.1 (Reimers and Gurevych 2019).
import * as v from "valibot";
import { ACTIVATIONS, type Activation, REFERENCE_ACTIVATIONS } from "../architectures/activations.ts";
import type { TensorNames } from "../architectures/architecture.ts";
import type { EmbeddingSpec } from "../architectures/embedding-spec.ts";
import { type HeadStep, type PoolingMode, sizeSchema } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import type { TensorView } from "../safetensors.ts";
import { type ModelSource, readJson } from "../source/source.ts";
import { type CheckpointFormat, readWeights } from "./formats.ts";
import { subfolder } from "./subfolder.ts";

/** The sentence embedding: its spec, with tensor names as here, and those tensors. */
export interface EmbeddingInput {
  readonly spec: EmbeddingSpec;
  readonly tensors: ReadonlyMap<string, TensorView>;
}

/** What a folder's modules.json lists. */
export interface Modules {
  /** The folder of the encoder and its tokenizer; "" for the folder itself. */
  readonly encoder: string;
  /** What follows the encoder. */
  readonly rest: readonly Module[];
}

interface Module {
  readonly type: string;
  readonly path: string;
}

export const MODULES = "modules.json";
const modulesSchema = v.array(v.object({ type: v.string(), path: v.string() }));

/** Reads modules.json; undefined if there is none. @throws BertletError `invalid_checkpoint`, or `unsupported` for another first module */
export async function readModules(source: ModelSource): Promise<Modules | undefined> {
  const json = await readJson(source, MODULES);
  if (json === undefined) return undefined;
  const [encoder, ...rest] = parse(modulesSchema, json, MODULES).map(({ type, path }) => {
    return { type: type.split(".").at(-1)!, path: path.replace(/\/$/, "") };
  });
  if (encoder?.type !== "Transformer") throw unsupported(`its first module is ${encoder?.type}, not Transformer`);
  return { encoder: encoder.path, rest };
}

/**
 * Reads the modules after the encoder, the prompts and the maximum length.
 * @param hiddenSize H, the width of the token vectors
 * @throws BertletError `unsupported` for modules that are not known, `invalid_checkpoint` for settings that make no sense
 */
export async function readEmbedding(
  source: ModelSource,
  modules: Modules,
  formats: readonly CheckpointFormat[],
  names: TensorNames,
  hiddenSize: number,
): Promise<EmbeddingInput> {
  const [first, ...others] = modules.rest;
  if (first?.type !== "Pooling") throw unsupported(`its second module is ${first?.type}, not Pooling`);
  const { prompts, defaultPrompt } = await readPrompts(source);
  const pooling = await readPooling(source, first.path, hiddenSize, prompts.length > 0);
  const steps: HeadStep[] = [];
  const tensors = new Map<string, TensorView>();
  for (const { type, path } of others) {
    if (type === "Dropout") continue;
    if (type === "Normalize") steps.push({ op: "normalize" });
    else if (type === "Dense" || type === "LayerNorm") {
      const weights = await readWeights(subfolder(source, path), formats, names);
      steps.push(type === "Dense" ? await readDense(source, path, weights) : layerNorm(path));
      for (const [name, tensor] of weights) tensors.set(`${path}.${name}`, tensor);
    } else
      throw unsupported(`the module ${type} is not known; known are Pooling, Dense, LayerNorm, Normalize, Dropout`);
  }
  const maxLength = await readMaxLength(subfolder(source, modules.encoder));
  return {
    spec: {
      pooling,
      steps,
      prompts,
      ...(defaultPrompt !== undefined && { defaultPrompt }),
      ...(maxLength !== undefined && { maxLength }),
    },
    tensors,
  };
}

// In the order in which the reference puts them side by side.
export const POOLING_KEYS: readonly (readonly [key: string, mode: PoolingMode])[] = [
  ["pooling_mode_cls_token", "cls"],
  ["pooling_mode_max_tokens", "max"],
  ["pooling_mode_mean_tokens", "mean"],
  ["pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"],
  ["pooling_mode_weightedmean_tokens", "weightedmean"],
  ["pooling_mode_lasttoken", "lasttoken"],
];

const poolingSchema = v.strictObject({
  word_embedding_dimension: sizeSchema,
  include_prompt: v.optional(v.boolean(), true),
  ...Object.fromEntries(POOLING_KEYS.map(([key]) => [key, v.optional(v.boolean())])),
});

async function readPooling(
  source: ModelSource,
  path: string,
  hiddenSize: number,
  hasPrompts: boolean,
): Promise<PoolingMode[]> {
  const file = `${path}/config.json`;
  const settings: Readonly<Record<string, unknown>> = parse(poolingSchema, await readJson(source, file), file);
  if (settings.word_embedding_dimension !== hiddenSize) {
    throw invalid(
      `${file}: word_embedding_dimension is ${settings.word_embedding_dimension}, the encoder's is ${hiddenSize}`,
    );
  }
  if (!settings.include_prompt && hasPrompts)
    throw unsupported(`${file}: include_prompt is false, and there are prompts`);
  const modes = POOLING_KEYS.flatMap(([key, mode]) => (settings[key] ? [mode] : []));
  if (modes.length === 0) throw invalid(`${file}: no pooling mode is chosen`);
  return modes;
}

const denseSchema = v.strictObject({
  in_features: sizeSchema,
  out_features: sizeSchema,
  bias: v.optional(v.boolean(), true),
  activation_function: v.string(),
});

/** Adds zeros for the bias to `weights` if there is none. */
async function readDense(source: ModelSource, path: string, weights: Map<string, TensorView>): Promise<HeadStep> {
  const file = `${path}/config.json`;
  const { out_features: size, bias, activation_function } = parse(denseSchema, await readJson(source, file), file);
  const activation = activationOf(activation_function);
  if (!activation) throw unsupported(`${file}: the activation ${activation_function} is not known`);
  if (!bias) weights.set("linear.bias", { dtype: "F32", shape: [size], bytes: new Uint8Array(4 * size) });
  return { op: "dense", weight: `${path}.linear`, bias: `${path}.linear.bias`, size, activation };
}

/** The activation of PyTorch's class, `torch.nn.modules.activation.Tanh`. */
function activationOf(className: string): Activation | undefined {
  const name = className.split(".").at(-1)!.toLowerCase();
  if (name === "identity") return "none";
  if (Object.hasOwn(REFERENCE_ACTIVATIONS, name))
    return REFERENCE_ACTIVATIONS[name as keyof typeof REFERENCE_ACTIVATIONS];
  return ACTIVATIONS.find((known) => known === name);
}

function layerNorm(path: string): HeadStep {
  // PyTorch's own default.
  return { op: "layernorm", weight: `${path}.norm`, epsilon: 1e-5 };
}

const promptsSchema = v.looseObject({
  prompts: v.optional(v.custom<Record<string, string>>(isTextMap, "expected a map of texts"), () => ({})),
  default_prompt_name: v.nullish(v.string()),
});

async function readPrompts(source: ModelSource): Promise<Pick<EmbeddingSpec, "prompts" | "defaultPrompt">> {
  const file = "config_sentence_transformers.json";
  const json = await readJson(source, file);
  if (json === undefined) return { prompts: [] };
  const { prompts, default_prompt_name } = parse(promptsSchema, json, file);
  if (default_prompt_name == null) return { prompts: Object.entries(prompts) };
  if (!Object.hasOwn(prompts, default_prompt_name)) {
    const known = Object.keys(prompts).join(", ") || "none";
    throw invalid(`${file}: there is no prompt ${default_prompt_name}; there are ${known}`);
  }
  return { prompts: Object.entries(prompts), defaultPrompt: default_prompt_name };
}

function isTextMap(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string")
  );
}

const lengthSchema = v.object({ max_seq_length: v.nullish(sizeSchema), do_lower_case: v.optional(v.boolean(), false) });

async function readMaxLength(encoder: ModelSource): Promise<number | undefined> {
  const name = (await encoder.list()).find((name) => /^sentence_[\w-]+_config\.json$/.test(name));
  if (!name) return undefined;
  const { max_seq_length, do_lower_case } = parse(lengthSchema, await readJson(encoder, name), name);
  if (do_lower_case) await requireLowerCase(encoder, name);
  return max_seq_length ?? undefined;
}

/** The reference lower-cases texts before it tokenizes them; a tokenizer that does so itself gives the same. */
async function requireLowerCase(encoder: ModelSource, file: string): Promise<void> {
  const config = await readJson(encoder, "tokenizer_config.json");
  const isCased = typeof config === "object" && config !== null && "do_lower_case" in config && !config.do_lower_case;
  if (isCased) throw unsupported(`${file}: do_lower_case is true, and the tokenizer is cased`);
}

function parse<T extends v.GenericSchema>(schema: T, json: unknown, file: string): v.InferOutput<T> {
  if (json === undefined) throw new BertletError("not_found", `${file} is missing`);
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw invalid([file, v.getDotPath(issue), issue.message].filter((part) => part !== null).join(": "));
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_checkpoint", message);
}

function unsupported(why: string): BertletError {
  return new BertletError("unsupported", `not a sentence-transformers folder that can be read: ${why}`);
}
