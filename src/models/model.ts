// What every model class inherits: loading, running and releasing; and what classes with a head share.

import { encoderSpec } from "../architectures/architectures.ts";
import type { BertConfig } from "../architectures/config.ts";
import { hasTokenTypes, stateCount } from "../architectures/encoder-spec.ts";
import { type HeadSpec, headKind } from "../architectures/head-spec.ts";
import type { CheckpointFormat } from "../checkpoint/formats.ts";
import { BertletError } from "../errors.ts";
import type { Outputs } from "../heads/head.ts";
import { type ModelInputs, toFeeds } from "../heads/inputs.ts";
import { type Labels, lossTensor, tokenLoss } from "../heads/losses.ts";
import { findHead, tokenizationOf } from "../heads/run.ts";
import type { Tokenization } from "../heads/tokenization.ts";
import { checkOptions, checkValue, count, flag, type OptionTable } from "../options.ts";
import { saveFiles } from "../source/save.ts";
import type { Tensor } from "../tensor.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Feeds } from "../wasm/session.ts";
import { preferring } from "./formats.ts";
import { loadPretrained, type PretrainedOptions, type PretrainedSource } from "./load-pretrained.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { modelFiles, resizeVocabulary, type SaveOptions, wordEmbeddings } from "./save.ts";

export interface ForwardOptions {
  /** Also return the hidden states, the embedding's and each layer's; as the configuration says when left out. */
  readonly outputHiddenStates?: boolean | undefined;
  /** Also return the attention probabilities of each layer; as the configuration says when left out. */
  readonly outputAttentions?: boolean | undefined;
}

const FORWARD_OPTIONS: OptionTable<ForwardOptions> = { outputHiddenStates: flag, outputAttentions: flag };

/** What every class can return beside its own outputs. */
export interface ModelOutput {
  /** [] If labels are given: the loss that the reference's class returns. */
  readonly loss?: Tensor;
  /** [batch, length, H] each: the embedding, then every layer. */
  readonly hidden_states?: readonly Tensor[];
  /** [batch, A, length, length] each, one per layer. */
  readonly attentions?: readonly Tensor[];
  /** [batch, A, length, S] each, one per layer; with `attentions`, of a decoder that is given `encoder_hidden_states`. */
  readonly cross_attentions?: readonly Tensor[];
}

export interface HeadOptions extends PretrainedOptions {
  /** The name of the head, of a model that has several of this kind; the first when left out. */
  readonly head?: string | undefined;
}

/** A class of models. */
export interface ModelClass<Model> {
  /** What config.json calls the class, whichever framework it belongs to. */
  readonly architecture: string;
  /** The `model_type` of its configuration. */
  readonly modelType: string;
  /** The framework's own file, read first; undefined for those that the runtime reads by itself. */
  readonly format: CheckpointFormat | undefined;
  new (pretrained: LoadedModel, head?: string): Model;
}

/**
 * A model class is a view of a loaded model, and several may share one. `new Class(model, head)` makes one from a model that is loaded
 * (loadPretrained) or that stands on a session of the caller's own (createModel); `Class.fromPretrained` loads it.
 */
export abstract class BertPreTrainedModel {
  static readonly architecture: string = "BertModel";
  static readonly modelType: string = "bert";
  static readonly format: CheckpointFormat | undefined = undefined;
  readonly pretrained: LoadedModel;

  constructor(pretrained: LoadedModel) {
    this.pretrained = pretrained;
  }

  /** The head of the class; undefined for the bare encoder. */
  get head(): HeadSpec | undefined {
    return undefined;
  }

  /**
   * Loads a model of this class. A checkpoint is read as one of this class, whichever class wrote it.
   * @throws BertletError as loadPretrained, and `not_found` for a model without such a head
   */
  static fromPretrained<Model>(
    this: ModelClass<Model>,
    source: PretrainedSource,
    options: HeadOptions = {},
  ): Promise<Model> {
    // biome-ignore lint/complexity/noThisInStatic: the class that it is called on, which subclasses inherit
    return loadAs(this, source, options);
  }

  get config(): BertConfig {
    return this.pretrained.config;
  }

  /** @throws BertletError `not_found` for a model without one */
  get tokenizer(): Tokenizer {
    return this.tokenization.tokenizer;
  }

  /** How texts become rows that the model takes. @throws BertletError `not_found` for a model without a tokenizer */
  get tokenization(): Tokenization {
    return tokenizationOf(this.pretrained);
  }

  /**
   * Writes the model as a Hub folder: config.json, model.safetensors and the tokenizer's files, which Hugging Face transformers load. Quantised weights are
   * written as what they stand for.
   * @throws BertletError `unsupported` for a model on another engine than the kernels
   * @example
   * await model.savePretrained("my-model", { dtype: "float16" });
   */
  async savePretrained(folder: string, options: SaveOptions = {}): Promise<void> {
    await saveFiles(folder, this.toFiles(options));
  }

  /** What savePretrained writes, by file name: for runtimes without a file system. */
  toFiles(options: SaveOptions = {}): Map<string, Uint8Array> {
    return modelFiles(this.pretrained, this.head?.name, options);
  }

