// The functions themselves, in a web worker: the same routes over the same heads and kernels as behind the API, with the model fetched from
// this site. The page sends requests as messages instead of over the network.
import { answer } from "../functions/answer.ts";
import { choose } from "../functions/choose.ts";
import { classify } from "../functions/classify.ts";
import { embed } from "../functions/embed.ts";
import { entities } from "../functions/entities.ts";
import { fillMask } from "../functions/fill-mask.ts";
import { nextSentence } from "../functions/next-sentence.ts";
import { pretraining } from "../functions/pretraining.ts";
import { rerank } from "../functions/rerank.ts";
import { tokenize } from "../functions/tokenize.ts";
import { understand } from "../functions/understand.ts";
import { zeroShot } from "../functions/zero-shot.ts";
import { loadPretrained } from "../src/heads/pretrained.ts";
import { serve } from "../src/http/serve.ts";
import { attention } from "./attention-route.ts";
import type { Message, Question } from "./messages.ts";
import { readResponse } from "./read-response.ts";

// The build says where the model lies and how large it is (scripts/build-playground.ts): a server that compresses does not.
declare const MODEL: { readonly path: string; readonly bytes: number };

const heads = [answer, choose, classify, entities, fillMask, nextSentence, pretraining, zeroShot];
const vectors = [embed, rerank, tokenize, understand];

async function load() {
  const response = await fetch(MODEL.path);
  if (!response.ok || !response.body) throw new Error(`${MODEL.path} is refused with status ${response.status}`);
  return loadPretrained(response.body.pipeThrough(counted()));
}

/** Passes bytes on and tells the page how many there were. */
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

function tell(message: Message): void {
  postMessage(message);
}

const loading = load();
const app = serve(() => loading, ...heads, ...vectors, attention);

loading.then(
  () => tell({ kind: "ready" }),
  (error: unknown) => tell({ kind: "failed", error: error instanceof Error ? error.message : String(error) }),
);

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  const { id, path, body } = data;
  const request = new Request(new URL(path, location.origin), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  tell({ kind: "answer", id, response: await readResponse(await app.fetch(request, {})) });
});
