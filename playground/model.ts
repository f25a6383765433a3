// The model of the browser mode: fetched from this site, while the page is told how much of it has come. In the page's bundle it stands
// where functions/default-model.ts stands in a Worker's.
import { type LoadedModel, loadPretrained } from "../src/models/loaded-model.ts";
import { tell } from "./messages.ts";

// The build says where the model lies and how large it is (scripts/build-playground.ts): a server that compresses does not.
declare const MODEL: { readonly path: string; readonly bytes: number };

const loading = load();
loading.then(
  () => tell({ kind: "ready" }),
  (error: unknown) => tell({ kind: "failed", error: error instanceof Error ? error.message : String(error) }),
);

export function defaultModel(): Promise<LoadedModel> {
  return loading;
}

async function load(): Promise<LoadedModel> {
  const response = await fetch(MODEL.path);
  if (!response.ok || !response.body) throw new Error(`${MODEL.path} is refused with status ${response.status}`);
  return loadPretrained(response.body.pipeThrough(counted()));
}

/** Passes bytes on and says how many there were. */
function counted(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let loaded = 0;
  return new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      tell({ kind: "progress", loaded, total: MODEL.bytes });
      controller.enqueue(chunk);
    },
  });
}
