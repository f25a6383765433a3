// EncoderDecoderModel: a BERT that reads a text, and a BERT that writes another one, attending to what was read.
import { EncoderDecoderConfig } from "../architectures/encoder-decoder-config.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { readEncoderDecoder } from "../checkpoint/encoder-decoder.ts";
import { toJson } from "../checkpoint/write-checkpoint.ts";
import { BertletError } from "../errors.ts";
import { continuePrompts, continueRows, type GeneratedText } from "../heads/generation/causal-model.ts";
import type { GenerationOptions } from "../heads/generation/options.ts";
import { type ModelInputs, type TokenMatrix, toFeeds } from "../heads/inputs.ts";
import { IGNORED, lossTensor, tokenLoss } from "../heads/losses.ts";
import { tokenizationOf } from "../heads/run.ts";
import { rowFeeds } from "../heads/text-rows.ts";
import { packModel } from "../model-file/pack.ts";
import { checkOptions, type OptionTable } from "../options.ts";
import { readSafetensors, type TensorView, writeSafetensors } from "../safetensors.ts";
import { saveFiles } from "../source/save.ts";
import { type ModelSource, type ModelSourceLike, openSource } from "../source/source.ts";
import type { Tensor } from "../tensor.ts";
import { packTokenizer, WRITERS } from "../tokenizer/tokenizer.ts";
import { EncodedText } from "../wasm/encoded-text.ts";
import { CrossAttentionSession } from "../wasm/kernel/cross-attention-session.ts";
import type { Feeds } from "../wasm/session.ts";
import { BertLMHeadModel } from "./bert-lm-head-model.ts";
import { PRETRAINED_OPTIONS, type PretrainedOptions } from "./load-pretrained.ts";
import { type LoadedModel, loadPacked } from "./loaded-model.ts";
import { modelFiles, type SaveOptions } from "./save.ts";

/** How a pair is loaded: what {@link PretrainedOptions} say, of those that fit two models. */
export type EncoderDecoderOptions = Omit<
  PretrainedOptions,
  "architecture" | "heads" | "initializeMissingHead" | "layers"
>;

const {
  architecture: _architecture,
  heads: _heads,
  initializeMissingHead: _initialize,
  layers: _layers,
  ...OPTIONS
} = PRETRAINED_OPTIONS;

/** What `forward` takes, named as in the reference. */
export interface EncoderDecoderInputs {
  /** [batch, S] The texts to read. */
  readonly input_ids: Tensor | TokenMatrix;
  /** [batch, S] */
  readonly attention_mask?: Tensor | TokenMatrix | undefined;
  /** [batch, length] The texts as far as they are written; `labels` moved to the right when left out. */
  readonly decoder_input_ids?: Tensor | TokenMatrix | undefined;
  /** [batch, length] */
  readonly decoder_attention_mask?: Tensor | TokenMatrix | undefined;
  /** [batch, length] The token that follows each token; -100 where none counts. */
  readonly labels?: TokenMatrix | undefined;
}

export interface EncoderDecoderOutput {
  /** [] If labels are given. */
  readonly loss?: Tensor;
  /** [batch, length, V] */
  readonly logits: Tensor;
  /** [batch, S, H] */
  readonly encoder_last_hidden_state: Tensor;
}

const INPUTS = ["input_ids", "attention_mask", "decoder_input_ids", "decoder_attention_mask", "labels"];

/**
 * Two BERTs: sequence to sequence (Rothe et al. 2020, https://arxiv.org/abs/1907.12461).
 *
 * @example
 * const model = await EncoderDecoderModel.fromPretrained("my-translator");
 * await model.generateText(["Where is the station?"], { numBeams: 4 }); // [{ generated_text: "…" }]
 */
export class EncoderDecoderModel {
  static readonly architecture = "EncoderDecoderModel";
  static readonly modelType = "encoder-decoder";
  readonly encoder: LoadedModel;
  readonly decoder: BertLMHeadModel;
  readonly config: EncoderDecoderConfig;

  /**
   * A pair of models that are loaded already, which it then owns.
   * @throws BertletError `invalid_config` or `unsupported` for two that do not fit each other, `not_found` for a decoder without a causal head
   */
  constructor(encoder: LoadedModel, decoder: LoadedModel) {
    this.config = new EncoderDecoderConfig(encoder.config, decoder.config);
    this.encoder = encoder;
    this.decoder = new BertLMHeadModel(decoder);
  }

  /**
   * Loads both parts from one folder, in PyTorch's files.
   * @throws BertletError `not_found`, `invalid_config`, `invalid_checkpoint`, `unsupported` or `out_of_memory`, which say what is wrong;
   * `invalid_input` for an unknown option
   */
  static async fromPretrained(
    source: ModelSourceLike,
    options: EncoderDecoderOptions = {},
  ): Promise<EncoderDecoderModel> {
    checkOptions(options, OPTIONS as OptionTable<EncoderDecoderOptions>);
    const files = await openSource(source, options);
    const { encoder, decoder } = await readEncoderDecoder(files, options);
    const reader = await loadPart(encoder, files, options);
    try {
      return new EncoderDecoderModel(reader, await loadPart(decoder, files, options));
    } catch (error) {
      await reader.session.release();
      throw error;
    }
  }