  /**
   * The same model with `size` tokens, on a session of its own; this one stays as it is. New tokens have the mean of the others' vectors.
   * @throws BertletError `unsupported` for a model on another engine than the kernels
   */
  async resizeTokenEmbeddings(size: number): Promise<this> {
    checkValue(size, count, "size");
    const Model = this.constructor as new (pretrained: LoadedModel, head?: string) => this;
    return new Model(await resizeVocabulary(this.pretrained, size), this.head?.name);
  }

  /**
   * The rows of the word embedding table for these token ids, [H] each: static vectors, the same in every sentence.
   * @throws BertletError `invalid_input` for an id that is not in the table
   * @example
   * const [vector] = model.wordEmbeddings(model.tokenizer.encode("bank", { addSpecialTokens: false }));
   */
  wordEmbeddings(ids: readonly number[]): Float32Array[] {
    return wordEmbeddings(this.pretrained, ids);
  }

  /** Frees the session, also for every other object that shares it. */
  release(): Promise<void> {
    return this.pretrained.session.release();
  }
}

/** A model with one head. */
export abstract class BertHeadModel extends BertPreTrainedModel {
  readonly #head: HeadSpec;

  /** @throws BertletError `not_found` for a model without a head of this class, or none of this name */
  constructor(pretrained: LoadedModel, head?: string) {
    super(pretrained);
    this.#head = findHead(pretrained, headKind(new.target.architecture)!, head);
  }

  override get head(): HeadSpec {
    return this.#head;
  }
}

/** What a head with one output returns. */
export interface LogitsOutput extends ModelOutput {
  readonly logits: Tensor;
}

/** Inputs, and the labels that a loss is computed from. */
export interface LabelledInputs extends ModelInputs {
  readonly labels?: Labels | undefined;
}

/** A model whose head has one output, `logits`. */
export abstract class BertLogitsModel extends BertHeadModel {
  /** @throws BertletError `invalid_input` for inputs, labels or options that are unknown or do not fit */
  async forward({ labels, ...inputs }: LabelledInputs, options: ForwardOptions = {}): Promise<LogitsOutput> {
    const feeds = toFeeds(inputs);
    const { outputs, extras } = await runForward(this.pretrained, feeds, headOutputs(this.head), options);
    const logits = outputs[`${this.head.name}.logits`]!;
    const loss = labels !== undefined && { loss: lossTensor(this.loss(logits, labels, feeds.attention_mask)) };
    return { ...loss, logits, ...extras };
  }

  /** The loss of the class: a class per row of the logits, unless it says otherwise. */
  protected loss(logits: Tensor, labels: Labels, mask: Tensor | undefined): number {
    return tokenLoss(logits, labels, logits.dims.length > 2 ? mask : undefined);
  }
}

/** The session's names of a head's outputs. */
export function headOutputs({ name, outputs }: HeadSpec): string[] {
  return outputs.map((output) => `${name}.${output.name}`);
}

/** Runs the session for `names` and for what the options ask. */
export async function runForward(
  { session, config }: LoadedModel,
  feeds: Feeds,
  names: readonly string[],
  options: ForwardOptions,
): Promise<{ outputs: Outputs; extras: ModelOutput }> {
  checkOptions(options, FORWARD_OPTIONS);
  const spec = encoderSpec(config);
  if (feeds.token_type_ids && !hasTokenTypes(spec))
    throw new BertletError(
      "invalid_input",
      `a ${config.model_type} model has no token types: leave token_type_ids out`,
    );
  const { outputHiddenStates = isOn(config, "output_hidden_states") } = options;
  const { outputAttentions = isOn(config, "output_attentions") } = options;
  const hidden = outputHiddenStates ? numbered("hidden_states", stateCount(spec) + 1) : [];
  const attentions = outputAttentions ? numbered("attentions", spec.layers.count) : [];
  const crossed = feeds.encoder_hidden_states ? attentions.map((name) => `cross_${name}`) : [];
  const outputs = await session.run(feeds, [...names, ...hidden, ...attentions, ...crossed]);
  const extras = {
    ...(hidden.length > 0 && { hidden_states: hidden.map((name) => outputs[name]!) }),
    ...(attentions.length > 0 && { attentions: attentions.map((name) => outputs[name]!) }),
    ...(crossed.length > 0 && { cross_attentions: crossed.map((name) => outputs[name]!) }),
  };
  return { outputs, extras };
}

async function loadAs<Model>(
  Model: ModelClass<Model>,
  source: PretrainedSource,
  { head, ...options }: HeadOptions,
): Promise<Model> {
  const read = { architecture: Model.architecture, ...preferring(Model.format, options) };
  const pretrained = await loadPretrained(source, read);
  return orRelease(pretrained, () => new Model(pretrained, head));
}

/** What `make` makes of a model, which is released where it fails. */
export async function orRelease<T>({ session }: LoadedModel, make: () => T): Promise<T> {
  try {
    return make();
  } catch (error) {
    await session.release();
    throw error;
  }
}

function isOn(config: BertConfig, name: string): boolean {
  return config.get(name) === true;
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}.${index}`);
}
