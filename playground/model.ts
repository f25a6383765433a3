// The model of the browser mode: fetched from this site, reporting its progress to the page.
import { type LoadedModel, loadPretrained } from "../src/models/loaded-model.ts";
import { send } from "./messages.ts";

// Set by the build (scripts/build-playground.ts): a server that compresses does not send the size.
declare const MODEL: { readonly path: string; readonly bytes: number };

/** Starts the download, and tells the page when the model is ready or why it is not. */
export function loadModel(): Promise<LoadedModel> {
  const loading = load();
  loading.then(
    () => send({ kind: "ready" }),
    (error: unknown) => send({ kind: "failed", error: error instanceof Error ? error.message : String(error) }),
  );
  return loading;
}

async function load(): Promise<LoadedModel> {
  const response = await fetch(MODEL.path);
  if (!response.ok || !response.body) throw new Error(`${MODEL.path} answered with status ${response.status}`);
  return loadPretrained(response.body.pipeThrough(reportProgress()));
}

/** Passes bytes on and reports how many there were. */
function reportProgress(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let loaded = 0;
  return new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      send({ kind: "progress", loaded, total: MODEL.bytes });
      controller.enqueue(chunk);
    },
  });
}
