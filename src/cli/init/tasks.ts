// What a new project can serve: each task with its export of bertlet/server and a request for the tests and the README.

export interface TaskChoice {
  /** Its path without the slash. */
  readonly name: string;
  readonly export: string;
  /** A body that the default model answers. */
  readonly body: Readonly<Record<string, unknown>>;
}

const pair = { text: "She opened the door.", text_pair: "Nobody was there." };

export const TASK_CHOICES: readonly TaskChoice[] = [
  { name: "classify", export: "classify", body: { inputs: "a delight from start to finish" } },
  { name: "entities", export: "entities", body: { inputs: "Angela Merkel met Tim Cook in Cupertino." } },
  { name: "answer", export: "answer", body: { inputs: { question: "Who wrote it?", context: "Mary wrote it." } } },
  { name: "fill-mask", export: "fillMask", body: { inputs: "Paris is the [MASK] of France." } },
  { name: "next-sentence", export: "nextSentence", body: { inputs: pair } },
  { name: "choose", export: "choose", body: { inputs: { prompt: "Grass is", choices: ["green", "loud"] } } },
  { name: "pretraining", export: "pretraining", body: { inputs: { ...pair, text: "She opened the [MASK]." } } },
  {
    name: "zero-shot",
    export: "zeroShot",
    body: { inputs: "the match was lost", parameters: { candidate_labels: ["sport", "money"] } },
  },
  { name: "understand", export: "understand", body: { inputs: "play hey jude by the beatles" } },
  { name: "embed", export: "embed", body: { inputs: "a sentence" } },
  { name: "embed_all", export: "embedAll", body: { inputs: "a sentence" } },
  { name: "rerank", export: "rerank", body: { query: "who wrote it?", texts: ["Mary wrote it.", "It rains."] } },
  {
    name: "similarity",
    export: "similarity",
    body: { inputs: { source_sentence: "It rains.", sentences: ["It is wet."] } },
  },
  { name: "tokenize", export: "tokenize", body: { inputs: "a sentence" } },
  { name: "decode", export: "decode", body: { ids: [[101, 7592, 102]] } },
  { name: "attention", export: "attention", body: { inputs: "a sentence" } },
];

/** The tasks that answer with each head of the default model. */
export const TASKS_OF_HEADS: Readonly<Record<string, string>> = {
  sentiment: "classify",
  emotion: "classify",
  intent: "classify",
  rerank: "rerank",
  entities: "entities",
  slots: "entities",
  "question-answering": "answer",
  "multiple-choice": "choose",
  "next-sentence": "next-sentence",
  "masked-lm": "fill-mask",
  pretraining: "pretraining",
};
