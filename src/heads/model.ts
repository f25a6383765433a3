// BertModel: the bare encoder, and what every class with a head inherits: loading, running, releasing.
import type { Tensor } from "onnxruntime-common";
import type { BertConfig } from "../config.ts";
import { BertletError } from "../errors.ts";
import type { BertTokenizerFast } from "../tokenizer/tokenizer.ts";
import type { Feeds } from "../wasm/session.ts";
import type { HeadSpec } from "../weights/head-spec.ts";
import { type ModelInputs, type Tokenization, toFeeds } from "./inputs.ts";
import {
  findHead,
  loadPretrained,
  type Pretrained,
  type PretrainedOptions,
  type PretrainedSource,
} from "./pretrained.ts";

export interface ForwardOptions {
  /** Also the hidden states: the embedding's and each layer's. */
  readonly outputHiddenStates?: boolean;
  /** Also each layer's attention probabilities. */
  readonly outputAttentions?: boolean;
}

/** What every class may give beside its own outputs. */
export interface ModelOutput {
  /** [batch, length, H] each: the embedding, then every layer. */
  readonly hidden_states?: readonly Tensor[];
  /** [batch, A, length, length] each, a layer each. */
  readonly attentions?: readonly Tensor[];
}

/** A model on a session. */
export abstract class BertPreTrainedModel {
  readonly pretrained: Pretrained;

  constructor(pretrained: Pretrained) {
    this.pretrained = pretrained;
  }

  get config(): BertConfig {
    return this.pretrained.config;
  }

  /** @throws BertletError `not_found` for a model that came without one */
  get tokenizer(): BertTokenizerFast {
    const { tokenizer } = this.pretrained;
    if (!tokenizer) throw new BertletError("not_found", "the model has no tokenizer");
    return tokenizer;
  }

  /** How texts become rows that the model takes. */
  get tokenization(): Tokenization {
    const { tokenizer } = this;
    return { tokenizer, maxLength: Math.min(this.config.max_position_embeddings, tokenizer.modelMaxLength) };
  }

  /** Frees the session, also for every other class that stands on it. */
  release(): Promise<void> {
    return this.pretrained.session.release();
  }

  /** Runs the session for `names` and what the options ask for. */
  protected async fetch(
    inputs: ModelInputs,
    names: readonly string[],
    { outputHiddenStates, outputAttentions }: ForwardOptions,
  ): Promise<{ outputs: Record<string, Tensor>; extras: ModelOutput }> {
    const layers = this.config.num_hidden_layers;
    const hidden = outputHiddenStates ? numbered("hidden_states", layers + 1) : [];
    const attentions = outputAttentions ? numbered("attentions", layers) : [];
    const outputs = await this.pretrained.session.run(toFeeds(inputs), [...names, ...hidden, ...attentions]);
    const extras = {
      ...(outputHiddenStates && { hidden_states: hidden.map((name) => outputs[name]!) }),
      ...(outputAttentions && { attentions: attentions.map((name) => outputs[name]!) }),
    };
    return { outputs, extras };
  }
}

/** A model with one head. */
export abstract class BertHeadModel extends BertPreTrainedModel {
  readonly head: HeadSpec;

  constructor(pretrained: Pretrained, architecture: string, head?: string) {
    super(pretrained);
    this.head = findHead(pretrained, architecture, head);
  }

  /** The session's name of one of the head's outputs. */
  protected outputName(output: string): string {
    return `${this.head.name}.${output}`;
  }

  /** Runs the session for the head's outputs, which come under their own names, and what the options ask for. */
  protected async fetchHead(
    inputs: ModelInputs,
    options: ForwardOptions,
  ): Promise<{ outputs: Record<string, Tensor>; extras: ModelOutput }> {
    const names = this.head.outputs.map(({ name }) => name);
    const fetched = await this.fetch(
      inputs,
      names.map((name) => this.outputName(name)),
      options,
    );
    const outputs = Object.fromEntries(names.map((name) => [name, fetched.outputs[this.outputName(name)]!]));
    return { outputs, extras: fetched.extras };
  }
}

/** What a head with one output gives. */
export interface LogitsOutput extends ModelOutput {
  readonly logits: Tensor;
}

/** A model whose head has one output, `logits`. */
export abstract class BertLogitsModel extends BertHeadModel {
  async forward(inputs: ModelInputs, options: ForwardOptions = {}): Promise<LogitsOutput> {
    const { outputs, extras } = await this.fetchHead(inputs, options);
    return { logits: outputs.logits!, ...extras };
  }

  /** The logits for rows of texts. */
  protected async run(feeds: Feeds): Promise<Tensor> {
    const name = this.outputName("logits");
    const { [name]: logits } = await this.pretrained.session.run(feeds, [name]);
    return logits!;
  }
}

export interface HeadOptions extends PretrainedOptions {
  /** Which head of a model that has several of this class. */
  readonly head?: string;
}

/** Loads a model and stands `Model` on it. */
export async function fromPretrained<T>(
  Model: new (pretrained: Pretrained, head?: string) => T,
  source: PretrainedSource,
  { head, ...options }: HeadOptions = {},
): Promise<T> {
  const pretrained = await loadPretrained(source, options);
  try {
    return new Model(pretrained, head);
  } catch (error) {
    await pretrained.session.release();
    throw error;
  }
}

export interface BertModelOutput extends ModelOutput {
  /** [batch, length, H]; zero where the mask is. */
  readonly last_hidden_state: Tensor;
  /** [batch, H]; only of models that have a pooler. */
  readonly pooler_output?: Tensor;
}

/**
 * The encoder without a head.
 *
 * @example
 * const model = await BertModel.fromPretrained("all-minilm-l6-v2");
 * const { last_hidden_state } = await model.forward({ input_ids: [[101, 7592, 102]] }); // [1, 3, 384]
 */
export class BertModel extends BertPreTrainedModel {
  static fromPretrained(source: PretrainedSource, options?: PretrainedOptions): Promise<BertModel> {
    return fromPretrained(BertModel, source, options);
  }

  async forward(inputs: ModelInputs, options: ForwardOptions = {}): Promise<BertModelOutput> {
    const pooled = this.pretrained.session.outputNames.includes("pooler_output") ? ["pooler_output"] : [];
    const { outputs, extras } = await this.fetch(inputs, ["last_hidden_state", ...pooled], options);
    const { last_hidden_state, pooler_output } = outputs;
    return { last_hidden_state: last_hidden_state!, ...(pooler_output && { pooler_output }), ...extras };
  }
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}.${index}`);
}
