// The functions themselves, in a web worker: the same routes over the same heads and kernels as behind the API, with the model fetched from
// this site. The page sends requests as messages instead of over the network.
import { answer } from "../functions/answer.ts";
import { attention } from "../functions/attention.ts";
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
import { type Question, tell } from "./messages.ts";
import { defaultModel } from "./model.ts";
import { readResponse } from "./read-response.ts";
import { serve } from "./serve.ts";

const heads = [answer, choose, classify, entities, fillMask, nextSentence, pretraining, zeroShot];
const vectors = [embed, rerank, tokenize, understand];
const app = serve(defaultModel, ...heads, ...vectors, attention);

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  const { id, path, body } = data;
  const request = new Request(new URL(path, location.origin), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  tell({ kind: "answer", id, response: await readResponse(await app.fetch(request, {})) });
});
