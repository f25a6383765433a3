// What every model class inherits: loading, running, releasing; and what those with one head share.
import type { Tensor } from "onnxruntime-common";
import type { BertConfig } from "../architectures/config.ts";
import type { HeadSpec } from "../architectures/head-spec.ts";
import { type ModelInputs, toFeeds } from "../heads/inputs.ts";
import type { Tokenization } from "../heads/tokenization.ts";
import type { BertTokenizerFast } from "../tokenizer/tokenizer.ts";
import type { Feeds } from "../wasm/session.ts";
import {
  findHead,
  type LoadedModel,
  loadPretrained,
  type PretrainedOptions,
  type PretrainedSource,
  tokenizationOf,
} from "./loaded-model.ts";

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
  readonly pretrained: LoadedModel;

  constructor(pretrained: LoadedModel) {
    this.pretrained = pretrained;
  }

  get config(): BertConfig {
    return this.pretrained.config;
  }

  /** @throws BertletError `not_found` for a model that came without one */
  get tokenizer(): BertTokenizerFast {
    return this.tokenization.tokenizer;
  }

  /** How texts become rows that the model takes. */
  get tokenization(): Tokenization {
    return tokenizationOf(this.pretrained);
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

  constructor(pretrained: LoadedModel, architecture: string, head?: string) {
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

/** A class of models; `architecture` is what config.json calls it. */
export interface ModelClass<T> {
  readonly architecture: string;
  new (pretrained: LoadedModel, head?: string): T;
}

/** Loads a model and stands `Model` on it. A checkpoint is read as one of this class, whatever class it was written by. */
export async function fromPretrained<T>(
  Model: ModelClass<T>,
  source: PretrainedSource,
  { head, ...options }: HeadOptions = {},
): Promise<T> {
  const pretrained = await loadPretrained(source, { architecture: Model.architecture, ...options });
  try {
    return new Model(pretrained, head);
  } catch (error) {
    await pretrained.session.release();
    throw error;
  }
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}.${index}`);
}
