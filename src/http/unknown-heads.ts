// Heads in a key that a model does not have, such as misspelt ones, grant nothing. The operator is told once, when such a key first meets the
// model: which heads a model has is known only once it is loaded.
import type { LoadedModel } from "../models/loaded-model.ts";
import { ENCODER } from "../tasks/request-model.ts";

export class UnknownHeads {
  readonly #log: (line: string) => void;
  readonly #reported = new Set<string>();

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** @param heads what the key of this name allows */
  report(key: string, heads: ReadonlySet<string>, { digest, origin, heads: existing }: LoadedModel): void {
    const id = JSON.stringify([key, digest]);
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    const names = [...existing.map(({ name }) => name), ENCODER];
    const unknown = [...heads].filter((head) => !names.includes(head));
    if (unknown.length === 0) return;
    const model = origin?.name ?? "default";
    this.#log(JSON.stringify({ key, model, unknown_heads: unknown, known_heads: names }));
  }
}
