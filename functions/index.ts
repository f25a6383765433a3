// The gateway: every function behind one address, over one model.
import { serve } from "../src/http/serve.ts";
import { answer } from "./answer.ts";
import { attention } from "./attention.ts";
import { choose } from "./choose.ts";
import { classify } from "./classify.ts";
import { defaultModel } from "./default-model.ts";
import { embed, embedAll } from "./embed.ts";
import { entities } from "./entities.ts";
import { fillMask } from "./fill-mask.ts";
import { generate } from "./generate.ts";
import { huggingFace } from "./hugging-face.ts";
import { nextSentence } from "./next-sentence.ts";
import { openaiEmbeddings, openaiModels } from "./openai.ts";
import { pretraining } from "./pretraining.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";
import { predict } from "./text-embeddings-inference.ts";
import { decode, tokenize } from "./tokenize.ts";
import { understand } from "./understand.ts";
import { zeroShot } from "./zero-shot.ts";

const heads = [classify, entities, answer, fillMask, nextSentence, choose, pretraining, generate, zeroShot, understand];
const vectors = [embed, embedAll, rerank, similarity, tokenize, decode, attention];

export default serve(defaultModel, ...heads, ...vectors, predict, openaiEmbeddings, openaiModels, huggingFace);
