// A loaded model: session, tokenizer and the heads it has. Every model class stands on one, and several classes may share it.
import type { BertConfig } from "../config.ts";
import { BertletError } from "../errors.ts";
import { type ModelSourceLike, openSource } from "../source.ts";
import { unpackTokenizer } from "../tokenizer/packed.ts";
import type { BertTokenizerFast } from "../tokenizer/tokenizer.ts";
import { KernelSession, type KernelSessionOptions } from "../wasm/kernel-session.ts";
import type { InferenceSession } from "../wasm/session.ts";
import { packCheckpoint } from "../weights/checkpoint.ts";
import type { HeadSpec } from "../weights/head-spec.ts";
import type { PackedOrigin, PackedSource, Quantization } from "../weights/packed.ts";

export interface Pretrained {
  readonly session: InferenceSession;
  readonly config: BertConfig;
  readonly heads: readonly HeadSpec[];
  readonly tokenizer: BertTokenizerFast | undefined;
  readonly quantization: Quantization;
  readonly origin: PackedOrigin | undefined;
  /** SHA-256 of all tensors: names the model exactly. */
  readonly digest: string;
}

export interface PretrainedOptions extends KernelSessionOptions {
  /** How a checkpoint's matrices are held (f32 when left out); a packed model has decided that already. */
  readonly quantization?: Quantization;
}

/** A checkpoint's folder or files, or a packed model. */
export type PretrainedSource = ModelSourceLike | PackedSource;

/**
 * Loads a model with everything in it.
 * @throws BertletError `not_found`, `invalid_config`, `invalid_checkpoint`, `unsupported` or `out_of_memory`, which say what is wrong
 * @example
 * const model = await loadPretrained(await readFile("models/minilm-l6-heads.safetensors"));
 * model.heads.map((head) => head.name); // ["emotion", "entities", "intent", …]
 */
export async function loadPretrained(source: PretrainedSource, options: PretrainedOptions = {}): Promise<Pretrained> {
  const packed = isPacked(source) ? source : await packSource(source, options);
  const session = await KernelSession.create(packed, options);
  const { header, tokenizerTables } = session.model;
  const { config, heads, quantization, origin, digest } = header;
  const tokenizer = unpackTokenizer(header.tokenizer, tokenizerTables);
  return { session, config, heads, tokenizer, quantization, origin, digest };
}

/** The head of this name, or the model's first of this class when no name is given. @throws BertletError `not_found` */
export function findHead({ heads }: Pretrained, architecture: string, name?: string): HeadSpec {
  const fitting = heads.filter((head) => head.architecture === architecture);
  const found = fitting.find((head) => (name ?? head.name) === head.name);
  if (found) return found;
  const present = fitting.map((head) => head.name).join(", ") || "none";
  throw new BertletError("not_found", `the model has no head ${name ?? ""} of ${architecture}; it has ${present}`);
}

async function packSource(source: ModelSourceLike, { quantization = "f32" }: PretrainedOptions): Promise<Uint8Array> {
  return packCheckpoint(await openSource(source), { quantization });
}

function isPacked(source: PretrainedSource): source is PackedSource {
  return source instanceof Uint8Array || source instanceof ArrayBuffer || source instanceof ReadableStream;
}
