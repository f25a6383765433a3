// Several models in one memory budget: loaded when first needed and, when another needs the memory, evicted least recently used first. A
// model in use stays.
import type { LoadedModel } from "../../models/loaded-model.ts";
import { RequestError } from "../errors.ts";
import { loadOnce } from "./load-once.ts";
import type { Lease, ModelProvider } from "./provider.ts";
import type { ModelSettings, ModelSpec, PlacedModel } from "./settings.ts";
import { unknownModel } from "./single-model.ts";

/** Loads a model that may take this much memory, and calls `heard` for every piece of it. */
export type LoadModel = (spec: ModelSpec, maximumMemory: number, heard: () => void) => Promise<LoadedModel>;

interface Slot {
  readonly name: string;
  readonly placed: PlacedModel;
  load: () => Promise<LoadedModel>;
  /** The load that is in progress or succeeded. */
  attempt: object | undefined;
  loaded: LoadedModel | undefined;
  /** Leases that were not released. */
  users: number;
  /** The number of the last lease. */
  lastUse: number;
}

export class Models implements ModelProvider {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #settings: ModelSettings;
  readonly #load: LoadModel;
  #leases = 0;

  constructor(settings: ModelSettings, load: LoadModel) {
    this.#settings = settings;
    this.#load = load;
    this.#slots = new Map(Array.from(settings.models, ([name, placed]) => [name, this.#newSlot(name, placed)]));
  }

  async names(): Promise<readonly string[]> {
    return [...this.#slots.keys()];
  }

  lease(name = this.#settings.defaultName): Lease {
    const slot = this.#slots.get(name);
    if (!slot) throw unknownModel(name, [...this.#slots.keys()]);
    slot.users++;
    slot.lastUse = ++this.#leases;
    let held = true;
    return {
      name,
      identify: async () => slot.placed.id,
      load: () => (slot.loaded ? Promise.resolve(slot.loaded) : slot.load()),
      release: () => {
        if (held) slot.users--;
        held = false;
      },
    };
  }

  #newSlot(name: string, placed: PlacedModel): Slot {
    const slot: Omit<Slot, "load"> = { name, placed, attempt: undefined, loaded: undefined, users: 0, lastUse: 0 };
    return Object.assign(slot, { load: loadOnce((heard) => this.#fill(slot, heard)) });
  }

  async #fill(slot: Omit<Slot, "load">, heard: () => void): Promise<LoadedModel> {
    this.#makeRoom(slot);
    const attempt = {};
    slot.attempt = attempt;
    try {
      slot.loaded = await this.#load(slot.placed.spec, slot.placed.memoryBytes, heard);
      return slot.loaded;
    } catch (error) {
      if (slot.attempt === attempt) slot.attempt = undefined;
      throw error;
    }
  }

  /** Evicts unused models until this one fits; none at all if that is not enough. */
  #makeRoom(slot: Omit<Slot, "load">): void {
    const others = [...this.#slots.values()].filter((other) => other.attempt && other.name !== slot.name);
    const idle = others.filter(({ loaded, users, placed }) => loaded && users === 0 && placed.spec.from !== "bundled");
    idle.sort((a, b) => a.lastUse - b.lastUse);
    const bytes = (slots: readonly { placed: PlacedModel }[]) =>
      slots.reduce((sum, { placed }) => sum + placed.memoryBytes, 0);
    let missing = bytes(others) + slot.placed.memoryBytes - this.#settings.memoryBytes;
    if (missing > bytes(idle)) throw new RequestError("model_unavailable", `there is no room for ${slot.name} now`);
    for (const other of idle) {
      if (missing <= 0) break;
      this.#evict(other);
      missing -= other.placed.memoryBytes;
    }
  }

  #evict(slot: Slot): void {
    void slot.loaded?.session.release();
    slot.loaded = undefined;
    slot.attempt = undefined;
    slot.load = loadOnce((heard) => this.#fill(slot, heard));
  }
}
