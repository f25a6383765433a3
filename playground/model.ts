// The model of browser mode: which file it is, and its download with progress. A site may have none.

import { loadPretrained } from "../src/models/load-pretrained.ts";
import type { LoadedModel } from "../src/models/loaded-model.ts";
import type { ModelInfo } from "./description.ts";
import { send } from "./messages.ts";
import { MODEL } from "./model-file.ts";

/** Starts the download. Tells the page when the model is ready, or why it is not. */
export function loadModel(): Promise<LoadedModel> {
  const loading = load();
  loading.then(
    (model) => send({ kind: "ready", model: describe(model) }),
    (error: unknown) => send({ kind: "failed", error: error instanceof Error ? error.message : String(error) }),
  );
  return loading;
}

async function load(): Promise<LoadedModel> {
  if (!MODEL) throw new Error("this site does not include the model");
  const response = await fetch(MODEL.path);
  if (!response.ok || !response.body) throw new Error(`${MODEL.path} returned status ${response.status}`);
  return loadPretrained(response.body.pipeThrough(reportProgress(MODEL.bytes)));
}

/** Passes bytes through and reports how many have arrived. */
function reportProgress(total: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let loaded = 0;
  return new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      send({ kind: "progress", loaded, total });
      controller.enqueue(chunk);
    },
  });
}

function describe({ origin, quantization, config, heads }: LoadedModel): ModelInfo {
  return {
    name: origin?.name ?? null,
    license: origin?.license ?? null,
    quantization,
    hidden_size: config.hidden_size,
    num_hidden_layers: config.num_hidden_layers,
    heads: heads.map(({ name, kind, labels }) => ({ name, kind, labels })),
  };
}
