// What a family of models is to this library: one data file per family (bert.ts) that says all of this.
import type { BertConfig } from "./config.ts";
import type { EncoderSpec } from "./encoder-spec.ts";
import type { HeadOutput } from "./head-spec.ts";

/** A class with a head. */
export interface HeadClass {
  /** The task, as the Hub names it. */
  readonly task: string;
  /** Whether the outputs have one number per label of the config. */
  readonly labelled?: true;
  outputs(config: BertConfig): HeadOutput[];
}

/** What a framework calls a tensor, in terms of PyTorch's names. */
export interface NameTable {
  /** Rewrites of the whole name, all applied in this order; parts are joined by `/`. */
  readonly path: readonly (readonly [pattern: RegExp, replacement: string])[];
  /** What the last part is in PyTorch; a name with another last part keeps it. */
  readonly end: ReadonlyMap<string, string>;
}

/** How a family's tensors are named in its checkpoints. */
export interface TensorNames {
  /** What classes with a head put before the encoder's names: `bert.`. */
  readonly prefix: string;
  /** Names of older releases, rewritten. */
  readonly renames: readonly (readonly [pattern: RegExp, replacement: string])[];
  /** The ends of tensors that hold no weights. */
  readonly ignored: readonly string[];
  /** Tensors that PyTorch holds once under two names, of which a file may have either: the other name → ours. */
  readonly shared: ReadonlyMap<string, string>;
  readonly tensorflow: NameTable;
  readonly flax: NameTable;
}

export interface Architecture {
  /** `model_type` of config.json. */
  readonly modelType: string;
  /** The class of the bare encoder. */
  readonly baseClass: string;
  /** Classes with a head, by PyTorch's name. */
  readonly classes: Readonly<Record<string, HeadClass>>;
  /** Other names of those classes, as the other frameworks have them, without their prefix. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly names: TensorNames;
  encoder(config: BertConfig): EncoderSpec;
}
