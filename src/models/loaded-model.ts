// A loaded model: its session, tokenizer and heads. Model classes are views of one, and several may share it.
import type { BertConfig } from "../architectures/config.ts";
import { DEFAULT_EMBEDDING, type EmbeddingSpec } from "../architectures/embedding-spec.ts";
import { tableLimit } from "../architectures/encoder-spec.ts";
import type { HeadSpec } from "../architectures/head-spec.ts";
import { Tokenization } from "../heads/tokenization.ts";
import type { PackedModel, PackedOrigin, PackedSource, Quantization } from "../model-file/packed.ts";
import { type Tokenizer, type TokenizerWriters, unpackTokenizer } from "../tokenizer/tokenizer.ts";
import { KernelSession, type KernelSessionOptions } from "../wasm/kernel/session.ts";
import type { InferenceSession } from "../wasm/session.ts";
import type { AnsweringHead } from "./learning.ts";

export interface LoadedModel {
  readonly session: InferenceSession;
  readonly config: BertConfig;
  /** The most tokens of a row. */
  readonly longestRow: number;
  readonly heads: readonly HeadSpec[];
  /** The heads that were taught to answer a question, by the question's key (src/tasks/decide/question.ts). */
  readonly questions?: ReadonlyMap<string, AnsweringHead>;
  readonly tokenizer: Tokenizer | undefined;
  /** How texts become rows of this model; undefined without a tokenizer. */
  readonly tokenization: Tokenization | undefined;
  /** How it makes one vector of a text. */
  readonly embedding: EmbeddingSpec;
  readonly quantization: Quantization;
  readonly origin: PackedOrigin | undefined;
  /** SHA-256 of all tensors and of the metadata that answers depend on: identifies the model exactly. */
  readonly digest: string;
}

/** What a model is made of; all but the session and the configuration may be left out. */
export type ModelParts = Pick<LoadedModel, "session" | "config"> & Partial<Omit<LoadedModel, "tokenization">>;

/**
 * A model on a session of any engine, for the model classes to be constructed with.
 *
 * @example
 * const session = await OrtSession.create(await readFile("onnx/model.onnx")); // outputs: sentiment.logits
 * const config = await AutoConfig.fromPretrained("onnx");
 * const heads = [headSpec("BertForSequenceClassification", config, "sentiment")!];
 * const model = createModel({ session, config, heads, tokenizer: await BertTokenizerFast.fromPretrained(source) });
 * await new BertForSequenceClassification(model).classify(["a delight"]);
 */
export function createModel(parts: ModelParts): LoadedModel {
  const { session, config, heads = [], tokenizer, quantization = "f32", origin, digest = "" } = parts;
  const { embedding = DEFAULT_EMBEDDING, longestRow = config.max_position_embeddings } = parts;
  const tokenization =
    tokenizer && new Tokenization({ tokenizer, maxLength: Math.min(longestRow, tokenizer.modelMaxLength) });
  return { session, config, longestRow, heads, tokenizer, tokenization, embedding, quantization, origin, digest };
}

/**
 * Loads a packed model. A Worker that imports this carries no reader of checkpoints, and no writer of tokenizers.
 * @param writers for a model whose tokenizer is to be saved
 * @param Session CrossAttentionSession for a decoder that is to attend to encoded texts
 * @throws BertletError `invalid_checkpoint` for a file that is not a packed model, or `out_of_memory`
 * @example
 * const model = await loadPacked(bytes);
 */
export async function loadPacked(
  source: PackedSource,
  options: KernelSessionOptions = {},
  writers?: TokenizerWriters,
  Session: typeof KernelSession = KernelSession,
): Promise<LoadedModel> {
  const session = await Session.create(source, options);
  return ofPacked(session, session.model, writers);
}

/** The model of a packed file that a session runs. */
export function ofPacked(
  session: InferenceSession,
  { header, tokenizerTables }: Pick<PackedModel, "header" | "tokenizerTables">,
  writers?: TokenizerWriters,
): LoadedModel {
  const { config, heads, embedding, quantization, origin, digest } = header;
  const tokenizer = unpackTokenizer(header.tokenizer, tokenizerTables, writers);
  const longestRow = tableLimit(header.encoder, "positions");
  return createModel({ session, config, heads, tokenizer, embedding, quantization, origin, digest, longestRow });
}
