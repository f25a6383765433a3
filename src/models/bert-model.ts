// BertModel: the bare encoder, and what its hidden states are good for by themselves: vectors of texts, of words and of tokens.
import type { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import { type EmbedOptions, meanOfRows, pool } from "../heads/embedding.ts";
import type { ModelInputs } from "../heads/inputs.ts";
import { floats } from "../heads/outputs.ts";
import { int32, type OffsetOptions, offsetMapper, offsetOf, type TextRows } from "../heads/text-rows.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { Feeds } from "../wasm/session.ts";
import type { PretrainedOptions, PretrainedSource } from "./loaded-model.ts";
import { BertPreTrainedModel, type ForwardOptions, fromPretrained, type ModelOutput } from "./model.ts";

export interface BertModelOutput extends ModelOutput {
  /** [batch, length, H]; zero where the mask is. */
  readonly last_hidden_state: Tensor;
  /** [batch, H]; only of models that have a pooler. */
  readonly pooler_output?: Tensor;
}

export interface WordVectorOptions extends TextOptions, OffsetOptions {
  /** After how many layers; the last when left out, and 0 for the embedding, which knows the word's place but not its neighbours. */
  readonly layer?: number | undefined;
}

/** A word in its sentence. */
export interface WordVector {
  /** As the text has it. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** [H] The mean of its pieces' hidden states. */
  readonly vector: Float32Array;
}

/**
 * The encoder without a head.
 *
 * @example
 * const model = await BertModel.fromPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
 * const { last_hidden_state } = await model.forward({ input_ids: [[101, 7592, 102]] }); // [1, 3, 384]
 * const [vector] = await model.embed(["a sentence"]); // Float32Array(384) of length 1
 */
export class BertModel extends BertPreTrainedModel {
  static readonly architecture: string = "BertModel";

  static fromPretrained(source: PretrainedSource, options?: PretrainedOptions): Promise<BertModel> {
    return fromPretrained(BertModel, source, options);
  }

  async forward(inputs: ModelInputs, options: ForwardOptions = {}): Promise<BertModelOutput> {
    const pooled = this.pretrained.session.outputNames.includes("pooler_output") ? ["pooler_output"] : [];
    const { outputs, extras } = await this.fetch(inputs, ["last_hidden_state", ...pooled], options);
    const { last_hidden_state, pooler_output } = outputs;
    return { last_hidden_state: last_hidden_state!, ...(pooler_output && { pooler_output }), ...extras };
  }

  /**
   * One vector a text: its meaning, to be compared with others.
   * @throws BertletError `invalid_input` for more dimensions than the model has
   */
  async embed(texts: readonly TextInput[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    const { hidden_size: H } = this.config;
    const { dimensions = H } = options;
    if (!(Number.isInteger(dimensions) && dimensions > 0 && dimensions <= H))
      throw new BertletError("invalid_input", `dimensions must be between 1 and ${H}, not ${dimensions}`);
    if (texts.length === 0) return [];
    const encoded = this.tokenization.encode(texts, options);
    // Of texts that are read by their [CLS] alone, no other row need be kept.
    const first = options.pooling === "cls";
    const starts = int32(Int32Array.from(encoded.rows, ([row]) => row!.from));
    const values = await this.hidden(first ? { ...encoded.feeds, output_tokens: starts } : encoded.feeds);
    return encoded.rows.map(([row], text) => {
      const [from, to] = first ? [text, text + 1] : [row!.from, row!.to];
      return pool(values.subarray(from * H, to * H), H, options);
    });
  }

  /** The hidden states [tokens, H] of each text after the last layer, a vector a token, [CLS] and [SEP] included. */
  async features(texts: readonly TextInput[], options: TextOptions = {}): Promise<Float32Array[][]> {
    if (texts.length === 0) return [];
    const { hidden_size: H } = this.config;
    const { feeds, rows } = this.tokenization.encode(texts, options);
    const values = await this.hidden(feeds);
    return rows.map(([row]) =>
      Array.from({ length: row!.to - row!.from }, (_, i) => values.slice((row!.from + i) * H, (row!.from + i + 1) * H)),
    );
  }

  /**
   * The words of each text with their vectors, which depend on their neighbours: the same word in another sentence has another vector.
   * @example
   * const [[he, sat]] = await model.wordVectors(["he sat"]); // { word: "he", start: 0, end: 2, vector: Float32Array(384) }, …
   */
  async wordVectors(texts: readonly string[], options: WordVectorOptions = {}): Promise<WordVector[][]> {
    if (texts.length === 0) return [];
    const { layer = this.config.num_hidden_layers } = options;
    const encoded = this.tokenization.encode(texts, options);
    const values = await this.hidden(encoded.feeds, `hidden_states.${layer}`);
    return texts.map((text, index) => wordsOf(text, encoded, index, values, this.config.hidden_size, options));
  }

  private async hidden(feeds: Feeds, name = "last_hidden_state"): Promise<Float32Array> {
    const { [name]: states } = await this.pretrained.session.run(feeds, [name]);
    return floats(states);
  }
}

function wordsOf(
  text: string,
  { encoding, rows }: TextRows<string>,
  index: number,
  values: Float32Array,
  H: number,
  { offsetUnit }: OffsetOptions,
): WordVector[] {
  const place = offsetMapper(text, offsetUnit);
  const { from: rowStart, to: rowEnd } = rows[index]![0]!;
  const words: WordVector[] = [];
  for (let from = rowStart, to = rowStart; from < rowEnd; from = to) {
    const word = encoding.word_ids[from];
    while (to < rowEnd && encoding.word_ids[to] === word) to++;
    if (word === -1) continue;
    const [start, end] = [offsetOf(encoding, from)[0], offsetOf(encoding, to - 1)[1]];
    const vector = meanOfRows(values.subarray(from * H, to * H), H);
    words.push({ word: text.slice(start, end), start: place(start), end: place(end), vector });
  }
  return words;
}
