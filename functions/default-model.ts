// The models of a deployment: the default one, which travels with the script, unless the variable MODELS names others (docs/models.md). The
// loader gives the model that the request chose, and as much of it as its key allows.

import { environment } from "#runtime";
import bundled from "../models/minilm-l6-heads/model.safetensors";
import { restrictHeads } from "../src/http/auth-heads.ts";
import type { ModelLoader } from "../src/http/model-loader.ts";
import { readModelSettings } from "../src/http/model-settings.ts";
import { openStored } from "../src/http/model-sources.ts";
import { Models } from "../src/http/models.ts";
import { requestScope } from "../src/http/request-scope.ts";
import { type LoadedModel, loadPretrained } from "../src/models/loaded-model.ts";

const settings = readModelSettings(environment, { name: "minilm-l6-heads", bytes: bundled.byteLength });
// The copy that came with the script is let go where nobody will ask for it.
if (![...settings.models.values()].some(({ spec }) => spec.from === "bundled")) bundled.transfer(0);

const models = new Models(settings, async (spec, maximumMemory) => {
  if (spec.from !== "bundled") return loadPretrained(openStored(spec, environment), { maximumMemory });
  const model = await loadPretrained(bundled, { maximumMemory });
  bundled.transfer(0);
  return model;
});

const load = async (name?: string): Promise<LoadedModel> => {
  const scope = requestScope();
  const { model, release } = models.lease(name ?? scope?.model);
  scope?.cleanups.push(release);
  try {
    return scope?.heads ? restrictHeads(await model, scope.heads) : await model;
  } finally {
    // Where nothing tells when a request ends (guards.ts does), a model may be let go while it is used.
    if (!scope) release();
  }
};

export const defaultModel: ModelLoader = Object.assign(load, { names: models.names });
