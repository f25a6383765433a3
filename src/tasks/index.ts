// Every task, by name and as one list.
import { answer } from "./answer.ts";
import { attention } from "./attention.ts";
import { choose } from "./choose.ts";
import { classify } from "./classify.ts";
import { embed, embedAll } from "./embed.ts";
import { entities } from "./entities.ts";
import { fillMask } from "./fill-mask.ts";
import { generate } from "./generate.ts";
import { nextSentence } from "./next-sentence.ts";
import { pretraining } from "./pretraining.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";
import type { Task } from "./task.ts";
import { decode, tokenize } from "./tokenize.ts";
import { understand } from "./understand/understand.ts";
import { zeroShot } from "./zero-shot.ts";

export {
  answer,
  attention,
  choose,
  classify,
  decode,
  embed,
  embedAll,
  entities,
  fillMask,
  generate,
  nextSentence,
  pretraining,
  rerank,
  similarity,
  tokenize,
  understand,
  zeroShot,
};

export const TASKS: readonly Task[] = [
  classify,
  entities,
  answer,
  fillMask,
  nextSentence,
  choose,
  pretraining,
  generate,
  zeroShot,
  understand,
  embed,
  embedAll,
  rerank,
  similarity,
  tokenize,
  decode,
  attention,
];
