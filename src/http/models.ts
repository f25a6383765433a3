// Several models behind one gateway, in one budget of memory: loaded when first asked for, and let go, the longest unused first, when another
// needs the room. A model in use stays.
import type { LoadedModel } from "../models/loaded-model.ts";
import { RequestError } from "./errors.ts";
import { loadOnce } from "./model-loader.ts";
import type { ModelSettings, ModelSpec, PlacedModel } from "./model-settings.ts";

/** Loads a model that may take this much memory. */
export type LoadModel = (spec: ModelSpec, maximumMemory: number) => Promise<LoadedModel>;

/** A model that, once loaded, stays so until it is given back. */
export interface Lease {
  /** @throws RequestError (from the promise) `model_unavailable` while it cannot be loaded or others take all the room */
  readonly model: Promise<LoadedModel>;
  /** May be called more than once. */
  release(): void;
}

interface Slot {
  readonly name: string;
  readonly placed: PlacedModel;
  load: () => Promise<LoadedModel>;
  /** The load that is under way or was successful. */
  attempt: object | undefined;
  loaded: LoadedModel | undefined;
  users: number;
  /** When it was used last, counted in uses. */
  used: number;
}

export class Models {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #settings: ModelSettings;
  readonly #load: LoadModel;
  #uses = 0;

  constructor(settings: ModelSettings, load: LoadModel) {
    this.#settings = settings;
    this.#load = load;
    this.#slots = new Map(Array.from(settings.models, ([name, placed]) => [name, this.#newSlot(name, placed)]));
  }

  /** The names of all models. */
  get names(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /**
   * The model of this name, or the default, to be used until the lease is released; also where it could not be loaded.
   * @throws RequestError `not_found`
   */
  lease(name = this.#settings.defaultName): Lease {
    const slot = this.#slots.get(name);
    if (!slot) {
      const message = `there is no model ${name}; there are ${this.names.join(", ")}`;
      throw new RequestError("not_found", message, { field: "model" });
    }
    slot.users++;
    slot.used = ++this.#uses;
    let held = true;
    const release = () => {
      if (held) slot.users--;
      held = false;
    };
    return { model: slot.loaded ? Promise.resolve(slot.loaded) : slot.load(), release };
  }

  #newSlot(name: string, placed: PlacedModel): Slot {
    const slot: Omit<Slot, "load"> = { name, placed, attempt: undefined, loaded: undefined, users: 0, used: 0 };
    return Object.assign(slot, { load: loadOnce(() => this.#fill(slot)) });
  }

  async #fill(slot: Omit<Slot, "load">): Promise<LoadedModel> {
    this.#makeRoom(slot);
    const attempt = {};
    slot.attempt = attempt;
    try {
      slot.loaded = await this.#load(slot.placed.spec, slot.placed.memoryBytes);
      return slot.loaded;
    } catch (error) {
      if (slot.attempt === attempt) slot.attempt = undefined;
      throw error;
    }
  }

  /** Lets unused models go until this one fits; none, where that would not be enough. */
  #makeRoom(slot: Omit<Slot, "load">): void {
    const others = [...this.#slots.values()].filter((other) => other.attempt && other.name !== slot.name);
    const idle = others.filter(({ loaded, users, placed }) => loaded && users === 0 && placed.spec.from !== "bundled");
    idle.sort((a, b) => a.used - b.used);
    const bytes = (slots: readonly { placed: PlacedModel }[]) =>
      slots.reduce((sum, s) => sum + s.placed.memoryBytes, 0);
    let missing = bytes(others) + slot.placed.memoryBytes - this.#settings.memoryBytes;
    if (missing > bytes(idle)) throw new RequestError("model_unavailable", `there is no room for ${slot.name} now`);
    for (const other of idle) {
      if (missing <= 0) break;
      this.#letGo(other);
      missing -= other.placed.memoryBytes;
    }
  }

  #letGo(slot: Slot): void {
    void slot.loaded?.session.release();
    slot.loaded = undefined;
    slot.attempt = undefined;
    slot.load = loadOnce(() => this.#fill(slot));
  }
}
