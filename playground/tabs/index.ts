// All tabs, in the order in which they are shown.
import type { Tab } from "../tab.ts";
import { answer } from "./answer.ts";
import { attention } from "./attention.ts";
import { choose } from "./choose.ts";
import { classify } from "./classify.ts";
import { entities } from "./entities.ts";
import { fillMask } from "./fill-mask.ts";
import { nextSentence } from "./next-sentence.ts";
import { pretraining } from "./pretraining.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";
import { tokenize } from "./tokenize.ts";
import { understand } from "./understand.ts";
import { zeroShot } from "./zero-shot.ts";

export const TABS: readonly [Tab<unknown>, ...Tab<unknown>[]] = [
  classify,
  entities,
  answer,
  understand,
  fillMask,
  similarity,
  rerank,
  zeroShot,
  choose,
  nextSentence,
  pretraining,
  tokenize,
  attention,
];
