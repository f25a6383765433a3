// Where an app gets its models from. A lease names a model's answers without loading it, so that what is cached never waits for a model.
import type { LoadedModel } from "../../models/loaded-model.ts";

/** A model that, once loaded, stays loaded until it is released. */
export interface Lease {
  /** The model's name; undefined while only the loaded model knows it. */
  readonly name: string | undefined;
  /** What tells this model's answers from those of any other. */
  identify(): Promise<string>;
  /** @throws RequestError `model_unavailable` while it cannot be loaded, or while others take all the memory */
  load(): Promise<LoadedModel>;
  /** May be called more than once. */
  release(): void;
}

export interface ModelProvider {
  /** The names of all models, the default one first. */
  names(): Promise<readonly string[]>;
  /**
   * The model of this name, or the default one. The lease must be released, even if loading fails.
   * @throws RequestError `not_found` (from here or from the lease) for a name that no model has
   */
  lease(name?: string): Lease;
}

/** The bytes of a packed file, a function that loads a model, or a provider. An ArrayBuffer is detached once it is in wasm memory. */
export type ModelSource = ArrayBuffer | Uint8Array | (() => Promise<LoadedModel>) | ModelProvider;
