// The kernel engine for decoders with cross-attention: a session that takes encoded texts beside a decoder's own tokens. A class of its own,
// so that Workers of other models do not carry it.
import { BertletError } from "../../errors.ts";
import type { PackedModel } from "../../model-file/packed.ts";
import type { Tensor } from "../../tensor.ts";
import { BATCH_INPUTS, type Batch, type Start } from "../batch.ts";
import { ENCODED_INPUTS, type EncodedFeeds, type EncodedText, readEncoded } from "../encoded-text.ts";
import type { KernelExports } from "../kernels/abi.ts";
import { type Feeds, type Fetches, fetchNames, type RunOptions } from "../session.ts";
import type { Layout, SessionMemory } from "./arena.ts";
import { CrossAttention } from "./cross-attention.ts";
import { CrossOutput, isCrossOutput } from "./cross-output.ts";
import type { AttentionPlace, EncoderPlan } from "./encoder.ts";
import { type Group, KernelSession, type LayerHook } from "./session.ts";
import { Weights } from "./weights.ts";

/**
 * A KernelSession that takes `encoder_hidden_states` if the model is a decoder with cross-attention. Any other model runs as in a
 * KernelSession.
 *
 * @example
 * const session = await CrossAttentionSession.create(file);
 * await session.run({ input_ids, encoder_hidden_states }, ["text-generation.logits", "cross_attentions.0"]);
 */
export class CrossAttentionSession extends KernelSession {
  override readonly inputNames: readonly string[];
  readonly #memory: SessionMemory;
  readonly #attention: CrossAttention | undefined;

  protected constructor(model: PackedModel, memory: SessionMemory, kernel: KernelExports, start: Start) {
    super(model, memory, kernel, start);
    const { encoder: spec } = model.header;
    const weights = new Weights(model.header, memory.weights);
    const hasCross = spec.layers.cross !== undefined;
    this.#memory = memory;
    this.#attention = hasCross
      ? new CrossAttention({ spec, kernel, memory, weights, encoder: this.encoder })
      : undefined;
    this.inputNames = [...BATCH_INPUTS[start], ...(hasCross ? ENCODED_INPUTS : [])];
  }

  /**
   * As InferenceSession says. Without encoded texts a decoder leaves its cross-attention out, as the reference's does.
   * @throws BertletError `invalid_input` for encoded texts that do not fit, or that the model does not take
   */
  override async run(feeds: Feeds, fetches?: Fetches, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    const { spec } = this.#attention ?? {};
    if (!spec || !this.#attention) return super.run(feeds, fetches, options);
    const names = fetchNames(fetches, this.outputNames);
    const fetched = [...new Set(names.filter(isCrossOutput))];
    const read = readEncoded(feeds, spec.hiddenSize);
    if (!read && fetched.length > 0) throw invalid(`${fetched[0]} is fetched without encoder_hidden_states`);
    const texts = textsOf(read, options.encoded, spec.hiddenSize);
    if (!texts) return super.run(feeds, fetches, options);
    this.#refuseUnknown(feeds);
    const outputs = fetched.map((name) => new CrossOutput(name, spec, read!));
    const hook = new CrossRun(this.#attention, this.#memory, texts, outputs);
    const own = Object.entries(feeds).filter(([name]) => !isEncodedInput(name));
    const others = names.filter((name) => !fetched.includes(name));
    const results = await super.run(Object.fromEntries(own), others, options, hook);
    return { ...results, ...Object.fromEntries(outputs.map(({ name, tensor }) => [name, tensor])) };
  }

  /** Here, where the names are known that the rest of the run does not see. */
  #refuseUnknown(feeds: Feeds): void {
    const known = [...this.inputNames, "row_starts", "output_tokens"];
    const unknown = Object.keys(feeds).find((name) => !known.includes(name));
    if (unknown !== undefined) throw invalid(`there is no input ${unknown}; inputs are ${known.join(", ")}`);
  }
}

function isEncodedInput(name: string): boolean {
  return (ENCODED_INPUTS as readonly string[]).includes(name);
}

/** The texts of a run, from its feeds or its options. @param H the width that they must have */
function textsOf(
  read: EncodedFeeds | undefined,
  encoded: readonly EncodedText[] | undefined,
  H: number,
): readonly EncodedText[] | undefined {
  if (read && encoded) throw invalid("encoder_hidden_states and the option encoded exclude each other");
  const other = encoded?.find((text) => text.hiddenSize !== H);
  if (other) throw invalid(`an encoded text is ${other.hiddenSize} wide, the decoder's hidden states are ${H}`);
  return read?.texts ?? encoded;
}

/** One run's part in cross-attention. */
class CrossRun implements LayerHook {
  readonly #attention: CrossAttention;
  readonly #memory: SessionMemory;
  /** By row of the batch. */
  readonly #texts: readonly EncodedText[];
  readonly #outputs: readonly CrossOutput[];

  constructor(
    attention: CrossAttention,
    memory: SessionMemory,
    texts: readonly EncodedText[],
    outputs: readonly CrossOutput[],
  ) {
    this.#attention = attention;
    this.#memory = memory;
    this.#texts = texts;
    this.#outputs = outputs;
  }

  accept({ rows, length }: Batch): void {
    const { length: count } = this.#texts;
    if (rows.length !== count) throw invalid(`there are ${count} encoded texts for ${rows.length} rows`);
    if (this.#outputs.length === 0) return;
    if (length === undefined) throw invalid("cross_attentions need padded feeds, not row_starts");
    const results = this.#outputs.reduce((sum, output) => sum + output.bytesFor(count, length), 0);
    const { bytes, maximum } = this.#memory;
    if (bytes + results > maximum)
      throw new BertletError(
        "input_too_large",
        `this run needs ${results} bytes for its cross_attentions beside ${bytes} of memory; the session may take ${maximum}`,
      );
    for (const output of this.#outputs) output.allocate(count, length);
  }

  plan(layout: Layout, group: Group, encoder: EncoderPlan): (place: AttentionPlace) => void {
    const { rows, row } = group;
    const texts = this.#texts.slice(row, row + rows.length);
    const M = Math.max(...rows.map(({ ids }) => ids.length));
    const S = Math.max(...texts.map(({ length }) => length));
    const plan = this.#attention.plan(layout, M, S, this.#outputs.length > 0);
    return (place) => {
      const fetched = this.#outputs.filter(({ layer }) => layer === place.index);
      this.#attention.attend(encoder, plan, group, texts, place, (index, probs) => {
        for (const output of fetched) output.put(probs, row + index, rows[index]!.columns);
      });
    };
  }
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
