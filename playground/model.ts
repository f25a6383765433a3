// The model of the browser mode: fetched from this site, reporting its progress to the page.
import { type LoadedModel, loadPretrained } from "../src/models/loaded-model.ts";
import { send } from "./messages.ts";

// Set by the build (scripts/build-playground.ts): a server that compresses does not send the size. Null for a model that is too large to be
// served to the page.
declare const MODEL: { readonly path: string; readonly bytes: number } | null;

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
  if (!MODEL) throw new Error("this deployment's model is too large to be served to browsers (25 MiB at most)");
  const response = await fetch(MODEL.path);
  if (!response.ok || !response.body) throw new Error(`${MODEL.path} answered with status ${response.status}`);
  return loadPretrained(response.body.pipeThrough(reportProgress(MODEL.bytes)));
}

/** Passes bytes on and reports how many there were. */
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