  /** @throws BertletError `invalid_input` for inputs that are unknown or do not fit */
  async forward(inputs: EncoderDecoderInputs): Promise<EncoderDecoderOutput> {
    const unknown = Object.keys(inputs).find((name) => !INPUTS.includes(name));
    if (unknown !== undefined) throw invalid(`there is no input ${unknown}; the inputs are ${INPUTS.join(", ")}`);
    const { input_ids, attention_mask, labels, decoder_attention_mask } = inputs;
    const decoder_input_ids = inputs.decoder_input_ids ?? (labels && this.#shift(labels));
    if (!decoder_input_ids) throw invalid("decoder_input_ids are needed, or labels");
    const read = toFeeds({ input_ids, attention_mask });
    const { last_hidden_state: states } = await this.encoder.session.run(read, ["last_hidden_state"]);
    const decoded: ModelInputs = {
      input_ids: decoder_input_ids,
      attention_mask: decoder_attention_mask,
      encoder_hidden_states: states,
      encoder_attention_mask: attention_mask,
    };
    const { logits } = await this.decoder.forward(decoded);
    const loss = labels && { loss: lossTensor(tokenLoss(logits, labels, undefined)) };
    return { ...loss, logits, encoder_last_hidden_state: states! };
  }

  /**
   * Writes a text for each text: `numReturnSequences` rows each, the first token first. What was read is read once, however many tokens are written.
   * @param texts token ids without padding
   * @throws BertletError `invalid_config` where no first token is configured, `invalid_input` for texts or options that do not fit
   */
  async generate(texts: TokenMatrix, options: GenerationOptions = {}): Promise<number[][]> {
    const { pretrained, head } = this.decoder;
    const empty = texts.findIndex(({ length }) => length === 0);
    if (empty >= 0) throw invalid(`text ${empty} is empty`);
    const encoded = await this.#read(rowFeeds(texts));
    return continueRows(pretrained, head, this.#beginnings(texts.length), options, encoded);
  }

  /** The same for texts, without special tokens; [SEP] ends what is generated if no stop token is named. */
  async generateText(texts: readonly string[], options: GenerationOptions = {}): Promise<GeneratedText[]> {
    const { pretrained, head } = this.decoder;
    const { feeds } = tokenizationOf(this.encoder).encode(texts);
    return continuePrompts(pretrained, head, this.#beginnings(texts.length), options, await this.#read(feeds));
  }

  /**
   * Writes the pair as a Hub folder that Hugging Face transformers load.
   * @throws BertletError `unsupported` for a model on another engine than the kernels
   */
  async savePretrained(folder: string, options: SaveOptions = {}): Promise<void> {
    await saveFiles(folder, this.toFiles(options));
  }

  /** What savePretrained writes, by file name. */
  toFiles(options: SaveOptions = {}): Map<string, Uint8Array> {
    const encoder = modelFiles(this.encoder, undefined, options);
    const decoder = this.decoder.toFiles(options);
    const { dtype = "float32" } = options;
    const tensors = new Map([...prefixed(encoder, "encoder"), ...prefixed(decoder, "decoder")]);
    const generation = { ...(this.decoder.head.generation as object | undefined), ...this.config.tokens };
    return new Map<string, Uint8Array>([
      ...encoder,
      ["config.json", toJson({ ...this.config.toJSON(), torch_dtype: dtype })],
      ["generation_config.json", toJson(generation)],
      ["model.safetensors", writeSafetensors(tensors, { format: "pt" })],
    ]);
  }

  /** Frees both sessions. */
  async release(): Promise<void> {
    await Promise.all([this.encoder.session.release(), this.decoder.release()]);
  }

  /** The hidden states [S][H] of each row of ragged feeds. */
  async #read(feeds: Feeds): Promise<EncodedText[]> {
    const starts = feeds.row_starts!.data as Int32Array;
    if (starts.length === 1) return [];
    const { last_hidden_state: states } = await this.encoder.session.run(feeds, ["last_hidden_state"]);
    const { hidden_size: H } = this.encoder.config;
    const values = states!.data as Float32Array;
    return Array.from(starts.subarray(1), (end, row) => new EncodedText(values.slice(starts[row]! * H, end * H), H));
  }

  /** The first token, for each of so many texts. */
  #beginnings(count: number): number[][] {
    const start = this.#start();
    return Array.from({ length: count }, () => [start]);
  }

  /** @throws BertletError `invalid_config` */
  #start(): number {
    const start = this.config.decoderStartTokenId;
    if (start !== undefined) return start;
    throw new BertletError("invalid_config", "the configuration has neither decoder_start_token_id nor bos_token_id");
  }

  /** What is written when each label has been foretold: the first token, then the labels but the last. */
  #shift(labels: TokenMatrix): number[][] {
    const padding = this.config.tokens.pad_token_id;
    if (typeof padding !== "number")
      throw new BertletError("invalid_config", "labels are moved by decoder_input_ids, or need a pad_token_id");
    const start = this.#start();
    return labels.map((row) => [start, ...row.slice(0, -1)].map((id) => (id === IGNORED ? padding : id)));
  }
}

async function loadPart(
  { files: _, ...checkpoint }: Checkpoint,
  files: ModelSource,
  options: EncoderDecoderOptions,
): Promise<LoadedModel> {
  const { quantization = "f32" } = options;
  const packed = await packModel({ ...checkpoint, tokenizer: await packTokenizer(files), quantization });
  return loadPacked(packed, options, WRITERS, CrossAttentionSession);
}

/** The tensors of a part's model.safetensors, by their names in the pair's. */
function prefixed(files: ReadonlyMap<string, Uint8Array>, part: string): [string, TensorView][] {
  const { tensors } = readSafetensors(files.get("model.safetensors")!);
  return [...tensors].map(([name, tensor]) => [`${part}.${name}`, tensor]);
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
