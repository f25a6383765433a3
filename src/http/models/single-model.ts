// A provider of one model, which a function loads when it is first needed.
import type { LoadedModel } from "../../models/loaded-model.ts";
import { RequestError } from "../errors.ts";
import { loadOnce } from "./load-once.ts";
import type { ModelProvider } from "./provider.ts";

export function singleModel(load: () => Promise<LoadedModel>): ModelProvider {
  // Without arguments: a function of the caller may have optional ones of its own.
  const loadShared = loadOnce(() => load());
  let known: string | undefined;
  const loadKnown = async () => {
    const model = await loadShared();
    known = nameOf(model);
    return model;
  };
  return {
    names: async () => [nameOf(await loadKnown())],
    lease: (name) => {
      const loadNamed = async () => {
        const model = await loadKnown();
        if (name !== undefined && name !== nameOf(model)) throw unknownModel(name, [nameOf(model)]);
        return model;
      };
      return {
        get name() {
          return known;
        },
        identify: async () => (await loadNamed()).digest,
        load: loadNamed,
        release: () => {},
      };
    },
  };
}

function nameOf({ origin }: LoadedModel): string {
  return origin?.name ?? "default";
}

/** The error for a name that no model has. */
export function unknownModel(name: string, names: readonly string[]): RequestError {
  return new RequestError("not_found", `there is no model ${name}; there are ${names.join(", ")}`, { field: "model" });
}
